"""When a claim is due, overdue and released."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobtwin.records.grade import CalibrationNow, Claim
from jobtwin.rules import sla
from jobtwin.rules.agreement import agreement

T0 = datetime(2026, 11, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _claim(number: int, at: datetime, hours: int = 48) -> Claim:
    return Claim(
        format=1,
        at=at,
        event=f"test:{number}",
        key="desk-1",
        attempt="0" * 32,
        number=number,
        review_id="f" * 32,
        mentor="mia",
        due=sla.due(at, hours),
        calibration=CalibrationNow(
            record="sha256:" + "0" * 64,
            agreement=agreement({"i": {"a": (1.0, 1.0)}}, {"a": 1.0}, 0.5, draws=10),
            expires=at,
        ),
    )


def test_the_second_it_is_due_still_counts_and_the_next_does_not() -> None:
    claim = _claim(1, T0)
    assert sla.is_within(T0 + timedelta(hours=48), claim)
    assert not sla.is_within(T0 + timedelta(hours=48) + SECOND, claim)


def test_an_overdue_claim_is_released_by_the_next_one() -> None:
    first = _claim(1, T0)
    later = _claim(2, first.due + SECOND)
    assert sla.is_released(first, [first, later])
    assert not sla.is_released(later, [first, later])


def test_an_overdue_claim_alone_is_not_released() -> None:
    first = _claim(1, T0)
    assert not sla.is_released(first, [first])


def test_a_second_reviewers_claim_releases_nobody() -> None:
    first, second = _claim(1, T0), _claim(2, T0 + SECOND)
    assert not sla.is_released(first, [first, second])


def test_a_claim_holds_its_place_until_it_is_overdue_and_for_good_when_signed_off() -> None:
    claims = [("one", _claim(1, T0)), ("two", _claim(2, T0))]
    overdue = T0 + timedelta(hours=49)
    assert [c.number for c in sla.occupied(claims, [], T0)] == [1, 2]
    assert [c.number for c in sla.occupied(claims, ["two"], overdue)] == [2]
    assert not sla.is_returned(claims, [], T0)
    assert sla.is_returned(claims, ["two"], overdue)
    assert not sla.is_returned(claims, ["one", "two"], overdue)
