"""Levels, the overall score, and what several reviews come to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import load
from jobtwin.records.grade import DimensionScore, Evidence, Review, SkillAssertion
from jobtwin.records.twin import Twin
from jobtwin.rules import scoring

TWIN = load(
    Twin,
    (Path(__file__).parents[2] / "bad" / "TWN-008" / "jt-sample-1" / "twin.yml").read_bytes(),
).record
GRID = st.integers(0, 20).map(lambda step: step / 20)


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


@pytest.mark.parametrize(
    ("score", "level"),
    [
        *[(0.0, 1), (0.05, 1), (0.1, 1), (0.15, 2), (0.25, 2), (0.35, 2), (0.4, 3), (0.6, 3)],
        *[(0.65, 4), (0.85, 4), (0.9, 5), (1.0, 5)],
        # Halfway, as only a mean can be: the higher level.
        *[(0.125, 2), (0.375, 3), (0.625, 4), (0.875, 5), (0.1249, 1)],
    ],
)
def test_the_nearest_anchor_is_the_level(score: float, level: int) -> None:
    assert scoring.level(score) == level


@given(GRID)
def test_every_twentieth_is_on_the_grid_and_its_neighbours_are_not(score: float) -> None:
    assert scoring.on_grid(score)
    assert not scoring.on_grid(score + 0.01)


@given(GRID)
def test_the_level_is_the_anchor_that_is_nearest(score: float) -> None:
    distance = [abs(scoring.exact(score) - scoring.anchor(n)) for n in range(1, 6)]
    assert distance[scoring.level(score) - 1] == min(distance)


def test_the_overall_score_is_free_of_floating_point() -> None:
    weights = {"a": 0.1, "b": 0.2, "c": 0.7}
    assert scoring.rounded(scoring.overall({"a": 1.0, "b": 1.0, "c": 0.5}, weights)) == 0.65


@pytest.mark.parametrize("score", [0.0, 0.35, 0.65, 1.0])
def test_the_same_score_everywhere_is_the_overall_score(score: float) -> None:
    review = _review([score] * len(TWIN.rubric))
    assert scoring.combined_overall(TWIN, [review]) == score


@given(st.lists(GRID, min_size=len(TWIN.rubric), max_size=len(TWIN.rubric)))
def test_one_review_counts_as_it_is(scores: list[float]) -> None:
    results = scoring.dimensions(TWIN, [_review(scores)])
    assert [result.score for result in results] == scores
    assert [result.level for result in results] == [scoring.level(score) for score in scores]


@given(
    st.lists(
        st.lists(GRID, min_size=len(TWIN.rubric), max_size=len(TWIN.rubric)), min_size=2, max_size=3
    )
)
def test_the_overall_of_several_lies_between_theirs_in_any_order(given_: list[list[float]]) -> None:
    reviews = [_review(scores) for scores in given_]
    single = [scoring.combined_overall(TWIN, [review]) for review in reviews]
    together = scoring.combined_overall(TWIN, reviews)
    assert min(single) <= together <= max(single)
    assert together == scoring.combined_overall(TWIN, reviews[::-1])


def test_a_skill_counts_when_all_assert_it_at_the_lowest_weight() -> None:
    first = TWIN.skills[0]
    second = first.model_copy(update={"id": "another.skill"})
    twin = TWIN.model_copy(update={"skills": (first, second)})
    scores = [0.5] * len(TWIN.rubric)
    reviews = [_review(scores, {first.id: 0.8, second.id: 0.5}), _review(scores, {first.id: 0.6})]
    found = scoring.skills(twin, reviews)
    assert [(s.id, s.weight, s.ceiling) for s in found] == [(first.id, 0.6, first.ceiling)]


def test_the_rubrics_digest_follows_its_words_and_nothing_else() -> None:
    other = TWIN.model_copy(update={"title": "Another title"})
    changed = TWIN.rubric[0].model_copy(update={"tests": "Something else."})
    reworded = TWIN.model_copy(update={"rubric": (changed, *TWIN.rubric[1:])})
    assert scoring.rubric_digest(other) == scoring.rubric_digest(TWIN)
    assert scoring.rubric_digest(reworded) != scoring.rubric_digest(TWIN)
