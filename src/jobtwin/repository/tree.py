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
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType


_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_ENTRY_SHA256 = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{32})", re.DOTALL)
"""An entry of a tree object: mode, name, and the raw id."""
_FOLDER = b"40000"
_AT_ONCE = 90
"""Names that fit into the smallest pipe that Linux makes, so that neither side waits for ever."""
_SHA1 = 40
"""Digits of a commit's id where ids are SHA-1."""


class Tree:
    """The files of one commit. Close it, or use it as a context manager."""

    def __init__(self, git: Git, commit: str = "HEAD") -> None:
        self.git = git
        self.commit = git.text("rev-parse", "--verify", f"{commit}^{{commit}}")
        self._folders: dict[str, list[str]] = {}
        self._files: dict[str, bytes] = {}
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
        if path in self._files:
            return self._files[path]
        folder, _, name = path.rpartition("/")
        if folder in self._folders and name not in self._folders[folder]:
            return None
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
        if folder in self._folders:
            return self._folders[folder]
        # By the process that reads the files: one of its own for each folder would take longer.
        found = self._object(f"{self.commit}:{folder}")
        return sorted(name for _, name, _ in self._entries(found))

    def expect(self, folders: Sequence[str], wanted: Callable[[str], bool]) -> None:
        """Read folders that will be asked for, and of what lies directly in them what is wanted.

        Asked for together, so that nobody waits for each. They are kept until `forget`.
        """
        blobs: dict[str, str] = {}
        trees = self._objects([f"{self.commit}:{folder}" for folder in folders])
        for folder, found in zip(folders, trees, strict=True):
            entries = list(self._entries(found))
            self._folders[folder] = sorted(name for _, name, _ in entries)
            blobs |= {
                f"{folder}/{name}": object_id
                for mode, name, object_id in entries
                if mode != _FOLDER and wanted(name)
            }
        for path, found in zip(blobs, self._objects(blobs.values()), strict=True):
            if found:
                self._files[path] = found[1]

    def forget(self) -> None:
        """Let go of what was expected."""
        self._folders.clear()
        self._files.clear()

    def _entries(self, found: tuple[str, bytes] | None) -> Iterator[tuple[bytes, str, str]]:
        """Yield (mode, name, id) of what lies in a tree object; nothing of any other."""
        if found and found[0] == "tree":
            entry = _ENTRY if len(self.commit) == _SHA1 else _ENTRY_SHA256
            for mode, name, object_id in entry.findall(found[1]):
                yield mode, name.decode("utf-8"), object_id.hex()

    def _objects(self, names: Iterable[str]) -> Iterator[tuple[str, bytes] | None]:
        """Yield objects by their names; no other may be asked for before the last one is there."""
        rest = list(names)
        for begin in range(0, len(rest), _AT_ONCE):
            some = rest[begin : begin + _AT_ONCE]
            self._ask("".join(f"{name}\n" for name in some))
            yield from [self._answer() for _ in some]

    def _object(self, name: str) -> tuple[str, bytes] | None:
        if "\n" in name:
            return None
        self._ask(f"{name}\n")
        return self._answer()

    def _ask(self, lines: str) -> None:
        process = self._batch()
        assert process.stdin is not None  # noqa: S101 - both are pipes; see _batch
        process.stdin.write(lines.encode("utf-8", "surrogateescape"))
        process.stdin.flush()

    def _answer(self) -> tuple[str, bytes] | None:
        process = self._batch()
        assert process.stdout is not None  # noqa: S101 - see _ask
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
