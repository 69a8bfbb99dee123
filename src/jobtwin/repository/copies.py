"""The organisation's twins on a learner's machine, without a clone: fetched once a commit.

Only the newest commit of main is fetched, nothing of it is checked out, no hook, submodule or
filter of it ever runs, and what a server sends is bounded in size and time.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from jobtwin.errors import UsageError
from jobtwin.records import layout
from jobtwin.repository import bounded
from jobtwin.repository.export import export
from jobtwin.repository.git import Git, create
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIB = 1024 * 1024
BOUNDS = bounded.Bounds(seconds=180, file_bytes=256 * MIB)
"""Enough for the newest commit of a large organisation, far from filling a disk."""
_TREE = re.compile(r"[0-9a-f]{40}")
_HINT = "name the organisation's repository, or a clone of it, by --repo"
_SAFE = (
    *("-c", "protocol.allow=never", "-c", "transfer.fsckObjects=true"),
    *("-c", "fetch.recurseSubmodules=false", "-c", "credential.helper="),
    *("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"),
    *("-c", "fetch.unpackLimit=1", "-c", "core.bigFileThreshold=1m"),
)


def is_url(text: str) -> bool:
    """Say whether a repository is named by a URL, and not by a folder."""
    return "://" in text


def twins_at(url: str, cache: Path) -> Path:
    """Return a folder with the twins as main of a repository has them now, and who issues them.

    `url` is https, or `file://` for a repository on this machine; `cache` keeps a folder a commit.
    Raises `UsageError` where it cannot be fetched or holds no twins.
    """
    commit = _main_of(url)
    target = cache / "twins" / commit
    if target.is_dir():
        return target
    with tempfile.TemporaryDirectory() as folder:
        git = create(Path(folder), bare=True)
        _fetch(git, url, commit)
        return _kept(git, commit, _folders_of(git, commit), target)


def twin_of_tree(url: str, twin_id: str, tree_id: str, cache: Path) -> Path:
    """Return a folder with one twin as a git tree has it, which may be older than main.

    Raises `UsageError` where the repository does not give it.
    """
    if not _TREE.fullmatch(tree_id):
        raise UsageError("a git tree is named by 40 hexadecimal digits")
    commit = _main_of(url)
    target = cache / "twins" / f"{commit}-{twin_id}-{tree_id}"
    if target.is_dir():
        return target
    with tempfile.TemporaryDirectory() as folder:
        git = create(Path(folder), bare=True)
        _fetch(git, url, commit)
        if git.attempt("cat-file", "-e", f"{tree_id}^{{tree}}").returncode != 0:
            _fetch(git, url, tree_id)
        return _kept(git, commit, {f"twins/{twin_id}": tree_id}, target)


def _main_of(url: str) -> str:
    """Return the commit that main of a repository is at."""
    output = _ask(Git(Path.cwd()), url, "refs/heads/main", ["ls-remote"], ["refs/heads/main"])
    commit = output.decode("ascii", "replace").partition("\t")[0]
    if not _TREE.fullmatch(commit):
        raise UsageError(f"{url} has no branch main", _HINT)
    return commit


def _fetch(git: Git, url: str, wanted: str) -> None:
    """Fetch an object of a repository by its id, of a commit without its history."""
    _ask(git, url, wanted, ["fetch", "-q", "--no-tags", "--depth=1"], [wanted])


def _ask(git: Git, url: str, what: str, command: list[str], wanted: list[str]) -> bytes:
    allowed = ["-c", f"protocol.{_check(url)}.allow=always"]
    ended = bounded.run(git, [*_SAFE, *allowed, *command, "--", url, *wanted], BOUNDS)
    if ended.is_late:
        raise UsageError(f"{url} did not answer within {BOUNDS.seconds} s", "try again")
    if ended.status != 0:
        words = ended.words.splitlines()[-1:] or ["git says nothing"]
        raise UsageError(f"{url} gave no {what}: {words[0][:300]}", _HINT)
    return ended.output


def _check(url: str) -> str:
    """Return the one protocol that git may use for a URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme == "file" and not parts.netloc and Path(unquote(parts.path)).is_dir():
        return "file"
    secret = parts.username or parts.password
    if parts.scheme != "https" or not host or secret or parts.query or parts.fragment:
        raise UsageError(
            "a repository is named by https://host/owner/name, without anything secret",
            "or by a folder on this machine",
        )
    return "https"


def _folders_of(git: Git, commit: str) -> dict[str, str]:
    """Return the trees of the twins, and of the tracks and cohorts that say when they open."""
    found = {}
    for folder in ("twins", "tracks", "cohorts"):
        asked = git.attempt("rev-parse", "--verify", "--quiet", f"{commit}:{folder}")
        if asked.returncode == 0:
            found[folder] = asked.stdout.decode("ascii").strip()
    if "twins" not in found:
        raise UsageError("the repository has no twins", _HINT)
    return found


def _kept(git: Git, commit: str, trees: Mapping[str, str], target: Path) -> Path:
    """Write trees of a commit to a folder of the cache, whole or not at all, and the issuer."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as folder,
        Tree(git, commit) as tree,
    ):
        made = Path(folder) / "made"
        for below, tree_id in trees.items():
            _refuse_oddities(git.lines("ls-tree", "-r", "-z", "--name-only", tree_id))
            export(tree, tree_id, made / below)
        if issuer := tree.read(layout.ISSUER):
            (made / layout.ISSUER).parent.mkdir(parents=True)
            (made / layout.ISSUER).write_bytes(issuer)
        with suppress(OSError):  # somebody else kept the same meanwhile
            made.rename(target)
    return target


def _refuse_oddities(paths: Sequence[str]) -> None:
    for path in paths:
        parts = path.split("/")
        if ".." in parts or "" in parts or path.startswith("/") or ".git" in parts:
            raise UsageError(f"the repository holds a path that is never written: {path!r}")
