"""From scores to levels, and to an overall score.

Scores lie in [0, 1] on a grid of 0.05; sums are made in decimals, so that 0.1 + 0.2 is 0.3 and
the same overall score comes out everywhere.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin import canonicaljson
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@lru_cache(maxsize=256)  # nearly all scores lie on the grid
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


_CALIBRATED_ON = {"id", "title", "weight", "tests", "levels"}


def rubric_digest(twin: Twin) -> str:
    """Return the SHA-256 of the JCS form of the rubric: what a calibration speaks of.

    Mentors are calibrated on its words and weights. What else a dimension names, now or in a later
    version of the engine, is left out, so that no calibration ends with an update.
    """
    rubric = [part.model_dump(mode="json", include=_CALIBRATED_ON) for part in twin.rubric]
    return digest(canonicaljson.dumps(rubric))
