"""How many reviews an attempt needs, and what they come to.

Two reviews that lie too far apart bring a third, and then the two that agree best count. An appeal
begins anew with another pair, and a decision in doubt with other mentors. Reviews are opened
together, so that nobody writes under the influence of another's scores. A review that is not
decided when its mentor's grading stops counting does not count: another is waited for.
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
    Reopened,
    Reviewed,
    SkillResult,
)
from jobtwin.rules.scoring import exact, level, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.grade import Review
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.twin import Twin

    Stops = Callable[[str], Sequence[datetime]]
    """Mentor → the moments at which grading of the attempt's twin stopped counting."""

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
    void: tuple[Reviewed, ...]
    """What came in and does not count, since its mentor's grading stopped before the decision."""
    decision: Decision | None
    is_appeal: bool
    number: int
    """That of its decision."""

    @property
    def came(self) -> tuple[Reviewed, ...]:
        """Every review that came in, in order."""
        return tuple(sorted((*self.reviewed, *self.void), key=lambda receipt: receipt.number))

    @property
    def is_complete(self) -> bool:
        """Whether every review that is needed is in."""
        return len(self.reviewed) >= self.needed


def panel(twin: Twin, chain: Sequence[LedgerRecord], stops: Stops) -> Panel:
    """Return an attempt's panel as its records say: of what was opened again, the last one.

    `stops` is asked only for mentors whose reviews wait for a decision.
    """
    begins = [n for n, record in enumerate(chain) if isinstance(record, Appealed | Reopened)]
    sat = chain[begins[-1] :] if begins else chain
    appeals = bool(begins) and isinstance(sat[0], Appealed)
    every = tuple(record for record in sat if isinstance(record, Reviewed))
    decision = next((record for record in reversed(sat) if isinstance(record, Decision)), None)
    void = _void(every, decision, stops)
    reviewed = tuple(record for record in every if record not in void)
    asked = places(twin, is_appeal=appeals)
    return Panel(
        needed=reviewed[-1].needed or asked if len(reviewed) >= asked else asked,
        claims=tuple(record for record in sat if isinstance(record, Claim)),
        reviewed=reviewed,
        void=void,
        decision=decision,
        is_appeal=appeals,
        number=len(begins) + 1,
    )


def _void(
    reviewed: Sequence[Reviewed], decision: Decision | None, stops: Stops
) -> tuple[Reviewed, ...]:
    if decision is not None:
        return tuple(record for record in reviewed if record.number in decision.void)
    return tuple(
        record for record in reviewed if any(at >= record.at for at in stops(record.mentor))
    )


def is_appeal(chain: Sequence[LedgerRecord]) -> bool:
    """Say whether an attempt is, or was last, before the pair that hears an appeal."""
    opened = [record for record in chain if isinstance(record, Appealed | Reopened)]
    return bool(opened) and isinstance(opened[-1], Appealed)


def is_settled(chain: Sequence[LedgerRecord]) -> bool:
    """Say whether an attempt is decided, and nothing has opened it again since."""
    said = [record for record in chain if isinstance(record, Decision | Appealed | Reopened)]
    return bool(said) and isinstance(said[-1], Decision)


def was_heard(chain: Sequence[LedgerRecord]) -> bool:
    """Say whether an attempt has had its appeal."""
    return any(isinstance(record, Appealed) for record in chain)


def places(twin: Twin, *, is_appeal: bool) -> int:
    """Return how many reviews are needed before any is in: an appeal is heard by a pair."""
    return PAIR if is_appeal else twin.reviewers


def is_sealed(twin: Twin, *, is_appeal: bool, is_private: bool = False) -> bool:
    """Say whether reviews arrive sealed: where one may wait for another, or all is sealed."""
    return is_private or places(twin, is_appeal=is_appeal) >= PAIR


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


def not_appealable(decision: Decision, at: datetime, days: int, *, was_heard: bool = False) -> str:
    """Return why a decision cannot be appealed against at a moment, or ``""`` when it can.

    `was_heard` says whether the attempt has had its appeal.
    """
    if decision.verdict == "pass":
        return "the attempt was passed"
    if was_heard:
        return "an appeal was heard already, and there is one appeal"
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
