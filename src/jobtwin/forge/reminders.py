"""What mentors are reminded of on the queue's issue: a claim half over, a claim past its time.

Each reminder names the review by its opaque id, and nothing of the attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.forge.events import Reminder
from jobtwin.records.base import stamp
from jobtwin.records.grade import Claim
from jobtwin.rules import sla

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.repository.ledger import Attempt
    from jobtwin.rules.panel import Panel

_OVER, _ENDED = "over:", "ended:"


def of(
    attempt: Attempt, sitting: Panel, at: datetime, stopped: frozenset[str] = frozenset()
) -> Iterator[Reminder]:
    """Yield what is to be said of an attempt's claims at a moment; nothing while all is in time.

    `stopped` are the review ids of claims that a suspension has ended.
    """
    for claim in _unsigned(attempt, sitting):
        if claim.review_id in stopped:
            yield Reminder(f"{_ENDED}{claim.review_id}", _ended(claim))
        elif not sla.is_within(at, claim):
            yield Reminder(f"{_OVER}{claim.review_id}", _over(claim))
        elif at >= sla.half(claim):
            yield Reminder(f"half:{claim.review_id}", _half(claim))


def nobody(twin_id: str, oldest: str) -> Reminder:
    """Return what operators are told where every mentor is excluded from what waits at a twin."""
    text = (
        f"**No mentor may read some of what waits at `{twin_id}`**, attempt `{oldest}` first. Each "
        f"is excluded: not calibrated for it at present, or has to do with the learner. Have a "
        f"mentor calibrated (`/calibrate {twin_id}`), or add one to `mentors/`."
    )
    return Reminder(f"nobody:{twin_id}:{oldest}", text)


def is_overdue(reminder: Reminder) -> bool:
    """Say whether a reminder is about a claim past its time, or ended before it."""
    return reminder.key.startswith((_OVER, _ENDED))


def _unsigned(attempt: Attempt, sitting: Panel) -> Iterator[Claim]:
    """Yield the claims without a review that counts, and that nobody has taken over."""
    signed = {receipt.claim for receipt in sitting.reviewed}
    for item in attempt.all(Claim):
        is_open = item.record in sitting.claims and item.digest not in signed
        if is_open and not sla.is_released(item.record, sitting.claims):
            yield item.record


def _half(claim: Claim) -> str:
    return (
        f"**Half of the time for review `{claim.review_id}` is over.** `{claim.mentor}` has until "
        f"{stamp(claim.due)}; then it goes back to the front of the queue."
    )


def _ended(claim: Claim) -> str:
    return (
        f"**Review `{claim.review_id}` is taken from `{claim.mentor}`**, whose agreement fell "
        "below the floor, and back in front of the queue. What is handed in for it does not count."
    )


def _over(claim: Claim) -> str:
    return (
        f"**Review `{claim.review_id}` is overdue since {stamp(claim.due)}**, and back at the "
        f"front of the queue. Until another mentor draws it, `{claim.mentor}` can still hand it in."
    )
