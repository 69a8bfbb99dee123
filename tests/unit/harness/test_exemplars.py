"""Levels for the pre-scored submissions of a gold set."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.harness.exemplars import PROPORTIONS, deal, planned, scores

DIMENSIONS = ("speed", "words", "tests")


@given(st.binary(min_size=32, max_size=32))
def test_twenty_four_items_hold_each_level_as_often_as_planned(seed: bytes) -> None:
    for dimension in DIMENSIONS:
        assert Counter(deal(seed, dimension, 24)) == PROPORTIONS


@given(st.binary(min_size=32, max_size=32), st.integers(20, 60))
def test_an_item_has_a_level_for_each_dimension_and_the_seed_decides_all(
    seed: bytes, count: int
) -> None:
    items = list(planned(seed, DIMENSIONS, count))
    assert items == list(planned(seed, DIMENSIONS, count))
    assert len(items) == count
    assert all(tuple(levels) == DIMENSIONS for levels in items)


def test_good_items_are_good_in_most_dimensions() -> None:
    pairs = [
        (levels["speed"], levels["words"])
        for number in range(40)
        for levels in planned(bytes([number]) * 32, DIMENSIONS, 24)
    ]
    near = sum(abs(one - other) <= 1 for one, other in pairs) / len(pairs)
    apart = sum(abs(one - other) <= 1 for one, _ in pairs for _, other in pairs) / len(pairs) ** 2
    assert near > apart + 0.1


def test_the_best_level_is_a_full_score_and_the_lowest_none() -> None:
    assert scores({"speed": 1, "words": 5, "tests": 3}) == {"speed": 0, "words": 1, "tests": 0.5}
