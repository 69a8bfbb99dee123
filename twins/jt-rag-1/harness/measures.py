"""Measures of retrieval as trec_eval and BEIR define them, on documents, and of citations.

Everything here takes results that `answers.py` has read; no answer is trusted, none can raise.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jobtwin.harness.draw import generator

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES = 1000
MOST_CITATIONS = 3


def distinct(names: Sequence[str]) -> list[str]:
    """Return the names without those that stand before: a duplicate counts once."""
    return list(dict.fromkeys(names))


def recall_at(ranked: Sequence[str], relevant: frozenset[str], depth: int) -> float:
    """Return the share of the relevant documents among the first `depth` different ones."""
    hits = relevant.intersection(distinct(ranked)[:depth])
    return len(hits) / min(len(relevant), depth)


def reciprocal_rank(ranked: Sequence[str], relevant: frozenset[str], depth: int) -> float:
    """Return 1 over the rank of the first relevant document among `depth`, else 0."""
    for rank, name in enumerate(distinct(ranked)[:depth], start=1):
        if name in relevant:
            return 1 / rank
    return 0.0


def ndcg_at(ranked: Sequence[str], relevant: frozenset[str], depth: int) -> float:
    """Return the normalised discounted cumulative gain with binary relevance."""
    gain = sum(
        1 / math.log2(rank + 1)
        for rank, name in enumerate(distinct(ranked)[:depth], start=1)
        if name in relevant
    )
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), depth) + 1))
    return gain / best


def citation_accuracy(given: Sequence[tuple[str, int]], right: tuple[str, int]) -> float:
    """Return the share of right ones among the citations given; none or too many are worth 0."""
    if not 1 <= len(given) <= MOST_CITATIONS:
        return 0.0
    return len({one for one in given if one == right}) / len(given)


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def interval(values: Sequence[float], seed: bytes, name: str) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean."""
    if not values:
        return 0.0, 0.0
    random = generator(seed, f"bootstrap/{name}")
    means = sorted(mean(random.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975) - 1]
