"""A command of ours as its user starts it: start-up counts, and so do the processes it starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Result
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Say

JOBTWIN = str(Path(sys.executable).with_name("jobtwin"))


@dataclass(frozen=True, slots=True)
class Took:
    """What one run took."""

    wall: float
    cpu: float
    """Seconds, with all processes that it started."""
    memory: float
    """MiB at the peak of the largest process."""


def run(command: Sequence[str], what: str, say: Say) -> Took:
    """Run a command to its end; raises `EngineError` when it does not come out well."""
    load = os.getloadavg()[0]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise EngineError(f"{what} did not come out well", " ".join(command))
    took = Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    say(f"{what}: {took.wall:.1f} s, {took.cpu:.1f} CPU s, {took.memory:.0f} MiB, load {load:.1f}")
    return took


def results(name: str, took: Sequence[Took]) -> list[Result]:
    """Return the results of runs of one command."""
    return [
        Result(name, "s", [one.wall for one in took]),
        Result(f"{name}.cpu", "CPU s", [one.cpu for one in took]),
        Result(f"{name}.memory", "MiB", [one.memory for one in took]),
    ]
