"""How many slow answers a sample may hold so that its p99 is below the target."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, sqrt

TAIL = 0.01
RISK = 0.05
"""Chance to be wrong that is accepted: a one-sided confidence of 95 %."""


def allowed(count: int) -> int:
    """Return the largest k with P[Binom(count, 1 %) <= k] <= 5 %; -1 where there is none."""
    total, k = 0.0, -1
    while k < count:
        total += _chance(count, k + 1)
        if total > RISK:
            return k
        k += 1
    return k


def _chance(count: int, hits: int) -> float:
    ways = lgamma(count + 1) - lgamma(hits + 1) - lgamma(count - hits + 1)
    return exp(ways + hits * log(TAIL) + (count - hits) * log(1 - TAIL))


def bound(values: Sequence[float]) -> float:
    """Return the upper bound of the p99: at most `allowed` of the values are above it.

    For too small a sample the largest value.
    """
    ordered = sorted(values, reverse=True)
    return ordered[max(0, allowed(len(ordered)))]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[min(len(ordered), max(1, rank)) - 1]


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, after Wilson (1927); everything where nothing is."""
    if count == 0:
        return 0.0, 1.0
    z = 1.959964
    share, weight = hits / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / weight
    half = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / weight
    return max(0.0, middle - half), min(1.0, middle + half)
