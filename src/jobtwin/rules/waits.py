"""How long learners really wait for their result, and what that says to who starts next.

Figures speak of the last 30 days, and of nobody where they would speak of too few.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.submission import Evaluated, Started

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jobtwin.records.ledger import LedgerRecord

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Wait:
    """One attempt's way from its evaluation to its first decision."""

    learner: str
    evaluated: datetime
    claimed: datetime | None = None
    decided: datetime | None = None
    lapsed: int = 0
    """Claims past their time without a review, by the moment that is asked about."""
    in_time: int = 0
    late: int = 0
    """Reviews that were handed in within the mentor's time, and after it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Half waited no longer than `p50`, nine in ten no longer than `p90`."""

    p50: timedelta
    p90: timedelta


@dataclass(frozen=True, slots=True)
class Figures:
    """A twin's queue in the last 30 days; None stands where there are too few people."""

    waiting: int | None
    """How many wait for their result now; None where it is some, and too few to say."""
    result: Spread | None
    """From the evaluation to the decision."""
    mentor: Spread | None
    """From the evaluation to the first claim."""
    results: int = 0
    """Decisions within the 30 days; 0 where they are too few to say."""
    in_time: float | None = None
    """Share of the reviews that came within the mentor's time."""
    lapsed: int | None = None
    """Claims that came to nothing, of the attempts that were decided within the 30 days."""
    forecast: Spread | None = None
    """What to expect for whoever hands in now."""


def wait(chain: Sequence[LedgerRecord], at: datetime) -> Wait | None:
    """Return an attempt's wait as its records say at a moment; None where nothing was measured."""
    started = next((record for record in chain if isinstance(record, Started)), None)
    evaluated = [record for record in chain if isinstance(record, Evaluated) and record.counts]
    if started is None or not evaluated:
        return None
    claims = [record for record in chain if isinstance(record, Claim)]
    reviewed = [record for record in chain if isinstance(record, Reviewed)]
    decided = next((record.at for record in chain if isinstance(record, Decision)), None)
    signed = {record.mentor for record in reviewed}
    return Wait(
        learner=started.subject,
        evaluated=evaluated[-1].at,
        claimed=claims[0].at if claims else None,
        decided=decided,
        lapsed=sum(claim.due < at and claim.mentor not in signed for claim in claims),
        in_time=sum(record.within_sla for record in reviewed),
        late=sum(not record.within_sla for record in reviewed),
    )


def figures(waits: Sequence[Wait], at: datetime, sla_hours: int, shown_from: int) -> Figures:
    """Return a twin's figures at a moment; fewer than `shown_from` people are not spoken of."""
    open_now = [one for one in waits if one.decided is None]
    recent = [one for one in waits if one.decided and at - WINDOW < one.decided <= at]
    taken = [one for one in waits if one.claimed and at - WINDOW < one.claimed <= at]
    waiting = len(open_now) if not open_now or _enough(open_now, shown_from) else None
    mentor = _spread([one.claimed - one.evaluated for one in taken if one.claimed])
    if not _enough(recent, shown_from):
        return Figures(waiting, None, mentor if _enough(taken, shown_from) else None)
    result = _spread([one.decided - one.evaluated for one in recent if one.decided])
    handed_in = sum(one.in_time + one.late for one in recent)
    return Figures(
        waiting=waiting,
        result=result,
        mentor=mentor if _enough(taken, shown_from) else None,
        results=len(recent),
        in_time=sum(one.in_time for one in recent) / handed_in if handed_in else None,
        lapsed=sum(one.lapsed for one in recent),
        forecast=result and _forecast(result, len(open_now), len(recent), sla_hours),
    )


def _enough(waits: Sequence[Wait], shown_from: int) -> bool:
    return len({one.learner for one in waits}) >= shown_from


def _spread(lengths: Sequence[timedelta]) -> Spread | None:
    """Return the median and the ninetieth percentile, each a wait that somebody really had."""
    if not lengths:
        return None
    ordered = sorted(lengths)

    def rank(share: float) -> timedelta:
        return ordered[math.ceil(share * len(ordered)) - 1]

    return Spread(rank(0.5), rank(0.9))


def _forecast(result: Spread, ahead: int, results: int, sla_hours: int) -> Spread:
    """Return the waits of late, or longer ones where the queue holds more than its pace clears.

    Who hands in now stands behind all who wait. At the pace of the last 30 days these have their
    result after `clearing`; one in ten may also have a mentor who takes all of his time.
    """
    clearing = WINDOW * (ahead + 1) / results
    if clearing <= result.p50:
        return result
    return Spread(clearing, max(result.p90, clearing + timedelta(hours=sla_hours)))


def said(found: Figures, sla_hours: int) -> str:
    """Return the forecast in words, for who has not started yet."""
    promise = f"A mentor has {sla_hours} hours from the claim."
    if found.forecast is None:
        return (
            "How long a result takes is not shown: too few people had one in the last 30 days. "
            f"{promise}"
        )
    return (
        f"Once your work is measured, expect to wait {length(found.forecast.p50)} until the "
        f"result; one in ten waits longer than {length(found.forecast.p90)}. {promise}"
    )


def length(span: timedelta) -> str:
    """Return a wait in words, rounded up: to hours below two days, then to days."""
    hours = max(1, math.ceil(span / timedelta(hours=1)))
    if hours == 1:
        return "1 hour"
    return f"{hours} hours" if hours < 48 else f"{math.ceil(hours / 24)} days"
