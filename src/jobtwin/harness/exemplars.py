"""Levels for the pre-scored submissions of a gold set: how many of each, and to which item.

What an item of a level looks like is the twin's own matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jobtwin.harness.draw import generator

Levels = Mapping[str, int]
"""Dimension of the rubric → level from 1 to 5."""

ANCHORS: Mapping[int, float] = {1: 0.0, 2: 0.25, 3: 0.5, 4: 0.75, 5: 1.0}
"""Level → score of the rubric's anchor."""
PROPORTIONS: Mapping[int, int] = {1: 2, 2: 4, 3: 6, 4: 7, 5: 5}
"""Level → share of the items, in twenty-fourths."""


def planned(seed: bytes, dimensions: Iterable[str], count: int) -> Iterator[Levels]:
    """Yield the levels of each of `count` items, the shares dealt out over them.

    Good items are good in most dimensions, as real submissions are.
    """
    dealt = {dimension: deal(seed, dimension, count) for dimension in dimensions}
    for number in range(count):
        yield {name: levels[number] for name, levels in dealt.items()}


def deal(seed: bytes, dimension: str, count: int) -> list[int]:
    """Return `count` levels in the planned proportions, the better ones to the better items."""
    pack = [level for level, share in PROPORTIONS.items() for _ in range(share)]
    levels = [pack[number * len(pack) // count] for number in range(count)]
    ranks = list(range(count))
    generator(seed, "gold/quality").shuffle(ranks)
    random = generator(seed, f"gold/levels/{dimension}")
    quality = [2 * rank / count + random.gauss(0, 0.5) for rank in ranks]
    order = sorted(range(count), key=lambda item: quality[item])
    dealt = dict(zip(order, levels, strict=True))
    return [dealt[item] for item in range(count)]


def scores(levels: Levels) -> dict[str, float]:
    """Return the reference score of each dimension of an item."""
    return {dimension: ANCHORS[level] for dimension, level in levels.items()}
