"""A commit's files, read through one `git cat-file --batch` process.

Knows nothing of records; see `ledger` for those.
"""

from __future__ import annotations

import re
import subprocess
import weakref
from typing import TYPE_CHECKING

from jobtwin.errors import GitError
from jobtwin.repository.git import Git, environment

if TYPE_CHECKING:
    from types import TracebackType


_ENTRY = re.compile(rb"[0-7]{5,6} ([^\0]+)\0.{20}", re.DOTALL)
_ENTRY_SHA256 = re.compile(rb"[0-7]{5,6} ([^\0]+)\0.{32}", re.DOTALL)
"""An entry of a tree object: mode, name, and the raw id."""
_SHA1 = 40
"""Digits of a commit's id where ids are SHA-1."""


class Tree:
    """The files of one commit. Close it, or use it as a context manager."""

    def __init__(self, git: Git, commit: str = "HEAD") -> None:
        self.git = git
        self.commit = git.text("rev-parse", "--verify", f"{commit}^{{commit}}")
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: weakref.finalize[..., Tree] | None = None

    def __enter__(self) -> Tree:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the git process."""
        self._process = None
        if self._ending:
            self._ending()

    def read(self, path: str) -> bytes | None:
        """Return a file's content, or None where there is no such file."""
        if any(part in ("", ".", "..") for part in path.split("/")):
            return None  # git would take it as relative to where it runs, and give up
        found = self._object(f"{self.commit}:{path}")
        return found[1] if found and found[0] == "blob" else None

    def blob(self, object_id: str) -> bytes:
        """Return the content of a blob; raises `GitError` where there is none."""
        found = self._object(object_id)
        if found is None or found[0] != "blob":
            raise GitError(f"there is no blob {object_id}")
        return found[1]

    def tree_id(self, path: str) -> str:
        """Return the git tree id of a folder; raises `GitError` where there is none."""
        return self.git.text("rev-parse", "--verify", f"{self.commit}:{path}")

    def paths(self, prefix: str = "") -> list[str]:
        """Return the paths of all files below a folder, sorted."""
        scope = [prefix.rstrip("/") + "/"] if prefix else []
        return sorted(
            self.git.lines("ls-tree", "-r", "-z", "--name-only", self.commit, "--", *scope)
        )

    def names(self, folder: str) -> list[str]:
        """Return the names of what lies directly in a folder, sorted; [] where there is none."""
        folder = folder.rstrip("/")
        if any(part in ("", ".", "..") for part in folder.split("/")):
            return []
        # By the process that reads the files: one of its own for each folder would take longer.
        found = self._object(f"{self.commit}:{folder}")
        if found is None or found[0] != "tree":
            return []
        entry = _ENTRY if len(self.commit) == _SHA1 else _ENTRY_SHA256
        return sorted(name.decode("utf-8") for name in entry.findall(found[1]))

    def _object(self, name: str) -> tuple[str, bytes] | None:
        if "\n" in name:
            return None
        process = self._batch()
        assert process.stdin is not None  # noqa: S101 - both are pipes; see _batch
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
        process.stdin.flush()
        head = process.stdout.readline().split(b" ")
        if not head or head[-1] in (b"missing\n", b"ambiguous\n", b""):
            return None
        size = int(head[2])
        content = process.stdout.read(size)
        process.stdout.read(1)
        return head[1].decode("ascii"), content

    def _batch(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", "-C", str(self.git.path), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
            # Also where nobody closes it, as when an error carries it away.
            self._ending = weakref.finalize(self, _end, self._process)
        return self._process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.communicate()
