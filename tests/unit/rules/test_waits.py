"""Waits as people really had them, of nobody where they are too few, and the forecast from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules.waits import Figures, Spread, Wait, figures, length, said

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _decided(learner: int, hours: float, ago: timedelta = DAY, late: int = 0) -> Wait:
    decided = NOW - ago
    evaluated = decided - hours * HOUR
    in_time = 1 - late
    return Wait(f"{learner}", evaluated, evaluated + HOUR, decided, 0, in_time, late)


def _open(learner: int) -> Wait:
    return Wait(f"{learner}", NOW - HOUR)


def test_half_waited_no_longer_than_p50_and_nine_in_ten_no_longer_than_p90() -> None:
    found = figures([_decided(n, n) for n in range(1, 11)], NOW, 48, 5)
    assert found.result == Spread(5 * HOUR, 9 * HOUR)
    assert found.mentor == Spread(HOUR, HOUR)
    assert (found.results, found.waiting, found.in_time) == (10, 0, 1.0)


def test_what_is_older_than_thirty_days_is_left_out() -> None:
    old = [_decided(n, 400, ago=30 * DAY) for n in range(20, 26)]
    new = [_decided(n, 10, ago=30 * DAY - timedelta(seconds=1)) for n in range(5)]
    assert figures([*old, *new], NOW, 48, 5).result == Spread(10 * HOUR, 10 * HOUR)


def test_fewer_than_five_people_are_not_spoken_of_however_often_they_came() -> None:
    four = [_decided(n % 4, n) for n in range(1, 20)]
    found = figures([*four, _open(1)], NOW, 48, 5)
    assert found == Figures(None, None, None)
    assert "too few people" in said(found, 48)


def test_nobody_waiting_is_said_and_a_few_are_not_counted() -> None:
    assert figures([], NOW, 48, 5).waiting == 0
    assert figures([_open(n) for n in range(4)], NOW, 48, 5).waiting is None
    assert figures([_open(n) for n in range(5)], NOW, 48, 5).waiting == 5


def test_late_reviews_lower_the_share_that_was_in_time() -> None:
    found = figures([_decided(n, 5, late=n % 2) for n in range(10)], NOW, 48, 5)
    assert found.in_time == 0.5


def test_a_short_queue_forecasts_what_people_had() -> None:
    found = figures([_decided(n, 100) for n in range(10)], NOW, 48, 5)
    assert found.forecast == found.result


def test_a_long_queue_forecasts_what_its_pace_needs() -> None:
    found = figures([*(_decided(n, 10) for n in range(10)), *map(_open, range(50, 69))], NOW, 48, 5)
    assert found.forecast == Spread(60 * DAY, 62 * DAY)
    assert "expect to wait 60 days" in said(found, 48)
    assert "longer than 62 days" in said(found, 48)


@given(
    st.lists(st.floats(1, 900), min_size=5, max_size=40),
    st.integers(0, 80),
    st.integers(1, 50),
)
def test_more_people_ahead_never_shorten_the_forecast(
    hours: list[float], ahead: int, more: int
) -> None:
    done = [_decided(n, length) for n, length in enumerate(hours)]
    fewer = figures([*done, *map(_open, range(100, 100 + ahead))], NOW, 48, 5).forecast
    longer = figures([*done, *map(_open, range(100, 100 + ahead + more))], NOW, 48, 5).forecast
    assert fewer is not None
    assert longer is not None
    assert fewer.p50 <= fewer.p90
    assert (fewer.p50, fewer.p90) <= (longer.p50, longer.p90)


def test_a_wait_is_told_in_whole_hours_or_days_rounded_up() -> None:
    spans = (timedelta(0), HOUR, HOUR * 1.2, 47 * HOUR, 48 * HOUR, 49 * HOUR)
    told = ["1 hour", "1 hour", "2 hours", "47 hours", "2 days", "3 days"]
    assert [length(span) for span in spans] == told
