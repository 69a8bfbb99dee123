"""Levels, the overall score, and what several reviews come to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import load
from jobtwin.records.twin import Twin
from jobtwin.rules import scoring

TWIN = load(
    Twin,
    (Path(__file__).parents[2] / "bad" / "TWN-008" / "jt-sample-1" / "twin.yml").read_bytes(),
).record
GRID = st.integers(0, 20).map(lambda step: step / 20)


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


def test_the_rubrics_digest_follows_its_words_and_nothing_else() -> None:
    other = TWIN.model_copy(update={"title": "Another title"})
    changed = TWIN.rubric[0].model_copy(update={"tests": "Something else."})
    reworded = TWIN.model_copy(update={"rubric": (changed, *TWIN.rubric[1:])})
    assert scoring.rubric_digest(other) == scoring.rubric_digest(TWIN)
    assert scoring.rubric_digest(reworded) != scoring.rubric_digest(TWIN)


def test_a_rubric_has_the_digest_that_earlier_versions_of_the_engine_gave_it() -> None:
    told = "sha256:d5c9a28f81dbac1f4d917e56b003cfb90"
    assert scoring.rubric_digest(TWIN).startswith(told), "or nobody's calibration counts any more"
