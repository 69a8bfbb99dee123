"""Running git on what a stranger sends: bounded in time, in what it writes and in what it prints.

A time-out ends everything that git has started, so that no helper of it keeps us waiting.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from jobtwin.repository.git import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.repository.git import Git

_LIMITED = 'ulimit -f "$1" && ulimit -t "$2" && ulimit -c 0 && shift 2 && exec "$@"'
"""POSIX: files in blocks of 512 bytes, processor time in seconds. A shell of our own words."""
_WORDS = 4000
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one command may use."""

    seconds: int
    file_bytes: int
    """Of each file that it writes, a pack for example."""
    output_bytes: int = 1 << 16


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    status: int | None
    """None when we stopped it."""
    output: bytes
    """At most `output_bytes`."""
    words: str
    """The last of what it said on standard error."""
    is_cut: bool = False
    """It was stopped because it printed too much."""

    @property
    def is_late(self) -> bool:
        """It was stopped because its time was over."""
        return self.status is None and not self.is_cut


def run(
    git: Git, arguments: Sequence[str], bounds: Bounds, env: Mapping[str, str] | None = None
) -> Ended:
    """Run git in a repository and return how it ended; never raises for what it was sent."""
    blocks = str(max(1, bounds.file_bytes // 512))
    limited = ["sh", "-c", _LIMITED, "sh", blocks, str(bounds.seconds)]
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [*limited, "git", "-C", str(git.path), "-c", "core.fsmonitor=false", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            env=environment(env),
            start_new_session=True,
        )
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with process.stdout as pipe:
            status, output, is_cut = _watched(process, pipe, bounds)
        words.seek(max(0, words.seek(0, os.SEEK_END) - _WORDS))
        said = words.read().decode("utf-8", "replace").strip()
    return Ended(status, output, said, is_cut)


def _watched(
    process: subprocess.Popen[bytes], pipe: IO[bytes], bounds: Bounds
) -> tuple[int | None, bytes, bool]:
    deadline = time.monotonic() + bounds.seconds
    os.set_blocking(pipe.fileno(), False)
    output = bytearray()
    try:
        while True:
            chunk = pipe.read(_CHUNK)
            if chunk:
                output += chunk
            if len(output) > bounds.output_bytes:
                return None, bytes(output[: bounds.output_bytes]), True
            if time.monotonic() > deadline:
                return None, bytes(output), False
            if chunk == b"":
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(max(0.0, deadline - time.monotonic())), bytes(output), False
                return None, bytes(output), False
            if chunk is None:
                time.sleep(0.005)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
