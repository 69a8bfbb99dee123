"""What learner code took at most while it ran, beside the limits that it had."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jobtwin.harness.sandbox.protocol import MIB, STANDARD, Limits, Mount, Sandbox
from jobtwin.records.measured import Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobtwin.harness.sandbox.running import Running

MOST_SHARE = 0.8
"""Of a limit, for a reference: a machine that is a quarter slower must still do."""
_NOTHING = Use(most=0.0, share=0.0)
_SIZED = 3
"""Decimals that are kept: more would be the machine's noise."""


@dataclass(slots=True)
class Meter:
    """The most that any one sandbox took."""

    wall: Use = _NOTHING
    cpu: Use = _NOTHING
    memory: Use = _NOTHING
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seconds: float, running: Running, limits: Limits) -> None:
        """Count one sandbox that has ended."""
        peak = running.peak
        with self._lock:
            self.wall = _larger(self.wall, seconds, limits.wall_seconds)
            self.cpu = _larger(self.cpu, peak.cpu_seconds, limits.cpu_seconds)
            self.memory = _larger(self.memory, peak.memory_bytes / MIB, limits.memory_bytes / MIB)

    def tight(self) -> Iterator[str]:
        """Yield each limit that leaves no room for a slower or fuller machine."""
        for name, use in (("time", self.wall), ("processor", self.cpu), ("memory", self.memory)):
            if use.share > MOST_SHARE:
                yield f"took {use.share:.0%} of its {name} limit, over {MOST_SHARE:.0%}"


def _larger(known: Use, most: float, limit: float) -> Use:
    return Use(
        most=max(known.most, round(most, _SIZED)),
        share=max(known.share, round(most / limit, _SIZED)),
    )


@dataclass(frozen=True, slots=True)
class Metered(Sandbox):
    """A sandbox like `inner`, of which `meter` knows afterwards what was taken in it."""

    inner: Sandbox
    meter: Meter

    @property
    def name(self) -> str:
        """The backend's name."""
        return self.inner.name

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
        began = time.monotonic()
        with self.inner.start(command, mounts, env, limits, workdir) as running:
            yield running
            # Before it is stopped: what stopping takes is ours.
            seconds = time.monotonic() - began
        self.meter.add(seconds, running, limits)
