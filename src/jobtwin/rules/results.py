"""What became of a twin's learners, as figures; of too few people there are none.

Each row speaks of people, not of attempts: a learner counts once, by the first attempt, and as
having passed by any.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from jobtwin.rules.scoring import level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jobtwin.records.twin import Twin

LEVELS = 5


class Scored(Protocol):
    """A dimension's part of a decision."""

    @property
    def dimension(self) -> str:
        """Its id."""

    @property
    def score(self) -> float:
        """Of all reviews together."""


class Decided(Protocol):
    """What is counted of a decision."""

    @property
    def verdict(self) -> str:
        """`pass`, `retake` or `fail`."""

    @property
    def bar_met(self) -> bool:
        """Whether the machine's figures sufficed."""

    @property
    def overall(self) -> float:
        """The weighted score."""

    @property
    def dimensions(self) -> Sequence[Scored]:
        """One for each dimension."""


@dataclass(frozen=True, slots=True)
class Result:
    """One attempt with its decision that stands."""

    learner: str
    number: int
    decision: Decided


@dataclass(frozen=True, slots=True)
class Quartiles:
    """A quarter of the people lie below `low`, half below `middle`, three quarters below `high`."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How a twin's learners fared; shares lie between 0 and 1."""

    learners: int
    """People whose first attempt was decided."""
    passed_first: float
    passed: float
    """With any attempt so far."""
    bar_met: float
    """By the first attempt."""
    overall: Quartiles
    """Of the first attempts."""
    levels: Mapping[str, tuple[int, ...]]
    """Dimension → how many people's first attempt is at level 1, 2, 3, 4, 5."""


def outcomes(results: Iterable[Result], twin: Twin, shown_from: int) -> Outcomes | None:
    """Return a twin's figures; None where fewer than `shown_from` people are behind them."""
    every = list(results)
    first = [result.decision for result in every if result.number == 1]
    people = {result.learner for result in every if result.number == 1}
    if len(people) < shown_from:
        return None
    passed = {result.learner for result in every if result.decision.verdict == "pass"} & people
    many = len(first)
    return Outcomes(
        learners=len(people),
        passed_first=_share(sum(item.verdict == "pass" for item in first), many),
        passed=_share(len(passed), len(people)),
        bar_met=_share(sum(item.bar_met for item in first), many),
        overall=_quartiles([item.overall for item in first]),
        levels=_levels(first, twin, shown_from),
    )


def _levels(first: Sequence[Decided], twin: Twin, shown_from: int) -> dict[str, tuple[int, ...]]:
    found = {}
    for dimension in twin.rubric:
        given = [
            level(result.score)
            for item in first
            for result in item.dimensions
            if result.dimension == dimension.id
        ]
        if len(given) >= shown_from:
            found[dimension.id] = tuple(given.count(n) for n in range(1, LEVELS + 1))
    return found


def _share(part: int, whole: int) -> float:
    return float(Fraction(part, whole))


def _quartiles(values: Sequence[float]) -> Quartiles:
    """Return values that somebody really had: no mean of two, so that nothing is rounded."""
    ordered = sorted(values)

    def rank(quarter: int) -> float:
        return ordered[-(-quarter * len(ordered) // 4) - 1]

    return Quartiles(rank(1), rank(2), rank(3))
