"""Shares of requests with their uncertainty, and how long requests took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jobtwin.harness.contract import Answer, Outcome

Z = 1.959964
SLOWEST_MS = 10_000.0
"""What a request costs in time that is not answered."""


@dataclass(frozen=True, slots=True)
class Waited:
    """How long the requests of a load took."""

    p50_ms: float
    p95_ms: float


def share(found: Sequence[bool]) -> float:
    """Return the share of what is true, 0 of nothing."""
    return round(sum(found) / len(found), 6) if found else 0.0


def wilson(found: Sequence[bool]) -> tuple[float, float]:
    """Return Wilson's 95 % interval of the share of what is true; (0, 1) of nothing."""
    among = len(found)
    if not among:
        return 0.0, 1.0
    part, square = sum(found) / among, Z * Z / among
    middle = (part + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(part * (1 - part) / among + square / (4 * among))
    return max(0.0, middle - half), min(1.0, middle + half)


def waited(answers: Sequence[Answer], count: int) -> Waited:
    """Return how long `count` requests took; one that failed or is missing took the longest."""
    times = [one.milliseconds if one.outcome is Outcome.OK else SLOWEST_MS for one in answers]
    times = sorted([*times, *[SLOWEST_MS] * (count - len(times))][:count])
    return Waited(round(times[count // 2], 3), round(times[int(0.95 * count)], 3))
