"""Scales: round ticks, every value between the ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.site.scales import Scale, linear, logarithmic

VALUES = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.3, 0.81], (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        ([588.0, 1200.0], (0.0, 250.0, 500.0, 750.0, 1000.0, 1250.0)),
        ([-1.0, 3.0], (-1.0, 0.0, 1.0, 2.0, 3.0)),
        ([0.00005], (0.0, 0.00001, 0.00002, 0.00003, 0.00004, 0.00005)),
        ([0.0], (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
    ],
)
def test_ticks_are_round_and_begin_at_nothing(
    values: list[float], ticks: tuple[float, ...]
) -> None:
    assert linear(values).ticks == ticks


def test_a_scale_ends_where_it_is_told_to() -> None:
    assert linear([0.1, 3.0], 0.25).ticks == (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
    assert linear([3.0], 1.0).place(3.0) == 1.0
    assert linear([0.3], 0.9).ticks == (0.0, 0.18, 0.36, 0.54, 0.72, 0.9)


@given(VALUES, st.none() | st.floats(0.001, 1e6))
def test_ticks_of_a_linear_scale_stand_at_equal_steps(
    values: list[float], most: float | None
) -> None:
    scale = linear([value / 1e6 for value in values], most)
    places = [scale.place(tick) for tick in scale.ticks]
    equal = [number / (len(places) - 1) for number in range(len(places))]
    assert places == pytest.approx(equal, abs=1e-6)


def test_powers_of_ten_lie_around_all_that_is_positive() -> None:
    scale = logarithmic([-5.0, 0.0, 18.0, 4000.0])
    assert scale.ticks == (10.0, 100.0, 1000.0, 10000.0)
    assert scale.place(-5.0) == 0
    assert scale.place(100.0) == pytest.approx(1 / 3)


def test_decades_that_are_too_many_are_passed_over_in_equal_steps() -> None:
    assert logarithmic([1.0, 1e7]).ticks == (1.0, 1e2, 1e4, 1e6, 1e8)


@given(VALUES, st.sampled_from([linear, logarithmic]))
def test_every_value_has_a_place_between_the_ends_and_ticks_rise(values, kind) -> None:  # type: ignore[no-untyped-def]
    scale: Scale = kind(values)
    assert all(0 <= scale.place(value) <= 1 for value in values)
    assert list(scale.ticks) == sorted(set(scale.ticks))
    assert (scale.place(scale.ticks[0]), scale.place(scale.ticks[-1])) == (0, 1)
