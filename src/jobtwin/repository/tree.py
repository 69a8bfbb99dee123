"""A commit's files, read through one `git cat-file --batch` process.

Knows nothing of records; see `ledger` for those.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from jobtwin.errors import GitError
from jobtwin.repository.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from jobtwin.repository.batch import Object
    from jobtwin.repository.git import Git

_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_ENTRY_SHA256 = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{32})", re.DOTALL)
"""An entry of a tree object: mode, name, and the raw id."""
_FOLDER = b"40000"
_SHA1 = 40
"""Digits of a commit's id where ids are SHA-1."""


class Tree:
    """The files of one commit. Close it, or use it as a context manager."""

    def __init__(self, git: Git, commit: str = "HEAD") -> None:
        self.git = git
        self.commit = git.text("rev-parse", "--verify", f"{commit}^{{commit}}")
        self._folders: dict[str, list[str]] = {}
        self._files: dict[str, bytes] = {}

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
        """End the git process; it begins again when more is asked for."""
        if batch := self.__dict__.pop("_batch", None):
            batch.end()

    def read(self, path: str) -> bytes | None:
        """Return a file's content, or None where there is no such file."""
        if path in self._files:
            return self._files[path]
        if any(part in ("", ".", "..") for part in path.split("/")):
            return None  # git would take it as relative to where it runs, and give up
        folder, _, name = path.rpartition("/")
        if folder in self._folders and name not in self._folders[folder]:
            return None
        found = self._batch.find(f"{self.commit}:{path}")
        return found.content if found and found.kind == "blob" else None

    def blob(self, object_id: str) -> bytes:
        """Return the content of a blob; raises `GitError` where there is none."""
        found = self._batch.find(object_id)
        if found is None or found.kind != "blob":
            raise GitError(f"there is no blob {object_id}")
        return found.content

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
        if folder in self._folders:
            return self._folders[folder]
        # By the process that reads the files: one of its own for each folder would take longer.
        found = self._batch.find(f"{self.commit}:{folder}")
        return sorted(name for _, name, _ in self._entries(found))

    def expect(self, folders: Sequence[str], wanted: Callable[[str], bool]) -> None:
        """Read folders that will be asked for, and of what lies directly in them what is wanted.

        Asked for together, so that nobody waits for each. They are kept until `forget`.
        """
        blobs: dict[str, str] = {}
        trees = self._batch.found([f"{self.commit}:{folder}" for folder in folders])
        for folder, found in zip(folders, trees, strict=True):
            entries = list(self._entries(found))
            self._folders[folder] = sorted(name for _, name, _ in entries)
            blobs |= {
                f"{folder}/{name}": object_id
                for mode, name, object_id in entries
                if mode != _FOLDER and wanted(name)
            }
        for path, found in zip(blobs, self._batch.found(blobs.values()), strict=True):
            if found:
                self._files[path] = found.content

    def forget(self) -> None:
        """Let go of what was expected."""
        self._folders.clear()
        self._files.clear()

    def _entries(self, found: Object | None) -> Iterator[tuple[bytes, str, str]]:
        """Yield (mode, name, id) of what lies in a tree object; nothing of any other."""
        if found and found.kind == "tree":
            entry = _ENTRY if len(self.commit) == _SHA1 else _ENTRY_SHA256
            for mode, name, object_id in entry.findall(found.content):
                yield mode, name.decode("utf-8"), object_id.hex()

    @cached_property
    def _batch(self) -> Batch:
        return Batch(self.git)
