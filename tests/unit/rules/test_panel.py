"""Panels: when a third mentor is asked, which reviews count, and what they come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import load
from jobtwin.records.grade import (
    Appealed,
    Claim,
    Decision,
    DimensionScore,
    Evidence,
    Reopened,
    Review,
    Reviewed,
    SkillAssertion,
)
from jobtwin.records.twin import Twin
from jobtwin.rules import panel
from jobtwin.rules.scoring import level

if TYPE_CHECKING:
    from collections.abc import Callable

TWIN = load(
    Twin,
    (Path(__file__).parents[2] / "bad" / "TWN-008" / "jt-sample-1" / "twin.yml").read_bytes(),
).record
PAIRED = TWIN.model_copy(update={"reviewers": 2})
GRID = st.integers(0, 20).map(lambda step: step / 20)
SCORES = st.lists(GRID, min_size=len(TWIN.rubric), max_size=len(TWIN.rubric))
WEIGHTS = [0.2, 0.2, 0.2, 0.2, 0.2]
THRESHOLD = 0.7
T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def _review(scores: list[float], skills: dict[str, float] | None = None) -> Review:
    evidence = (Evidence(quote="here"),)
    return Review(
        format=1,
        attempt="0" * 32,
        claim="sha256:" + "0" * 64,
        mentor="mia",
        scores=tuple(
            DimensionScore(dimension=d.id, score=score, evidence=evidence, comment="why")
            for d, score in zip(TWIN.rubric, scores, strict=True)
        ),
        skills=tuple(
            SkillAssertion(id=name, weight=weight, evidence=evidence)
            for name, weight in (skills or {}).items()
        ),
        summary="All in all.",
    )


@pytest.mark.parametrize("score", [0.0, 0.35, 0.65, 1.0])
def test_the_same_score_everywhere_is_the_overall_score(score: float) -> None:
    review = _review([score] * len(TWIN.rubric))
    assert panel.overall(TWIN, [review]) == score


@given(st.lists(GRID, min_size=len(TWIN.rubric), max_size=len(TWIN.rubric)))
def test_one_review_counts_as_it_is(scores: list[float]) -> None:
    results = panel.dimensions(TWIN, [_review(scores)])
    assert [result.score for result in results] == scores
    assert [result.level for result in results] == [level(score) for score in scores]


@given(
    st.lists(
        st.lists(GRID, min_size=len(TWIN.rubric), max_size=len(TWIN.rubric)), min_size=2, max_size=2
    )
)
def test_the_overall_of_two_lies_between_theirs_in_any_order(given_: list[list[float]]) -> None:
    reviews = [_review(scores) for scores in given_]
    single = [panel.overall(TWIN, [review]) for review in reviews]
    together = panel.overall(TWIN, reviews)
    assert min(single) <= together <= max(single)
    assert together == panel.overall(TWIN, reviews[::-1])


def test_a_skill_counts_when_all_assert_it_at_the_lowest_weight() -> None:
    first = TWIN.skills[0]
    second = first.model_copy(update={"id": "another.skill"})
    twin = TWIN.model_copy(update={"skills": (first, second)})
    scores = [0.5] * len(TWIN.rubric)
    reviews = [_review(scores, {first.id: 0.8, second.id: 0.5}), _review(scores, {first.id: 0.6})]
    found = panel.skills(twin, reviews)
    assert [(s.id, s.weight, s.ceiling) for s in found] == [(first.id, 0.6, first.ceiling)]


def _flat(score: float) -> Review:
    return _review([score] * len(TWIN.rubric))


def test_the_sample_is_as_these_tests_take_it() -> None:
    assert [d.weight for d in TWIN.rubric] == WEIGHTS
    assert TWIN.pass_threshold == THRESHOLD


@pytest.mark.parametrize(
    ("first", "second", "reasons"),
    [
        # The overall scores: 0.15 is too far, less is not.
        ([0.8] * 5, [0.9] * 5, 0),
        ([0.8] * 5, [0.95] * 5, 1),
        ([0.9] * 5, [0.75] * 5, 1),
        ([0.2] * 5, [0.3] * 5, 0),
        # The threshold: both reach it or neither; at the threshold itself it is reached.
        ([0.7] * 5, [0.65] * 5, 1),
        ([0.7] * 5, [0.75] * 5, 0),
        ([0.65] * 5, [0.6] * 5, 0),
        # One dimension two levels apart, however little it weighs.
        ([0.8, 0.8, 0.8, 0.8, 0.75], [0.8, 0.8, 0.8, 0.8, 0.35], 1),
        ([0.8, 0.8, 0.8, 0.8, 0.75], [0.8, 0.8, 0.8, 0.8, 0.4], 0),
        # Everything at once: gap, threshold, and each of five dimensions.
        ([0.0] * 5, [1.0] * 5, 7),
    ],
)
def test_two_reviews_bring_a_third_for_each_reason_alone(
    first: list[float], second: list[float], reasons: int
) -> None:
    pair = [_review(first), _review(second)]
    for one, other in (pair, pair[::-1]):
        assert len(list(panel.apart(PAIRED, [one, other]))) == reasons
        assert panel.needed(PAIRED, [one, other], is_appeal=False) == (3 if reasons else 2)


@pytest.mark.parametrize(
    ("scores", "counting", "overall"),
    [
        ((0.9, 0.5, 0.85), (1, 3), 0.875),
        ((0.9, 0.5, 0.55), (2, 3), 0.525),
        # The first two were too far apart for a pair, and are still the nearest.
        ((0.6, 0.75, 0.1), (1, 2), 0.675),
        # Equally near: one of the pairs with the third mentor, the earlier one.
        ((0.4, 0.8, 0.6), (1, 3), 0.5),
        ((0.8, 0.4, 0.6), (1, 3), 0.7),
        ((0.5, 0.5, 0.5), (1, 3), 0.5),
    ],
)
def test_of_three_reviews_the_two_that_agree_best_count(
    scores: tuple[float, ...], counting: tuple[int, ...], overall: float
) -> None:
    reviews = [_flat(score) for score in scores]
    receipts = [_reviewed(number) for number in (1, 2, 3)]
    assert panel.numbers(PAIRED, receipts, reviews) == counting
    assert panel.overall(PAIRED, reviews) == overall
    assert {result.score for result in panel.dimensions(PAIRED, reviews)} == {overall}


def test_nearness_is_of_the_dimensions_not_of_the_overall_scores() -> None:
    one, turned, like_one = [1.0, 1.0, 0.0, 0.0, 0.5], [0.0, 0.0, 1.0, 1.0, 0.5], [0.5] * 5
    reviews = [_review(one), _review(turned), _review(like_one)]
    assert {panel.overall(PAIRED, [review]) for review in reviews} == {0.5}
    assert panel.counting(PAIRED, reviews) == (reviews[0], reviews[2])


def test_of_three_a_skill_holds_when_both_that_count_assert_it() -> None:
    skill = TWIN.skills[0].id
    scores = [0.9] * 5, [0.3] * 5, [0.85] * 5
    asserted: list[dict[str, float]] = [{skill: 0.8}, {}, {skill: 0.5}]
    reviews = [_review(s, a) for s, a in zip(scores, asserted, strict=True)]
    assert [(s.id, s.weight) for s in panel.skills(PAIRED, reviews)] == [(skill, 0.5)]
    reviews[2] = _review(scores[2], {})
    assert panel.skills(PAIRED, reviews) == ()


@given(SCORES, SCORES, SCORES)
def test_a_third_review_never_leaves_the_range_of_the_two_that_count(
    one: list[float], two: list[float], three: list[float]
) -> None:
    reviews = [_review(one), _review(two), _review(three)]
    counted = panel.counting(PAIRED, reviews)
    single = [panel.overall(PAIRED, [review]) for review in counted]
    assert min(single) <= panel.overall(PAIRED, reviews) <= max(single)


@given(SCORES, SCORES)
def test_a_third_is_never_asked_for_a_twin_with_one_reviewer(
    one: list[float], two: list[float]
) -> None:
    assert panel.needed(TWIN, [_review(one)], is_appeal=False) == 1
    assert panel.needed(TWIN, [_review(one), _review(two)], is_appeal=False) == 1


def test_an_appeal_is_heard_by_two_whatever_the_twin_asks_for() -> None:
    assert panel.needed(TWIN, [], is_appeal=True) == 2
    assert panel.needed(TWIN, [_flat(0.2), _flat(0.9)], is_appeal=True) == 3
    assert panel.is_sealed(TWIN, is_appeal=True)
    assert not panel.is_sealed(TWIN, is_appeal=False)
    assert panel.is_sealed(PAIRED, is_appeal=False)


def test_a_panel_takes_its_size_from_the_latest_receipt() -> None:
    chain = [_claim(1), _claim(2), _reviewed(1, needed=2), _reviewed(2, needed=3)]
    found = panel.panel(PAIRED, chain, _never)
    assert (found.needed, found.is_complete, len(found.claims)) == (3, False, 2)
    assert panel.panel(PAIRED, [*chain, _reviewed(3, needed=3)], _never).is_complete
    assert panel.panel(PAIRED, chain[:3], _never).needed == 2


def test_an_appeal_begins_with_nobody_and_the_first_decision_is_not_its_own() -> None:
    chain = [_claim(1), _reviewed(1), _decision("retake")]
    assert panel.is_settled(chain)
    chain = [*chain, APPEALED]
    found = panel.panel(TWIN, chain, _never)
    assert (found.is_appeal, found.needed, found.claims, found.reviewed) == (True, 2, (), ())
    assert found.decision is None
    assert not panel.is_settled(chain)
    again = [*chain, _claim(2), _claim(3), _reviewed(2), _reviewed(3), _decision("pass", 2)]
    assert panel.is_settled(again)
    assert [item.number for item in panel.panel(TWIN, again, _never).reviewed] == [2, 3]
    decision = panel.panel(TWIN, again, _never).decision
    assert decision
    assert decision.number == 2


@pytest.mark.parametrize(
    ("verdict", "heard", "after", "why"),
    [
        ("retake", False, timedelta(days=14), ""),
        ("fail", False, timedelta(0), ""),
        ("retake", False, timedelta(days=14, seconds=1), "within 14 days"),
        ("pass", False, timedelta(0), "was passed"),
        ("fail", True, timedelta(0), "there is one appeal"),
    ],
)
def test_what_was_not_cleared_can_be_appealed_once_and_in_time(
    verdict: str, heard: bool, after: timedelta, why: str
) -> None:
    found = panel.not_appealable(_decision(verdict), T0 + after, 14, was_heard=heard)
    assert (why in found) if why else found == ""


def test_what_is_not_decided_when_its_mentor_is_stopped_waits_for_another() -> None:
    chain = [_claim(1), _reviewed(1)]
    found = panel.panel(TWIN, chain, _at(T0))
    assert (found.is_complete, found.reviewed, [r.number for r in found.void]) == (False, (), [1])
    again = panel.panel(TWIN, [*chain, _claim(2), _reviewed(2, mentor="max")], _at(T0))
    assert (again.is_complete, [r.number for r in again.reviewed]) == (True, [2])


def test_what_is_handed_in_after_a_stop_was_allowed_again_and_counts() -> None:
    before = T0 - timedelta(seconds=1)
    assert panel.panel(TWIN, [_claim(1), _reviewed(1)], _at(before)).is_complete


def test_a_stop_takes_nothing_from_what_was_decided_before_it() -> None:
    chain = [_claim(1), _reviewed(1), _decision("pass")]
    assert [r.number for r in panel.panel(TWIN, chain, _at(T0)).reviewed] == [1]


def test_a_third_who_was_asked_for_beside_a_stopped_mentor_is_not_waited_for() -> None:
    chain = [_reviewed(1, needed=2), _reviewed(2, needed=3, mentor="max")]
    assert panel.panel(PAIRED, chain, _never).needed == 3
    found = panel.panel(PAIRED, chain, _at(T0))
    assert (found.needed, [r.number for r in found.came]) == (2, [1, 2])


def test_a_decision_that_is_opened_again_is_made_by_others_as_many_as_the_twin_asks_for() -> None:
    chain = [_claim(1), _reviewed(1), _decision("pass"), REOPENED]
    found = panel.panel(TWIN, chain, _never)
    assert (found.is_appeal, found.needed, found.claims, found.number) == (False, 1, (), 2)
    assert not panel.is_settled(chain)
    assert not panel.is_appeal(chain)
    assert not panel.was_heard(chain)


def _never(_: str) -> tuple[datetime, ...]:
    return ()


def _at(moment: datetime) -> Callable[[str], tuple[datetime, ...]]:
    """Let the mentor `mia` be stopped at a moment."""
    return lambda mentor: (moment,) if mentor == "mia" else ()


def _reviewed(number: int, needed: int | None = None, mentor: str = "mia") -> Reviewed:
    return Reviewed.model_construct(number=number, needed=needed, mentor=mentor, at=T0)


def _claim(number: int) -> Claim:
    return Claim.model_construct(number=number)


def _decision(verdict: str, number: int = 1) -> Decision:
    return Decision.model_construct(verdict=verdict, number=number, at=T0)


APPEALED = Appealed.model_construct(at=T0)
REOPENED = Reopened.model_construct(at=T0)
