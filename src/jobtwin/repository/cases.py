"""Gathers from the records what an attempt's standing follows from; the standing is `rules`'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.grade import Claim, Decision, Published, Reopened, Reviewed
from jobtwin.records.organisation import IntakePolicy, QueuePolicy
from jobtwin.records.submission import Evaluated, Expired, Received
from jobtwin.repository import bundles, drifts
from jobtwin.rules import panel, sla
from jobtwin.rules.feedback import Before
from jobtwin.rules.standing import Case, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from jobtwin.records.grade import Review
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.panel import Panel

_PIN = re.compile(r'\bref: "?(?!0{40})([0-9a-f]{40})\b')


def case(
    ledger: Ledger,
    attempt: Attempt,
    now: datetime,
    place: Place,
    *,
    credential: str | None = None,
    track: str | None = None,
    reviews: tuple[Review, ...] = (),
) -> Case:
    """Return an attempt's case at a moment, or at its latest record if that is later.

    `credential` and `track` say where its credentials are shown, and count from the decision on;
    `reviews` are those that a decision which is about to be written opens.
    """
    evaluated, expired = attempt.all(Evaluated), attempt.last(Expired)
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    sitting = drifts.panel_of(ledger, attempt, twin)
    decision = sitting.decision
    return Case(
        twin=twin,
        started=attempt.started,
        now=max(now, *(item.record.at for item in attempt.chain)),
        grace_seconds=ledger.pinned_policy(IntakePolicy, attempt.started).grace_seconds,
        place=place,
        receipts=tuple((item.digest, item.record) for item in attempt.all(Received)),
        evaluated=tuple(item.record for item in evaluated),
        expired=expired.record if expired else None,
        claims=tuple(_claims(ledger, attempt, sitting)),
        reviewed=sitting.reviewed,
        reviews_needed=sitting.needed,
        reviews=(reviews or tuple(_reviews(ledger, attempt, sitting.reviewed))) if decision else (),
        decision=decision,
        before=_before(ledger, attempt) if sitting.is_appeal else None,
        is_appeal=sitting.is_appeal,
        is_reopened=attempt.last(Reopened) is not None and not sitting.is_appeal,
        was_heard=panel.was_heard(attempt.records),
        is_held=bool(bundles.held_by(attempt)),
        appeal_days=ledger.pinned_policy(QueuePolicy, attempt.started).appeal_days,
        credential=credential if decision else None,
        track=track if decision else None,
        is_published=_is_published(ledger, attempt),
    )


def _is_published(ledger: Ledger, attempt: Attempt) -> bool:
    path = layout.published(attempt.twin, attempt.id)
    return attempt.started.sealed_to is not None and ledger.load(Published, path) is not None


def _claims(ledger: Ledger, attempt: Attempt, sitting: Panel) -> Iterator[tuple[str, Claim]]:
    """Yield the claims of a panel; one without a review ends where its mentor is suspended."""
    signed = {receipt.claim for receipt in sitting.reviewed}
    for item in attempt.all(Claim):
        if item.record in sitting.claims:
            ended = () if item.digest in signed else drifts.of_claim(ledger, attempt, item.record)
            yield item.digest, sla.cut(item.record, ended)


def _before(ledger: Ledger, attempt: Attempt) -> Before:
    """Return the decision that an appeal is against, with what it rested on."""
    first = attempt.all(Decision)[0].record
    rested = [item.record for item in attempt.all(Reviewed) if item.digest in first.reviews]
    return Before(first, tuple(_reviews(ledger, attempt, rested)))


def _reviews(ledger: Ledger, attempt: Attempt, receipts: Iterable[Reviewed]) -> Iterator[Review]:
    for item in receipts:
        if found := ledger.review(attempt.twin, attempt.id, item.number):
            yield found


def place(ledger: Ledger, fork: str = "", branch: str = "") -> Place:
    """Return where an attempt goes on; `fork` and `branch` are its pull request's, where known."""
    issuer = ledger.issuer
    return Place(issuer.url, issuer.repository or "", _engine(ledger), fork, branch)


def _engine(ledger: Ledger) -> str:
    """Return the commit that the workflows run the engine from, which the bot cannot change."""
    intake = ledger.tree.read(".github/workflows/intake.yml") or b""
    pin = _PIN.search(intake.decode("utf-8", "replace"))
    return pin[1] if pin else "main"
