"""How many reviews an attempt needs, and what they come to.

Two reviews that lie too far apart bring a third, and then the two that agree best count. An appeal
begins anew with another pair. Reviews are opened together, so that nobody writes under the
influence of another's scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from jobtwin.records.grade import (
    Appealed,
    Claim,
    Decision,
    DimensionResult,
    Reviewed,
    SkillResult,
)
from jobtwin.rules.scoring import exact, level, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.grade import Review
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.twin import Twin

PAIR = 2
WIDEST_GAP = Decimal("0.15")
"""From this difference of the two overall scores on, a third mentor reads the work."""
FARTHEST_LEVELS = 2
"""From this difference of the two levels of any dimension on, too."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The reviews that the next decision rests on, or the last one rested on."""

    needed: int
    claims: tuple[Claim, ...]
    reviewed: tuple[Reviewed, ...]
    decision: Decision | None
    is_appeal: bool

    @property
    def is_complete(self) -> bool:
        """Whether every review that is needed is in."""
        return len(self.reviewed) >= self.needed


def panel(twin: Twin, chain: Sequence[LedgerRecord]) -> Panel:
    """Return an attempt's panel as its records say: the appeal's, once there is one."""
    begin = next((n for n, record in enumerate(chain) if isinstance(record, Appealed)), None)
    sat = chain if begin is None else chain[begin:]
    reviewed = tuple(record for record in sat if isinstance(record, Reviewed))
    decisions = [record for record in sat if isinstance(record, Decision)]
    asked = reviewed[-1].needed if reviewed else None
    return Panel(
        needed=asked or places(twin, is_appeal=begin is not None),
        claims=tuple(record for record in sat if isinstance(record, Claim)),
        reviewed=reviewed,
        decision=decisions[-1] if decisions else None,
        is_appeal=begin is not None,
    )


def is_settled(chain: Sequence[LedgerRecord]) -> bool:
    """Say whether an attempt is decided, and no appeal against that waits."""
    said = [record for record in chain if isinstance(record, Decision | Appealed)]
    return bool(said) and isinstance(said[-1], Decision)


def places(twin: Twin, *, is_appeal: bool) -> int:
    """Return how many reviews are needed before any is in: an appeal is heard by a pair."""
    return PAIR if is_appeal else twin.reviewers


def is_sealed(twin: Twin, *, is_appeal: bool) -> bool:
    """Say whether reviews arrive sealed: wherever one reviewer could wait for another."""
    return places(twin, is_appeal=is_appeal) >= PAIR


def needed(twin: Twin, reviews: Sequence[Review], *, is_appeal: bool) -> int:
    """Return how many reviews are needed, given those that are in."""
    asked = places(twin, is_appeal=is_appeal)
    return asked + 1 if len(reviews) >= asked == PAIR and any(apart(twin, reviews)) else asked


def apart(twin: Twin, reviews: Sequence[Review]) -> Iterator[str]:
    """Yield, in words, each reason why the first two reviews need a third."""
    first, second = reviews[:PAIR]
    one, other = overall(twin, [first]), overall(twin, [second])
    if abs(exact(one) - exact(other)) >= WIDEST_GAP:
        yield f"the overall scores {one:g} and {other:g} lie {WIDEST_GAP} apart or more"
    passes = [exact(score) >= exact(twin.pass_threshold) for score in (one, other)]
    if passes[0] != passes[1]:
        yield f"only one of them reaches the threshold {twin.pass_threshold:g}"
    for dimension in twin.rubric:
        levels = [level(rounded(_score([review], dimension.id))) for review in (first, second)]
        if abs(levels[0] - levels[1]) >= FARTHEST_LEVELS:
            yield f"{dimension.title} is at level {levels[0]} and at level {levels[1]}"


def counting(twin: Twin, reviews: Sequence[Review]) -> tuple[Review, ...]:
    """Return the reviews that count: all of them, or of three the two that agree best.

    They agree best whose scores differ least, summed over the dimensions by weight; of equal pairs
    one with the third mentor, who was asked because the first two did not agree.
    """
    if len(reviews) <= PAIR:
        return tuple(reviews)
    pairs = sorted(combinations(reviews, PAIR), key=lambda pair: pair[1] is not reviews[-1])
    return min(pairs, key=lambda pair: _distance(twin, *pair))


def numbers(twin: Twin, reviewed: Sequence[Reviewed], reviews: Sequence[Review]) -> tuple[int, ...]:
    """Return the numbers of the two reviews that count where there are three, else none.

    `reviews` are the files that the receipts `reviewed` are for, in the same order.
    """
    if len(reviews) <= PAIR:
        return ()
    counted = counting(twin, reviews)
    both = zip(reviewed, reviews, strict=True)
    return tuple(receipt.number for receipt, one in both if any(one is c for c in counted))


def not_appealable(decision: Decision, at: datetime, days: int) -> str:
    """Return why a decision cannot be appealed against at a moment, or ``""`` when it can."""
    if decision.verdict == "pass":
        return "the attempt was passed"
    if decision.number > 1:
        return "it is an appeal's decision, and there is one appeal"
    if at > decision.at + timedelta(days=days):
        return f"an appeal has to come within {days} days of the decision"
    return ""


def _distance(twin: Twin, one: Review, other: Review) -> Decimal:
    return sum(
        (
            exact(part.weight) * abs(_score([one], part.id) - _score([other], part.id))
            for part in twin.rubric
        ),
        Decimal(0),
    )


def dimensions(twin: Twin, reviews: Sequence[Review]) -> tuple[DimensionResult, ...]:
    """Return the mean score of each dimension over the reviews that count, with its level."""
    scores = [rounded(_score(counting(twin, reviews), part.id)) for part in twin.rubric]
    return tuple(
        DimensionResult(dimension=part.id, score=score, level=level(score))
        for part, score in zip(twin.rubric, scores, strict=True)
    )


def overall(twin: Twin, reviews: Sequence[Review]) -> float:
    """Return the overall score of the reviews that count: the weighted mean, rounded once."""
    counted = counting(twin, reviews)
    weighted = (exact(part.weight) * _score(counted, part.id) for part in twin.rubric)
    return rounded(sum(weighted, Decimal(0)))


def skills(twin: Twin, reviews: Sequence[Review]) -> tuple[SkillResult, ...]:
    """Return the skills that every review that counts asserts, each at its lowest weight."""
    counted = counting(twin, reviews)
    found = []
    for skill in twin.skills:
        given = [item.weight for review in counted for item in review.skills if item.id == skill.id]
        if len(given) == len(counted):
            found.append(SkillResult(id=skill.id, weight=min(given), ceiling=skill.ceiling))
    return tuple(found)


def _score(reviews: Sequence[Review], dimension: str) -> Decimal:
    """Return the mean score of a dimension; raises ZeroDivisionError where nobody scored it."""
    given = [
        exact(item.score)
        for review in reviews
        for item in review.scores
        if item.dimension == dimension
    ]
    return sum(given, Decimal(0)) / len(given)
