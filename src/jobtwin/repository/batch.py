"""Git's objects by their names, through one `git cat-file --batch` process that stays."""

from __future__ import annotations

import subprocess
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.repository.git import environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobtwin.repository.git import Git

_MAPPED = ("-c", "core.packedGitLimit=128m", "-c", "core.packedGitWindowSize=1m")
"""How much of a history git keeps in memory: by itself, all of it."""
_PIPE = 4096
"""Bytes that fit into the smallest pipe that Linux makes."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object of git."""

    id: str
    kind: str
    content: bytes


class Batch:
    """A git process that is asked for objects. It ends with `end`, or when nobody holds this."""

    def __init__(self, git: Git) -> None:
        self._process = subprocess.Popen(
            ["git", "-C", str(git.path), *_MAPPED, "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        self.end = weakref.finalize(self, _end, self._process)

    def find(self, name: str) -> Object | None:
        """Return the object that a name (`<id>`, `<commit>:<path>`) stands for, if there is one."""
        if "\n" in name:
            return None
        self._ask(f"{name}\n".encode("utf-8", "surrogateescape"))
        return self._answer()

    def found(self, names: Iterable[str]) -> Iterator[Object | None]:
        """Yield objects by names that hold no line break, None for each that is not there.

        No other may be asked for before the last one is there.
        """
        for lines in _pieces(f"{name}\n".encode("utf-8", "surrogateescape") for name in names):
            self._ask(b"".join(lines))
            yield from [self._answer() for _ in lines]

    def _ask(self, lines: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it is a pipe
        stdin.write(lines)
        stdin.flush()

    def _answer(self) -> Object | None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        head = stdout.readline().split()
        if len(head) != 3 or head[-1] in (b"missing", b"ambiguous"):
            return None
        content = stdout.read(int(head[2]))
        stdout.read(1)
        return Object(head[0].decode("ascii"), head[1].decode("ascii"), content)


def _pieces(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield lines some at a time: git may write an answer for each before it reads the next.

    Were more asked for than its pipe holds, both sides could wait for ever.
    """
    piece: list[bytes] = []
    room = _PIPE
    for line in lines:
        if piece and len(line) > room:
            yield piece
            piece, room = [], _PIPE
        piece.append(line)
        room -= len(line)
    if piece:
        yield piece


def _end(process: subprocess.Popen[bytes]) -> None:
    # Waiting for git to see that nothing more will be asked could last for ever: a process that
    # was forked from this one holds the same pipe. In such a process git is not a child, and lives.
    process.kill()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None  # noqa: S101 - both are pipes
        with suppress(BrokenPipeError):  # git died before it had read all
            pipe.close()
    process.wait()
