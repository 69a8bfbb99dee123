"""demo.wall: how long the whole played cohort takes on the wall, and each of its acts."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import Result
from bench.startup import JOBTWIN
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from bench.measure import Say

UNIT = "wall s"


def measure(runs: int, say: Say) -> list[Result]:
    """Return `demo.wall` and one `demo.wall.<act>` for each act, all its turns together."""
    totals: list[float] = []
    acts: dict[str, list[float]] = defaultdict(list)
    for number in range(1, runs + 1):
        say(f"playing the demo, {number} of {runs}")
        told = _play()
        totals.append(told["seconds"])
        for act, seconds in _by_act(told).items():
            acts[act].append(seconds)
    parts = [Result(f"demo.wall.{act}", UNIT, values) for act, values in acts.items()]
    return [Result("demo.wall", UNIT, totals), *parts]


def _by_act(told: dict[str, Any]) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for item in told["acts"]:
        spent[item["act"]] += item["seconds"]
    return spent


def _play() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="jobtwin-bench-") as folder:
        out = str(Path(folder) / "demo")
        command = [JOBTWIN, "demo", "--no-serve", "--json", "--out", out]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EngineError(f"the demo failed: {done.stderr.strip()[-500:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told
