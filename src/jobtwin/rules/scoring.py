"""From scores to levels, to an overall score, and from several reviews to one result.

Scores lie in [0, 1] on a grid of 0.05; sums are made in decimals, so that 0.1 + 0.2 is 0.3 and
the same overall score comes out everywhere.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

import rfc8785

from jobtwin.records.grade import DimensionResult, SkillResult
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.records.grade import Review
    from jobtwin.records.twin import Twin

LEVELS = 5
GRID = Decimal("0.05")
_PLACES = Decimal("0.0001")


def exact(number: float) -> Decimal:
    """Return the decimal that a record's number was written as."""
    return Decimal(repr(number))


def on_grid(score: float) -> bool:
    """Say whether a score lies on the grid of 0.05."""
    return exact(score) % GRID == 0


def level(score: float) -> int:
    """Return the level, 1 to 5, whose anchor (0, .25, .5, .75, 1) is nearest.

    A score halfway between two anchors (possible only for a mean) counts as the higher level.
    """
    return math.floor(exact(score) * (LEVELS - 1) + Decimal("0.5")) + 1


def anchor(number: int) -> Decimal:
    """Return the score that a level, 1 to 5, is anchored at."""
    return Decimal(number - 1) / (LEVELS - 1)


def rounded(number: Decimal) -> float:
    """Return a number as records keep it: 4 places, half to even."""
    return float(number.quantize(_PLACES, rounding=ROUND_HALF_EVEN))


def overall(scores: Mapping[str, float], weights: Mapping[str, float]) -> Decimal:
    """Return the weighted sum, unrounded; raises KeyError for a dimension without a score."""
    return sum(
        (exact(scores[name]) * exact(weight) for name, weight in weights.items()), Decimal(0)
    )


def weights(twin: Twin) -> dict[str, float]:
    """Return the weight of each rubric dimension, in the twin's order."""
    return {dimension.id: dimension.weight for dimension in twin.rubric}


def rubric_digest(twin: Twin) -> str:
    """Return the SHA-256 of the JCS form of the rubric: what a calibration speaks of."""
    return digest(rfc8785.dumps([part.model_dump(mode="json") for part in twin.rubric]))


def dimensions(twin: Twin, reviews: Sequence[Review]) -> tuple[DimensionResult, ...]:
    """Return the mean score of each dimension over all reviews, with its level."""
    return tuple(
        DimensionResult(
            dimension=dimension.id,
            score=rounded(_mean(reviews, dimension.id)),
            level=level(rounded(_mean(reviews, dimension.id))),
        )
        for dimension in twin.rubric
    )


def combined_overall(twin: Twin, reviews: Sequence[Review]) -> float:
    """Return the overall score of all reviews: the weighted mean, rounded once."""
    return rounded(
        sum((exact(part.weight) * _mean(reviews, part.id) for part in twin.rubric), Decimal(0))
    )


def _mean(reviews: Sequence[Review], dimension: str) -> Decimal:
    given = [
        exact(item.score)
        for review in reviews
        for item in review.scores
        if item.dimension == dimension
    ]
    return sum(given, Decimal(0)) / len(given)


def skills(twin: Twin, reviews: Sequence[Review]) -> tuple[SkillResult, ...]:
    """Return the skills that every review asserts, each at its lowest weight."""
    found = []
    for skill in twin.skills:
        given = [item.weight for review in reviews for item in review.skills if item.id == skill.id]
        if len(given) == len(reviews):
            found.append(SkillResult(id=skill.id, weight=min(given), ceiling=skill.ceiling))
    return tuple(found)
