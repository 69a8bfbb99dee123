"""The sandbox's protocol without walls, for a learner who scores his own work on his own machine.

Only `jobtwin eval` may ask for it, and only because the person said so. `choose` never returns
it. Time and output are bounded; the network, the disk and the environment's secrets are not
guarded beyond starting with a small environment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.harness.sandbox.protocol import BASE_ENVIRONMENT, STANDARD, Limits, Mount, Sandbox
from jobtwin.harness.sandbox.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Unsandboxed(Sandbox):
    """Runs commands with the caller's own rights; mounts become paths in words of the command."""

    @property
    def name(self) -> str:
        """The backend's name."""
        return "unsandboxed"

    @contextmanager
    def start(
        self,
        command: Sequence[str],
        mounts: Sequence[Mount] = (),
        env: Mapping[str, str] = MappingProxyType({}),
        limits: Limits = STANDARD,
        workdir: str = "/tmp",  # noqa: S108
    ) -> Iterator[Running]:
        """Start a command; see `Sandbox.start`."""
        interpreter = str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}")
        words = [interpreter if word == "python" else word for word in command[:1]]
        words += [_word(word, mounts) for word in command[1:]]
        values = {**BASE_ENVIRONMENT, **env}
        environment = {name: _translated(value, mounts) for name, value in values.items()}
        process = _spawn(words, environment, _translated(workdir, mounts))
        running = Running(
            process, limits, stop=lambda: _end_group(process.pid), status=lambda returned: returned
        )
        try:
            yield running
        finally:
            running.kill()


def _word(word: str, mounts: Sequence[Mount]) -> str:
    """Return a word of a command with its path in place, also behind a name: `OUT=/out/x`."""
    name, sign, value = word.partition("=")
    if sign and "/" not in name:
        return f"{name}={_translated(value, mounts)}"
    return _translated(word, mounts)


def _translated(text: str, mounts: Sequence[Mount]) -> str:
    """Replace mount targets that begin a `:`-separated part of `text` by their sources."""
    parts = text.split(":")
    for number, part in enumerate(parts):
        for mount in mounts:
            if part == mount.target or part.startswith(f"{mount.target}/"):
                parts[number] = f"{mount.source}{part.removeprefix(mount.target)}"
    return ":".join(parts)


def _spawn(argv: list[str], env: Mapping[str, str], workdir: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            env=env,
            cwd=workdir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(f"{argv[0]} could not be started: {error}") from error


def _end_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
