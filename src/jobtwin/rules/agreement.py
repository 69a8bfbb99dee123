"""How well a mentor's scores agree with the reference, how sure that is, and what follows.

Kappa is Cohen's, over all (item, dimension) ratings on the five levels, always with the full list
of levels. Dimensions of one item are not independent, so the bootstrap draws whole items. Its
random numbers are SHAKE-256's of a fixed label: the same answers give the same interval anywhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from jobtwin.records.calibration import Agreement
from jobtwin.rules.scoring import LEVELS, exact, level, overall, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.records.organisation import CalibrationPolicy

DRAWS = 2000
_LABEL = b"jobtwin agreement bootstrap v1"
_SLOT = 32
_MASK = (1 << _SLOT) - 1

Ruling = Literal["calibrated", "extend", "recalibrate"]


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of ratings: `cells[i][j]` with level i + 1 given and j + 1 in the reference."""

    cells: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """The number of ratings."""
        return sum(map(sum, self.cells))

    @property
    def rows(self) -> tuple[int, ...]:
        """How often each level was given."""
        return tuple(map(sum, self.cells))

    @property
    def columns(self) -> tuple[int, ...]:
        """How often each level stands in the reference."""
        return tuple(sum(row[level] for row in self.cells) for level in range(LEVELS))

    def within(self, distance: int) -> int:
        """Return how many ratings are at most so many levels apart."""
        return sum(
            count
            for i, row in enumerate(self.cells)
            for j, count in enumerate(row)
            if abs(i - j) <= distance
        )


def table(pairs: Sequence[tuple[int, int]]) -> Table:
    """Count pairs of levels (given, reference), each 1 to 5."""
    cells = [[0] * LEVELS for _ in range(LEVELS)]
    for given, reference in pairs:
        cells[given - 1][reference - 1] += 1
    return Table(tuple(map(tuple, cells)))


def kappa(counts: Table) -> Fraction | None:
    """Return Cohen's kappa; None where chance alone explains everything."""
    by_chance = sum(r * c for r, c in zip(counts.rows, counts.columns, strict=True))
    total = counts.total
    if total * total == by_chance:
        return None
    return Fraction(total * counts.within(0) - by_chance, total * total - by_chance)


def weighted_kappa(counts: Table) -> Fraction | None:
    """Return kappa with quadratic weights; None where it is undefined."""
    seen = expected = 0
    for i, (row, given) in enumerate(zip(counts.cells, counts.rows, strict=True)):
        for j, (count, reference) in enumerate(zip(row, counts.columns, strict=True)):
            seen += (i - j) ** 2 * count
            expected += (i - j) ** 2 * given * reference
    return 1 - Fraction(counts.total * seen, expected) if expected else None


def ac1(counts: Table) -> Fraction | None:
    """Return Gwet's AC1, which does not collapse when one level dominates (Gwet 2008)."""
    total = counts.total
    if not total:
        return None
    shares = [Fraction(r + c, 2 * total) for r, c in zip(counts.rows, counts.columns, strict=True)]
    by_chance = sum((s * (1 - s) for s in shares), Fraction(0)) / (LEVELS - 1)
    return (Fraction(counts.within(0), total) - by_chance) / (1 - by_chance)


