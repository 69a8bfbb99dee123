"""Telling a regression from noise: thresholds that follow from the samples on both sides.

There are ten checks. At z = 3.1, one-sided, each is wrong about once in a thousand good releases,
so that about one verdict in a hundred is a false alarm. The baseline is a sample of its own: its
size is part of every threshold.
"""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from evalharness.judging import KINDS

Z = 3.1
ROUNDS = 3
"""Of calibration: with one, all verdicts share the errors of one unlucky baseline."""
LEAST_RISE = 0.015
"""Points by which a share must rise at least before anybody would care."""
TAIL = 2.2
"""Times the usual median from which an answer is in the tail."""
SLOWER, DEARER = 1.06, 1.08
"""Ratios of medians that 300 answers tell from 1: their spread is 1.5 % and 0.5 %."""


def share(name: str, hits: int, among: int, base_hits: int, base_among: int) -> dict[str, Any]:
    """Return the check that a share has not risen: a two-proportion z test, pooled."""
    if not among or not base_among:
        return check(name, float(not among), 0.5)
    # Half a hit on either side keeps a baseline of zero from being believed.
    found, base = (hits + 0.5) / (among + 1), (base_hits + 0.5) / (base_among + 1)
    pooled = (hits + base_hits + 1) / (among + base_among + 2)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / among + 1 / base_among))
    return check(name, found, base + max(Z * spread, LEAST_RISE))


def ratio(name: str, values: list[float], base: list[float], most: float) -> dict[str, Any]:
    """Return the check that a median has not risen by more than a factor."""
    if not values:
        return check(name, 1e9, most)
    return check(name, median(values) / median(base), most)


def check(name: str, value: float, threshold: float) -> dict[str, Any]:
    """Return a check: it passes while the value is at most its threshold."""
    passed = value <= threshold
    return {"name": name, "kind": KINDS[name], "passed": passed, "value": round(value, 6),
            "threshold": round(threshold, 6)}  # fmt: skip
