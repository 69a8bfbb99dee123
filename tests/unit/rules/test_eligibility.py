"""Which calibration counts, until when, and when the next round may be taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from jobtwin.records.calibration import Calibrated
from jobtwin.rules.agreement import agreement
from jobtwin.rules.eligibility import (
    Candidate,
    Exclusion,
    Grader,
    exclusions,
    in_force,
    too_soon,
    uncalibrated,
)
from jobtwin.rules.relations import Person

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


def _reason(barred: Exclusion | None) -> str:
    return barred.reason if barred else ""


def test_a_calibration_counts_to_the_second_before_it_expires() -> None:
    assert uncalibrated([_calibrated()], RUBRIC, [], T0 + 90 * DAY - timedelta(seconds=1)) is None
    assert _reason(uncalibrated([_calibrated()], RUBRIC, [], T0 + 90 * DAY)) == "expired"


def test_a_calibration_is_used_up_by_its_reviews() -> None:
    before = [T0 - DAY] * 5
    assert uncalibrated([_calibrated()], RUBRIC, [*before, *[T0 + DAY] * 2], T0 + DAY) is None
    barred = uncalibrated([_calibrated()], RUBRIC, [*before, *[T0 + DAY] * 3], T0 + DAY)
    assert barred == Exclusion("used up", "your calibration was good for 3 reviews")


def test_a_new_calibration_starts_counting_again() -> None:
    rounds = [_calibrated(1), _calibrated(2, at=T0 + 30 * DAY)]
    assert uncalibrated(rounds, RUBRIC, [T0 + DAY] * 3, T0 + 31 * DAY) is None


@pytest.mark.parametrize(
    ("ruling", "reason"), [("extend", "extension open"), ("recalibrate", "did not suffice")]
)
def test_the_latest_round_decides_even_over_a_good_one(ruling: Ruling, reason: str) -> None:
    rounds = [_calibrated(1), _calibrated(2, ruling, at=T0 + DAY)]
    assert _reason(uncalibrated(rounds, RUBRIC, [], T0 + 2 * DAY)) == reason


def test_another_version_of_the_rubric_is_another_calibration() -> None:
    rounds = [_calibrated(1, rubric=OTHER), _calibrated(2, "recalibrate", rubric=OTHER)]
    assert _reason(uncalibrated(rounds, RUBRIC, [], T0)) == "not calibrated"
    assert in_force([_calibrated(1), *rounds], RUBRIC) == _calibrated(1)


def test_who_has_drifted_grades_again_after_a_later_round_only() -> None:
    drifted = [T0 + DAY]
    assert _reason(uncalibrated([_calibrated()], RUBRIC, [], T0 + 2 * DAY, drifted)) == "suspended"
    rounds = [_calibrated(1), _calibrated(2, at=T0 + 3 * DAY)]
    assert uncalibrated(rounds, RUBRIC, [], T0 + 4 * DAY, drifted) is None


GRADER = Grader("mia", Person(selves=frozenset({"1" * 32})), (_calibrated(),))
CANDIDATE = Candidate("a" * 32, Person(selves=frozenset({"2" * 32})), RUBRIC)


@pytest.mark.parametrize(
    ("grader", "candidate", "reason"),
    [
        ({"calibrations": ()}, {}, "not calibrated"),
        ({"reviewed": (T0 + DAY,) * 3}, {}, "used up"),
        ({"suspended": (T0 + DAY,)}, {}, "suspended"),
        ({"person": Person(selves=frozenset({"2" * 32}))}, {}, "same person"),
        ({}, {"learner": Person(commits=frozenset({"1" * 32}))}, "shared commits"),
        ({}, {"learner": Person(declared=frozenset({"1" * 32}))}, "declared by the learner"),
        ({"person": Person(declared=frozenset({"2" * 32}))}, {}, "declared by the grader"),
        ({}, {"claimed_by": frozenset({"max", "mia"})}, "claimed before"),
        ({}, {"graded_before_by": frozenset({"mia"})}, "graded before"),
        ({}, {"rubric": OTHER}, "not calibrated"),
    ],
)
def test_each_reason_excludes_alone(
    grader: dict[str, Any], candidate: dict[str, Any], reason: str
) -> None:
    against = exclusions(replace(GRADER, **grader), replace(CANDIDATE, **candidate), T0 + 2 * DAY)
    assert [exclusion.reason for exclusion in against] == [reason]


def test_a_calibrated_stranger_is_eligible() -> None:
    assert not list(exclusions(GRADER, CANDIDATE, T0 + 2 * DAY))


def test_every_reason_is_said_at_once_and_names_no_attempt() -> None:
    both = Person(selves=frozenset({"3" * 32}), employers=frozenset({"4" * 32}))
    against = list(
        exclusions(
            replace(GRADER, person=both, calibrations=()),
            replace(CANDIDATE, learner=both, claimed_by=frozenset({"mia"})),
            T0,
        )
    )
    assert [exclusion.reason for exclusion in against] == [
        "not calibrated",
        "same person",
        "same employer",
        "claimed before",
    ]
    assert not any(CANDIDATE.attempt in exclusion.words for exclusion in against)


def test_the_next_round_waits_until_one_of_two_is_ninety_days_old() -> None:
    rounds = [T0, T0 + 10 * DAY]
    assert too_soon(rounds, 2, T0 + 20 * DAY) == T0 + 90 * DAY
    assert too_soon(rounds, 2, T0 + 90 * DAY) is None
    assert too_soon(rounds[:1], 2, T0 + DAY) is None
    assert too_soon([T0 - 200 * DAY, *rounds], 2, T0 + 11 * DAY) == T0 + 90 * DAY
