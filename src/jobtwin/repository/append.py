"""Adding files to a branch in one commit: never changing one, never losing a race in silence."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import GitError, RaceLost
from jobtwin.records import layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.repository.git import Git


@dataclass(frozen=True, slots=True)
class Author:
    """Who a commit is by."""

    name: str
    email: str

    def environment(self, at: datetime) -> dict[str, str]:
        """Return what makes git write this name and moment."""
        moment = f"{int(at.timestamp())} +0000"
        return {
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": self.email,
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": self.email,
            "GIT_COMMITTER_DATE": moment,
        }


BOT = Author("jobtwin[bot]", "bot@jobtwin.invalid")


def add(
    git: Git,
    files: Mapping[str, bytes],
    message: str,
    at: datetime,
    author: Author = BOT,
    onto: str | None = None,
) -> str:
    """Add files to main in one commit and return its id.

    `onto` is the commit that the files were made for. Raises `GitError` when a write-once file
    exists already with other content, and `RaceLost` when main moved meanwhile. A file that is
    there with the same content is passed over, so that an effect carried out twice changes nothing.
    The commit is never dated before main's, however long its event was on the way.
    """
    head = git.text("rev-parse", "--verify", "refs/heads/main^{commit}")
    if onto not in (None, head):
        raise _lost()
    new = _not_there_yet(git, head, files)
    if not new:
        return head
    tree = _tree_with(git, head, new)
    dated = max(at, datetime.fromtimestamp(int(git.text("show", "-s", "--format=%ct", head)), UTC))
    commit = _commit(git, tree, head, message, author.environment(dated))
    moved = git.attempt("update-ref", "refs/heads/main", commit, head)
    if moved.returncode != 0:
        raise _lost()
    return commit


def _lost() -> RaceLost:
    return RaceLost("somebody else added records at the same moment", "try again on the new main")


def keep(git: Git, ref: str, name: str, content: bytes, at: datetime) -> None:
    """Keep one file under a git ref of its own, outside a default clone.

    Raises `GitError` when the ref keeps something else already.
    """
    blob = _blob(git, content)
    tree = git.run("mktree", stdin=f"100644 blob {blob}\t{name}\n".encode()).decode().strip()
    commit = _commit(git, tree, None, f"Archive {name}", BOT.environment(at))
    there = git.attempt("rev-parse", "--verify", "--quiet", f"{ref}^{{tree}}")
    if there.returncode != 0:
        git.run("update-ref", ref, commit)
    elif there.stdout.decode().strip() != tree:
        raise GitError(f"{ref} keeps something else already")


def _not_there_yet(git: Git, head: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    new: dict[str, bytes] = {}
    for path, content in files.items():
        there = git.attempt("cat-file", "blob", f"{head}:{path}")
        if there.returncode != 0 or there.stdout != content:
            if there.returncode == 0 and path.startswith(layout.WRITE_ONCE):
                raise GitError(f"{path} exists already: records are added, never changed")
            new[path] = content
    return new


def _tree_with(git: Git, head: str, files: Mapping[str, bytes]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", head, env=index)
        lines = [f"100644 {_blob(git, files[path])}\t{path}" for path in sorted(files)]
        git.run("update-index", "--index-info", stdin="\n".join(lines).encode() + b"\n", env=index)
        return git.text("write-tree", env=index)


def _blob(git: Git, content: bytes) -> str:
    return git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()


def _commit(git: Git, tree: str, parent: str | None, message: str, env: Mapping[str, str]) -> str:
    parents = ["-p", parent] if parent else []
    made = git.run("commit-tree", tree, *parents, stdin=message.encode("utf-8") + b"\n", env=env)
    return made.decode().strip()
