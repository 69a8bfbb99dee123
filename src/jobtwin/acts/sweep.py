"""sweep: look for what an event should have done and did not. Never decides, never issues.

An attempt whose last deadline has passed either waits for its evaluation, which is said, or has
nothing that can be graded, and then expires. Claims past their SLA are said too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.acts.evaluate import graded_receipts
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.organisation import IntakePolicy
from jobtwin.records.submission import Evaluated, Expired
from jobtwin.rules import deadline
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt, Ledger


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found, and the effects that mend what it may mend."""

    effects: Effects
    to_evaluate: tuple[tuple[str, str], ...]
    """(twin, attempt) of attempts that are closed and wait for their evaluation."""
    overdue: tuple[tuple[str, str], ...]
    """(twin, attempt) of claims past their SLA."""


def sweep(event: Event, ledger: Ledger, holders: Holders) -> Swept:
    """Return what is due by the time of the event."""
    records: dict[str, bytes] = {}
    waiting: list[tuple[str, str]] = []
    overdue: list[tuple[str, str]] = []
    for attempt in _all(ledger):
        if _claim_is_overdue(attempt, event):
            overdue.append((attempt.twin, attempt.id))
        if not _is_closed(attempt, ledger, event):
            continue
        if graded_receipts(attempt, ledger):
            waiting.append((attempt.twin, attempt.id))
        else:
            path = layout.expired(attempt.twin, attempt.id)
            records[path] = write(_expired(event, attempt, holders))
    words = [f"{len(records)} expired, {len(waiting)} to evaluate, {len(overdue)} overdue."]
    words += [f"- evaluate {twin} {attempt}" for twin, attempt in waiting]
    words += [f"- overdue claim: {twin} {attempt}" for twin, attempt in overdue]
    message = f"Sweep at {stamp(event.at)}: {len(records)} expired"
    effects = Effects(records=records, message=message, comment="\n".join(words))
    return Swept(effects, tuple(waiting), tuple(overdue))


def _all(ledger: Ledger) -> Iterator[Attempt]:
    for twin in ledger.twins:
        yield from ledger.attempts(twin)


def _is_closed(attempt: Attempt, ledger: Ledger, event: Event) -> bool:
    """Say whether the last deadline has passed and nothing has judged the attempt yet."""
    evaluated = attempt.last(Evaluated)
    if attempt.last(Expired) or (evaluated and evaluated.record.counts):
        return False
    grace = ledger.policy(IntakePolicy, attempt.started.at).grace_seconds
    return event.at > deadline.last(attempt.started) + timedelta(seconds=grace)


def _claim_is_overdue(attempt: Attempt, event: Event) -> bool:
    claim = attempt.last(Claim)
    if claim is None or attempt.last(Decision):
        return False
    signed_off = {item.record.claim for item in attempt.all(Reviewed)}
    return claim.digest not in signed_off and event.at > claim.record.due


def _expired(event: Event, attempt: Attempt, holders: Holders) -> Expired:
    signer = holders.signer("clock")
    return sign(
        Expired(
            format=1,
            at=event.at,
            event=event.id,
            previous=attempt.tip,
            key=signer.key_id,
            attempt=attempt.id,
            reason="Nothing that can be graded was accepted before the last deadline.",
        ),
        signer,
    )