def interval(tables: Sequence[Table], draws: int = DRAWS) -> tuple[float, float] | None:
    """Return the 90 % percentile interval of kappa, drawing whole items with replacement.

    Draws in which kappa is undefined are left out; None when it is undefined in all of them.
    """
    n = len(tables)
    packed = [_packed(counts) for counts in tables]
    stream = hashlib.shake_256(_LABEL).digest(4 * n * draws)
    chosen = [int.from_bytes(stream[k : k + 4], "big") * n >> 32 for k in range(0, len(stream), 4)]
    found = sorted(
        value
        for start in range(0, len(chosen), n)
        if (value := _kappa_of(sum(packed[item] for item in chosen[start : start + n]))) is not None
    )
    if not found:
        return None
    return found[-(-len(found) // 20) - 1], found[-(-len(found) * 19 // 20) - 1]


def _packed(counts: Table) -> int:
    """Return agreements, rows and columns side by side in one integer, so that one sum adds all."""
    figures = (counts.within(0), *counts.rows, *counts.columns)
    return sum(figure << (_SLOT * slot) for slot, figure in enumerate(figures))


def _kappa_of(packed: int) -> float | None:
    exact_, *marginals = ((packed >> (_SLOT * slot)) & _MASK for slot in range(1 + 2 * LEVELS))
    rows, columns = marginals[:LEVELS], marginals[LEVELS:]
    total = sum(rows)
    by_chance = sum(r * c for r, c in zip(rows, columns, strict=True))
    if total * total == by_chance:
        return None
    return (total * exact_ - by_chance) / (total * total - by_chance)


def agreement(
    ratings: Mapping[str, Mapping[str, tuple[float, float]]],
    weights: Mapping[str, float],
    threshold: float,
    draws: int = DRAWS,
) -> Agreement:
    """Return the agreement of scores (given, reference) by item and dimension.

    Figures are rounded to 4 places, and `ruling` judges the rounded ones, so that everybody can
    judge again from the record. Raises KeyError when an item lacks a dimension.
    """
    tables = [
        table([(level(given), level(reference)) for given, reference in scores.values()])
        for _, scores in sorted(ratings.items())
    ]
    pooled = Table(
        tuple(
            tuple(sum(item.cells[i][j] for item in tables) for j in range(LEVELS))
            for i in range(LEVELS)
        )
    )
    point = kappa(pooled)
    bounds = interval(tables, draws) if point is not None else None
    error, same_verdict = _overall(ratings, weights, threshold)
    return Agreement(
        kappa=_four(point),
        kappa_low=_four(bounds and Fraction(bounds[0])),
        kappa_high=_four(bounds and Fraction(bounds[1])),
        weighted_kappa=_four(weighted_kappa(pooled)),
        exact=_share(pooled.within(0), pooled.total),
        adjacent=_share(pooled.within(1), pooled.total),
        ac1=_four(ac1(pooled)),
        mean_absolute_error=error,
        verdict_agreement=same_verdict,
        items=len(tables),
        ratings=pooled.total,
    )


def _overall(
    ratings: Mapping[str, Mapping[str, tuple[float, float]]],
    weights: Mapping[str, float],
    threshold: float,
) -> tuple[float, float]:
    """Return the mean absolute error of the overall score, and the share of equal verdicts."""
    pairs = [
        tuple(
            overall({name: pair[side] for name, pair in scores.items()}, weights) for side in (0, 1)
        )
        for scores in ratings.values()
    ]
    bar = exact(threshold)
    errors = sum((abs(mine - right) for mine, right in pairs), Decimal(0))
    same = sum((mine >= bar) == (right >= bar) for mine, right in pairs)
    return rounded(errors / max(len(pairs), 1)), _share(same, len(pairs))


def _four(value: Fraction | None) -> float | None:
    return None if value is None else float(round(value, 4))


def _share(part: int, whole: int) -> float:
    return float(round(Fraction(part, whole), 4)) if whole else 0.0


def ruling(found: Agreement, policy: CalibrationPolicy, extended: bool = False) -> Ruling:
    """Say whether a mentor's grades count by the policy in force.

    `extend` (once, declared beforehand in this rule): the agreement is good enough, but there are
    too few items or the interval reaches too low; another set is answered and both are pooled.
    """
    good = (
        found.kappa is not None
        and found.kappa >= policy.kappa
        and found.verdict_agreement >= policy.verdict_agreement
    )
    sure = (
        found.kappa_low is not None
        and found.kappa_low >= policy.kappa_low
        and found.items >= policy.items
        and found.ratings >= policy.ratings
    )
    if good and sure:
        return "calibrated"
    return "extend" if good and not extended else "recalibrate"
