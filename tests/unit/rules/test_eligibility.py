"""Which calibration counts, until when, and when the next round may be taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from jobtwin.records.calibration import Calibrated
from jobtwin.rules.agreement import agreement
from jobtwin.rules.eligibility import in_force, too_soon, uncalibrated

T0 = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
RUBRIC, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
Ruling = Literal["calibrated", "extend", "recalibrate"]


def _calibrated(
    number: int = 1, ruling: Ruling = "calibrated", rubric: str = RUBRIC, at: datetime = T0
) -> Calibrated:
    return Calibrated(
        format=1,
        at=at,
        event=f"test:{number}",
        key="desk-1",
        mentor="mia",
        twin="jt-sample-1",
        twin_version="1.0",
        rubric=rubric,
        gold_set=f"set-{number}",
        number=number,
        round="sha256:" + "0" * 64,
        round_signature="sha256:" + "0" * 64,
        policy="sha256:" + "0" * 64,
        agreement=agreement({"i": {"a": (1.0, 1.0)}}, {"a": 1.0}, 0.5, draws=10),
        ruling=ruling,
        expires=at + 90 * DAY,
        expires_after_reviews=3,
    )


def test_a_calibration_counts_to_the_second_before_it_expires() -> None:
    assert uncalibrated([_calibrated()], RUBRIC, [], T0 + 90 * DAY - timedelta(seconds=1)) is None
    assert "expired" in (uncalibrated([_calibrated()], RUBRIC, [], T0 + 90 * DAY) or "")


def test_a_calibration_is_used_up_by_its_reviews() -> None:
    before = [T0 - DAY] * 5
    assert uncalibrated([_calibrated()], RUBRIC, [*before, *[T0 + DAY] * 2], T0 + DAY) is None
    reason = uncalibrated([_calibrated()], RUBRIC, [*before, *[T0 + DAY] * 3], T0 + DAY)
    assert reason == "Your calibration was good for 3 reviews."


def test_a_new_calibration_starts_counting_again() -> None:
    rounds = [_calibrated(1), _calibrated(2, at=T0 + 30 * DAY)]
    assert uncalibrated(rounds, RUBRIC, [T0 + DAY] * 3, T0 + 31 * DAY) is None


@pytest.mark.parametrize(
    ("ruling", "words"), [("extend", "extension"), ("recalibrate", "did not reach")]
)
def test_the_latest_round_decides_even_over_a_good_one(ruling: Ruling, words: str) -> None:
    rounds = [_calibrated(1), _calibrated(2, ruling, at=T0 + DAY)]
    assert words in (uncalibrated(rounds, RUBRIC, [], T0 + 2 * DAY) or "")


def test_another_version_of_the_rubric_is_another_calibration() -> None:
    rounds = [_calibrated(1, rubric=OTHER), _calibrated(2, "recalibrate", rubric=OTHER)]
    assert "have not been calibrated" in (uncalibrated(rounds, RUBRIC, [], T0) or "")
    assert in_force([_calibrated(1), *rounds], RUBRIC) == _calibrated(1)


def test_the_next_round_waits_until_one_of_two_is_ninety_days_old() -> None:
    rounds = [T0, T0 + 10 * DAY]
    assert too_soon(rounds, 2, T0 + 20 * DAY) == T0 + 90 * DAY
    assert too_soon(rounds, 2, T0 + 90 * DAY) is None
    assert too_soon(rounds[:1], 2, T0 + DAY) is None
    assert too_soon([T0 - 200 * DAY, *rounds], 2, T0 + 11 * DAY) == T0 + 90 * DAY
