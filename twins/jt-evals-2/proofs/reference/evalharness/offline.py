"""The offline half: one round over the evaluation set, compared with a baseline of three."""

from __future__ import annotations

from statistics import median
from typing import Any

from evalharness.client import Client
from evalharness.comparing import DEARER, ROUNDS, SLOWER, TAIL, ratio, share
from evalharness.judging import measured


def calibrate(client: Client) -> dict[str, Any]:
    """Return the baseline: everything that was measured, over all rounds."""
    found = [measured(client) for _ in range(ROUNDS)]
    counts = {
        name: [sum(one["counts"][name][part] for one in found) for part in (0, 1)]
        for name in found[0]["counts"]
    }
    times = [time for one in found for time in one["times"]]
    costs = [cost for one in found for cost in one["costs"]]
    return {"counts": counts, "times": times, "costs": costs}


def run(client: Client, baseline: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict on a release, with the checks behind it."""
    found = measured(client)
    checks = [
        share(name, *counted, *baseline["counts"][name])
        for name, counted in found["counts"].items()
    ]
    usual = median(baseline["times"])
    slow, base_slow = (
        [time > TAIL * usual for time in times] for times in (found["times"], baseline["times"])
    )
    checks.append(share("latency tail", sum(slow), len(slow), sum(base_slow), len(base_slow)))
    checks.append(ratio("latency median", found["times"], baseline["times"], SLOWER))
    checks.append(ratio("cost median", found["costs"], baseline["costs"], DEARER))
    verdict = "pass" if all(check["passed"] for check in checks) else "fail"
    return {"verdict": verdict, "checks": checks, "examples": found["examples"]}
