"""What every sandbox offers: mounts, limits, results and the two ways to start a command.

Knows no backend. A command's first word `python` means the interpreter inside the sandbox.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from jobtwin.harness.sandbox.running import Running

MIB = 1024 * 1024

BASE_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "PATH": "/opt/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own, empty at start
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }
)
"""The whole environment of a sandboxed command, before what `run` and `start` add to it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sandbox may use before it is stopped."""

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    """Of one process."""
    memory_bytes: int = 2048 * MIB
    """Of one process, and of all processes together."""
    processes: int = 128
    """Processes and threads at one moment."""
    output_bytes: int = MIB
    """Of standard output and of standard error, each."""
    file_bytes: int = 64 * MIB
    """Of one file, and of everything below one writable mount."""
    tmp_bytes: int = 256 * MIB
    """Of `/tmp`, and again of `/dev/shm`."""
    open_files: int = 1024


STANDARD = Limits()


@dataclass(frozen=True, slots=True)
class Mount:
    """A host directory or file at an absolute path inside."""

    source: Path
    target: str
    writable: bool = False


class Exit(StrEnum):
    """Who ended a sandboxed command."""

    EXITED = "exited"
    """It ended by itself, or a limit that the kernel enforces ended it."""
    TIMED_OUT = "timed_out"
    OUTPUT_LIMIT = "output_limit"
    KILLED = "killed"
    """We stopped it: asked to, or because it used too much memory or disk."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a sandboxed command ended; the output is hostile and cut at the limit."""

    outcome: Exit
    exit_status: int | None
    """128 + n after signal n; None unless `outcome` is EXITED."""
    stdout: bytes
    stderr: bytes


class Sandbox(Protocol):
    """Runs commands behind walls: no network, no secrets, nothing to write but `/tmp`, mounts."""

    @property
    def name(self) -> str:
        """The backend's name, as `choose(preferred)` takes it."""

    @abstractmethod
    def start(
        self,
        command: Sequence[str],
        mounts: Sequence[Mount] = (),
        env: Mapping[str, str] = MappingProxyType({}),
        limits: Limits = STANDARD,
        workdir: str = "/tmp",  # noqa: S108
    ) -> AbstractContextManager[Running]:
        """Start a command; leaving the context kills whatever of it still runs.

        The context must be left in the thread that entered it: the kernel ends the sandbox
        with the thread that started it. Raises EngineError when the sandbox cannot start.
        """

    def run(
        self,
        command: Sequence[str],
        mounts: Sequence[Mount] = (),
        env: Mapping[str, str] = MappingProxyType({}),
        limits: Limits = STANDARD,
        workdir: str = "/tmp",  # noqa: S108
    ) -> Result:
        """Run a command to its end; raises EngineError when the sandbox cannot start."""
        with self.start(command, mounts, env, limits, workdir) as running:
            return running.wait()
