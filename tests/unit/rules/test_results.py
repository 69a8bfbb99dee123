"""Figures of a twin's learners: of people, by their first attempts, and of no fewer than five."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import load
from jobtwin.records.grade import Decision, DimensionResult
from jobtwin.records.twin import Twin
from jobtwin.rules.results import Result, outcomes
from jobtwin.rules.scoring import level

PROJECT = Path(__file__).parents[3]
TWIN = load(Twin, (PROJECT / "twins" / "jt-incident-4" / "twin.yml").read_bytes()).record


def result(learner: int, overall: float, number: int = 1, met: bool = True) -> Result:
    parts = tuple(
        DimensionResult(dimension=part.id, score=overall, level=level(overall))
        for part in TWIN.rubric
    )
    is_pass = met and overall >= TWIN.pass_threshold
    decision = Decision(
        format=1,
        at=datetime(2026, 11, 2, tzinfo=UTC),
        event="e:1",
        previous=None,
        key="desk",
        attempt="a" * 32,
        evaluation="sha256:" + "c" * 64,
        reviews=("sha256:" + "d" * 64,),
        dimensions=parts,
        overall=overall,
        threshold=TWIN.pass_threshold,
        bar_met=met,
        verdict="pass" if is_pass else "retake",
        attempts_left=1,
        best="a" * 32,
        reasons=("x",),
    )
    return Result(f"learner-{learner}", number, decision)


def test_of_four_people_nothing_is_said_however_often_they_tried() -> None:
    four = [result(n, 0.5, number) for n in range(4) for number in (1, 2, 3)]
    assert outcomes(four, TWIN, 5) is None
    assert outcomes([*four, result(9, 0.5)], TWIN, 5) is not None


def test_who_only_has_a_later_attempt_does_not_make_the_fifth() -> None:
    four = [result(n, 0.5) for n in range(4)]
    assert outcomes([*four, result(9, 0.9, number=2)], TWIN, 5) is None


def test_a_learner_counts_once_and_passes_by_any_attempt() -> None:
    first = [result(n, 0.1 * n + 0.2) for n in range(5)]
    found = outcomes([*first, result(0, 0.9, 2), result(1, 0.3, 2)], TWIN, 5)
    assert found is not None
    assert (found.learners, found.passed_first, found.passed) == (5, 0.0, 0.2)
    assert found.overall.low == 0.1 * 1 + 0.2
    assert found.overall.middle == 0.1 * 2 + 0.2


def test_below_the_bar_is_not_passed_and_its_scores_count_all_the_same() -> None:
    found = outcomes([result(n, 0.9, met=n > 1) for n in range(5)], TWIN, 5)
    assert found is not None
    assert (found.bar_met, found.passed_first, found.overall.high) == (0.6, 0.6, 0.9)


@given(st.lists(st.integers(min_value=0, max_value=20), min_size=5, max_size=30))
def test_the_order_of_the_records_changes_nothing_and_nobody_is_lost(
    steps: list[int],
) -> None:
    every = [result(n, step / 20) for n, step in enumerate(steps)]
    found = outcomes(every, TWIN, 5)
    assert found is not None
    assert found == outcomes(list(reversed(every)), TWIN, 5)
    assert {sum(counts) for counts in found.levels.values()} == {len(steps)}
    scores = {step / 20 for step in steps}
    assert {found.overall.low, found.overall.middle, found.overall.high} <= scores
    assert found.overall.low <= found.overall.middle <= found.overall.high
