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
from jobtwin.repository import bounded
from jobtwin.repository.export import export
from jobtwin.repository.git import Git, create
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

MIB = 1024 * 1024
BOUNDS = bounded.Bounds(seconds=180, file_bytes=256 * MIB)
"""Enough for the newest commit of a large organisation, far from filling a disk."""
_TREE = re.compile(r"[0-9a-f]{40}")
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
    """Return a folder with the twins as main of a repository has them now.

    `url` is https, or `file://` for a repository on this machine; `cache` keeps a folder a commit.
    Raises `UsageError` where it cannot be fetched or holds no twins.
    """
    with tempfile.TemporaryDirectory() as folder:
        git = create(Path(folder), bare=True)
        _fetch(git, url, "refs/heads/main")
        commit = git.text("rev-parse", "refs/heads/wanted^{commit}")
        with Tree(git, commit) as tree:
            return _kept(tree, _twins_of(git), cache / "twins" / commit, "twins")


def twin_of_tree(url: str, twin_id: str, tree_id: str, cache: Path) -> Path:
    """Return a folder with one twin as a git tree has it, which may be older than main.

    Raises `UsageError` where the repository does not give it.
    """
    if not _TREE.fullmatch(tree_id):
        raise UsageError("a git tree is named by 40 hexadecimal digits")
    target = cache / "twins" / f"{twin_id}-{tree_id}"
    if target.is_dir():
        return target
    with tempfile.TemporaryDirectory() as folder:
        git = create(Path(folder), bare=True)
        _fetch(git, url, "refs/heads/main")
        if git.attempt("cat-file", "-e", f"{tree_id}^{{tree}}").returncode != 0:
            _fetch(git, url, tree_id)
        with Tree(git, "refs/heads/wanted") as tree:  # the id names the tree, whatever main has
            return _kept(tree, tree_id, target, f"twins/{twin_id}")


def _fetch(git: Git, url: str, what: str) -> None:
    """Fetch a ref or an object of a repository to `refs/heads/wanted`, where it is a commit."""
    scheme = _check(url)
    # A tree is no branch: it is fetched by its id, and stands in FETCH_HEAD alone.
    spec = f"+{what}:refs/heads/wanted" if what.startswith("refs/") else what
    command = [*_SAFE, "-c", f"protocol.{scheme}.allow=always", "fetch", "-q", "--no-tags"]
    ended = bounded.run(git, [*command, "--depth=1", "--", url, spec], BOUNDS)
    if ended.is_late:
        raise UsageError(f"{url} did not answer within {BOUNDS.seconds} s", "try again")
    if ended.status != 0:
        words = ended.words.splitlines()[-1:] or ["git says nothing"]
        raise UsageError(
            f"{url} gave no {what}: {words[0][:300]}",
            "name the organisation's repository, or a clone of it, by --repo",
        )


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


def _twins_of(git: Git) -> str:
    found = git.attempt("rev-parse", "--verify", "--quiet", "refs/heads/wanted:twins")
    if found.returncode != 0:
        raise UsageError("the repository has no twins", "name the organisation's own by --repo")
    return found.stdout.decode("ascii").strip()


def _kept(tree: Tree, tree_id: str, target: Path, below: str) -> Path:
    """Write a tree below a folder of the cache, whole or not at all."""
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as folder:
        _refuse_oddities(tree.git.lines("ls-tree", "-r", "-z", "--name-only", tree_id))
        made = Path(folder) / "made"
        export(tree, tree_id, made / below)
        with suppress(OSError):  # somebody else kept the same meanwhile
            made.rename(target)
    return target


def _refuse_oddities(paths: Sequence[str]) -> None:
    for path in paths:
        parts = path.split("/")
        if ".." in parts or "" in parts or path.startswith("/") or ".git" in parts:
            raise UsageError(f"the repository holds a path that is never written: {path!r}")
