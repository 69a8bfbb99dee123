"""How many slow answers a sample may hold so that its p99 is below the target."""

from __future__ import annotations

from math import exp, lgamma, log

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


def bound(values: list[float]) -> float:
    """Return the upper bound of the p99: at most `allowed` of the values are above it.

    For too small a sample the largest value.
    """
    ordered = sorted(values, reverse=True)
    return ordered[max(0, allowed(len(ordered)))]


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[min(len(ordered), max(1, rank)) - 1]
