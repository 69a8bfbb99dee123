"""What a pull request brings, read from git objects only: nothing is checked out or merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.records.layout import INBOX
from jobtwin.rules.intake import OUTSIDE, Change, check_changes, check_signed_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobtwin.findings import Finding
    from jobtwin.repository.git import Git


def read(git: Git, head: str, main: str = "refs/heads/main") -> dict[str, bytes]:
    """Return the inbox of a learner's pull request by its head: path below the inbox → content.

    Compared with the merge base, so that a moving main changes nothing. Raises `Refused` with
    every finding.
    """
    entries = _changed(git, head, main)
    if findings := list(check_changes(_changes(git, entries))):
        raise Refused(findings)
    return {
        path.removeprefix(f"{INBOX}/"): git.run("cat-file", "blob", blob)
        for path, mode, blob in entries
        if mode != "000000"
    }


def read_signed(
    git: Git, head: str, path: str, main: str = "refs/heads/main"
) -> tuple[bytes, bytes]:
    """Return the signed file `path` that a mentor's pull request brings, and its signature.

    Raises `Refused` with every finding when it brings anything else, or less.
    """
    entries = _changed(git, head, main)
    if findings := list(check_signed_file(_changes(git, entries), path)):
        raise Refused(findings)
    blobs = {name: blob for name, _, blob in entries}
    content, signature = (git.run("cat-file", "blob", blobs[p]) for p in (path, f"{path}.sig"))
    return content, signature


def paths(git: Git, head: str, main: str = "refs/heads/main") -> frozenset[str]:
    """Return every path that a pull request changes; raises `Refused`."""
    return frozenset(path for path, _, _ in _changed(git, head, main))


def read_checked(
    git: Git,
    head: str,
    check: Callable[[list[Change]], Iterable[Finding]],
    main: str = "refs/heads/main",
) -> dict[str, bytes]:
    """Return path → content of what a pull request brings, once `check` has nothing against it.

    Raises `Refused` with every finding.
    """
    entries = _changed(git, head, main)
    if findings := list(check(_changes(git, entries))):
        raise Refused(findings)
    return {path: git.run("cat-file", "blob", blob) for path, _, blob in entries}


def _changed(git: Git, head: str, main: str) -> list[tuple[str, str, str]]:
    """Return (path, new mode, new object) of all that a head differs in from its merge base."""
    base = git.attempt("merge-base", main, head)
    if base.returncode != 0:
        message = "the branch has no commit in common with main"
        raise Refused([OUTSIDE.at(message, hint="Start the branch from main.")])
    raw = git.run("diff-tree", "-r", "-z", "--no-renames", base.stdout.decode().strip(), head)
    return _entries(raw)


def _changes(git: Git, entries: list[tuple[str, str, str]]) -> list[Change]:
    sizes = _sizes(git, [blob for _, mode, blob in entries if mode.startswith("100")])
    return [Change(path, mode, sizes.get(blob, 0)) for path, mode, blob in entries]


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
