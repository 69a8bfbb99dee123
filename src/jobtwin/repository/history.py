"""The whole history of a branch, read in one pass: what each commit changed, first commit first.

Two git processes in all, however long the history: one lists the changes, one hands out objects.
A merge counts as one change against its first parent: main is what every act read and wrote, so
whatever a merge brings is judged when it arrives there.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import IO, TYPE_CHECKING

from jobtwin.errors import GitError
from jobtwin.repository.batch import Batch
from jobtwin.repository.git import environment
from jobtwin.rules.replay.files import FileChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from jobtwin.repository.batch import Object
    from jobtwin.repository.git import Git

_MARK = b"\x02"
_CHUNK = 1 << 16
_AT_ONCE = 90
"""Blobs that are well asked for together."""
_ARCHIVE = "refs/archive/"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit on the first-parent line, and what it changed against its first parent."""

    id: str
    at: datetime
    """The committer's date."""
    parents: int
    changes: tuple[FileChange, ...]


def is_whole(git: Git) -> bool:
    """Say whether the clone goes back to the first commit; a shallow one does not."""
    return git.text("rev-parse", "--is-shallow-repository") == "false"


def count(git: Git, commit: str) -> int:
    """Return how many commits `walk` will yield; raises `GitError` when there is no such commit."""
    return int(git.text("rev-list", "--count", "--first-parent", "--end-of-options", commit))


def walk(git: Git, commit: str, newest: int | None = None) -> Iterator[Commit]:
    """Yield every commit of the first-parent line up to `commit`, the first one first.

    With `newest`, only so many of the last ones.
    Renames come as a removal and an addition. Raises `GitError` when git does not read to the end.
    """
    options = ["--reverse", "--first-parent", "-m", "--raw", "-z", "--no-abbrev", "--no-renames"]
    options += ["--no-ext-diff", "--ignore-submodules=none", "--format=%x02%H %ct %P"]
    command = ["git", "-C", str(git.path), "-c", "log.showRoot=true", "log", *options]
    command += [f"-{newest}"] if newest else []
    command += ["--end-of-options", commit, "--"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        yield from _commits(_tokens(process.stdout))
        if process.wait() != 0:
            raise GitError("git log did not read the history to its end", "run `git fsck`")
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the NUL-separated parts of a stream; empty ones are left out."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from (token for token in whole if token.strip(b"\n"))
    if rest.strip(b"\n"):
        yield rest


def _commits(tokens: Iterator[bytes]) -> Iterator[Commit]:
    head: list[bytes] | None = None
    changes: list[FileChange] = []
    for token in tokens:
        if token.startswith(_MARK):
            if head:
                yield _commit(head, changes)
            head, changes = token[1:].split(b" "), []
        else:
            old_mode, mode, old_blob, blob, _ = token.lstrip(b"\n:").decode("ascii").split(" ")
            path = next(tokens).decode("utf-8", "surrogateescape")
            changes.append(FileChange(path, old_mode, mode, old_blob, blob))
    if head:
        yield _commit(head, changes)


def _commit(head: list[bytes], changes: list[FileChange]) -> Commit:
    parents = sum(bool(parent.strip()) for parent in head[2:])
    return Commit(head[0].decode("ascii"), _moment(head[1]), parents, tuple(changes))


def _moment(seconds: bytes) -> datetime:
    """Return a commit's date; one that git or the calendar cannot read is as old as can be."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def windows(
    commits: Iterable[Commit], wanted: Callable[[FileChange], bool]
) -> Iterator[list[Commit]]:
    """Yield commits some at a time: as many as have their blobs asked for at once."""
    window: list[Commit] = []
    blobs = 0
    for commit in commits:
        window.append(commit)
        blobs += sum(map(wanted, commit.changes))
        if blobs >= _AT_ONCE:
            yield window
            window, blobs = [], 0
    if window:
        yield window


def ahead(
    commits: Iterable[Commit], objects: Objects, wanted: Callable[[FileChange], bool]
) -> Iterator[Commit]:
    """Yield commits, having asked for the blobs of some of them at once: no waiting for each."""
    for window in windows(commits, wanted):
        objects.expect([c.blob for commit in window for c in commit.changes if wanted(c)])
        yield from window


def _ref(name: str) -> str:
    return name.partition(":")[0]


class Objects:
    """Git's objects by name, through one process. Use it as a context manager."""

    def __init__(self, git: Git) -> None:
        self.git = git
        self._ahead: dict[str, bytes | None] = {}
        self._batch = Batch(git)

    def __enter__(self) -> Objects:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._batch.end()

    def find(self, name: str) -> Object | None:
        """Return the object that a name (`<id>`, `<commit>:<path>`) stands for, if there is one."""
        if name.startswith(_ARCHIVE) and _ref(name) not in self._archives:
            return None
        return self._batch.find(name)

    def expect(self, names: Sequence[str]) -> None:
        """Read blobs that will be asked for by their ids; `blob` then has each of them once."""
        for name, found in zip(names, self._batch.found(names), strict=True):
            self._ahead[name] = found.content if found and found.kind == "blob" else None

    def give(self, contents: Mapping[str, bytes | None]) -> None:
        """Take blobs that another process has read; `blob` then has each of them once."""
        self._ahead.update(contents)

    def blob(self, name: str) -> bytes | None:
        """Return the content of a blob, None where there is no such blob."""
        if name in self._ahead:
            return self._ahead.pop(name)
        found = self.find(name)
        return found.content if found and found.kind == "blob" else None

    @cached_property
    def _archives(self) -> frozenset[str]:
        """The archives that are in this clone; most have none, and git is slow to say so."""
        return frozenset(self.git.text("for-each-ref", "--format=%(refname)", _ARCHIVE).split())
