"""What a pull request brings, read from git objects only: nothing is checked out or merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.records.layout import INBOX
from jobtwin.rules.intake import OUTSIDE, Change, check_changes

if TYPE_CHECKING:
    from jobtwin.repository.git import Git


def read(git: Git, head: str, main: str = "refs/heads/main") -> dict[str, bytes]:
    """Return the inbox of a pull request's head: path below the inbox → content.

    Compared with the merge base, so that a moving main changes nothing. Raises `Refused` with
    every finding.
    """
    base = git.attempt("merge-base", main, head)
    if base.returncode != 0:
        message = "the branch has no commit in common with main"
        raise Refused([OUTSIDE.at(message, hint="Start the branch from main.")])
    raw = git.run("diff-tree", "-r", "-z", "--no-renames", base.stdout.decode().strip(), head)
    entries = _entries(raw)
    sizes = _sizes(git, [blob for _, mode, blob in entries if mode.startswith("100")])
    changes = [Change(path, mode, sizes.get(blob, 0)) for path, mode, blob in entries]
    findings = list(check_changes(changes))
    if findings:
        raise Refused(findings)
    return {
        path.removeprefix(f"{INBOX}/"): git.run("cat-file", "blob", blob)
        for path, mode, blob in entries
        if mode != "000000"
    }


def _entries(raw: bytes) -> list[tuple[str, str, str]]:
    """Return (path, new mode, new object) of each line of `diff-tree -z`."""
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    pairs = zip(fields[0::2], fields[1::2], strict=False)
    return [(path, head.split(" ")[1], head.split(" ")[3]) for head, path in pairs]


def _sizes(git: Git, blobs: list[str]) -> dict[str, int]:
    asked = "\n".join(blobs).encode("ascii") + b"\n" if blobs else b""
    listed = git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked)
    return {
        name: int(size)
        for name, size in (line.split() for line in listed.decode().split("\n") if line)
    }
