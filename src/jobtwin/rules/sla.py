"""When a claimed attempt is due, and what becomes of a claim that is overdue.

The SLA runs from the claim to the sign-off. An overdue claim still counts until somebody else has
taken the attempt; from then on it is released for good.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from jobtwin.records.grade import Claim


def due(at: datetime, hours: int) -> datetime:
    """Return when the review of a claim made at `at` is due."""
    return at + timedelta(hours=hours)


def is_within(at: datetime, claim: Claim) -> bool:
    """Say whether a sign-off is in time; the second it is due still counts."""
    return at <= claim.due


def half(claim: Claim) -> datetime:
    """Return when half of the time for a claim is over: then its mentor is reminded."""
    return claim.at + (claim.due - claim.at) / 2


def is_released(claim: Claim, claims: Iterable[Claim]) -> bool:
    """Say whether somebody else has taken the attempt after the claim was overdue."""
    return any(other.number > claim.number and other.at > claim.due for other in claims)


def stopped(claim: Claim, suspended: Iterable[datetime]) -> datetime | None:
    """Return when its mentor's suspension ended a claim: the first one since, None without one."""
    return min((moment for moment in suspended if moment >= claim.at), default=None)


def cut(claim: Claim, suspended: Iterable[datetime]) -> Claim:
    """Return a claim as it stands after its mentor's suspensions: due at the first one since."""
    ends = min(claim.due, stopped(claim, suspended) or claim.due)
    return claim if ends == claim.due else claim.model_copy(update={"due": ends})


def occupied(
    claims: Sequence[tuple[str, Claim]], reviewed: Iterable[str], at: datetime
) -> tuple[Claim, ...]:
    """Return the claims that hold a reviewer's place: signed off, or not yet overdue.

    `claims` are (digest, claim); `reviewed` are the digests of the claims that were signed off.
    """
    done = set(reviewed)
    return tuple(claim for digest, claim in claims if digest in done or is_within(at, claim))


def is_returned(claims: Sequence[tuple[str, Claim]], reviewed: Iterable[str], at: datetime) -> bool:
    """Say whether an overdue claim has brought the attempt back to the front of the queue."""
    return len(occupied(claims, reviewed, at)) < len(claims)
