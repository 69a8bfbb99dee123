"""By the learner's consent, `/publish`, a sealed attempt is laid open: work, reviews, answers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Decision, OpenedReview, Published, PublishedWork, Reviewed
from jobtwin.records.organisation import Destroyed, QueuePolicy
from jobtwin.records.submission import Received
from jobtwin.repository import boxes, moments, reviews
from jobtwin.rules import panel, seeds
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt, Filed, Ledger

NOT_PUBLISHED = Code(
    "SEL-002",
    "the attempt cannot be published",
    why="What is published stays public: only its learner can ask for it, and not before all that "
    "others still judge blindly is judged.",
    fix="Comment `/publish` on the pull request of your own sealed attempt, once it is decided and "
    "no appeal is possible any more.",
)
_COMMAND = re.compile(r"/publish[ \t]*")


def publish(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Lay a sealed attempt open; raises `Refused` where it cannot be yet, or not any more.

    Answers the comment `/publish` by the learner on the attempt's own pull request, and nothing
    else. The same again changes nothing.
    """
    attempt = answering.asked(event, ledger, holders.subject, _COMMAND)
    if attempt is None:
        return Effects()
    event = replace(event, at=moments.acting(ledger, event.at))
    path = layout.published(attempt.twin, attempt.id)
    if ledger.load(Published, path):
        return _answer(event, ledger, holders, attempt)
    decided = attempt.last(Decision)
    if reason := _not_yet(ledger, attempt, event.at):
        raise Refused([NOT_PUBLISHED.at(reason)])
    key = holders.cohort_key(attempt.started.cohort)
    works = dict(_works(ledger, attempt, key))
    files = dict(_reviews(ledger, attempt, key))
    record = _record(event, holders, attempt, decided.digest if decided else "", tuple(works))
    return replace(
        _answer(event, ledger, holders, attempt),
        records={path: write(record), **files},
        archives={work.ref: tar for work, tar in works.items()},
        message=f"Publish attempt {attempt.id[:8]} at {attempt.twin}, as its learner asks",
    )


def _not_yet(ledger: Ledger, attempt: Attempt, at: datetime) -> str:
    """Return why an attempt cannot be published at a moment, or ``""`` when it can."""
    started, decided = attempt.started, attempt.last(Decision)
    if started.sealed_to is None:
        return "it is not sealed: all of it is public already"
    if ledger.load(Destroyed, layout.destroyed(started.cohort)):
        return "the key of its cohort is destroyed: nobody can open it any more"
    if decided is None or not panel.is_settled(attempt.records):
        return "it is not decided yet"
    days, heard = ledger.pinned_policy(QueuePolicy, started).appeal_days, attempt.records
    barred = panel.not_appealable(decided.record, at, days, was_heard=panel.was_heard(heard))
    return "" if barred else f"an appeal is possible for {days} days after the decision"


def _works(ledger: Ledger, attempt: Attempt, key: bytes) -> Iterator[tuple[PublishedWork, bytes]]:
    """Yield what the boxes held, each once, with what names it."""
    known: set[str] = set()
    for item in attempt.all(Received):
        for entry in item.record.inbox:
            if entry.digest not in known:
                known.add(entry.digest)
                tar = boxes.kept_tar(ledger, attempt, item.record, key)
                ref = layout.published_ref(attempt.twin, attempt.id, item.record.number)
                yield PublishedWork(receipt=item.digest, digest=digest(tar), ref=ref), tar


def _reviews(ledger: Ledger, attempt: Attempt, key: bytes) -> Iterator[tuple[str, bytes]]:
    for item in attempt.all(Reviewed):
        path = layout.review(attempt.twin, attempt.id, item.record.number)
        signed = reviews.files(ledger, attempt.twin, item.record, lambda: key)
        yield from ((path, signed[0]), (f"{path}.sig", signed[1]))


def _record(
    event: Event,
    holders: Holders,
    attempt: Attempt,
    decision: str,
    works: tuple[PublishedWork, ...],
) -> Published:
    signer, key = holders.signer("clock"), holders.cohort_key(attempt.started.cohort)
    return sign(
        Published(
            format=1,
            at=event.at,
            event=event.id,
            key=signer.key_id,
            attempt=attempt.id,
            decision=decision,
            reading_key=seeds.reading_key(key, attempt.id).hex(),
            works=works,
            reviews=tuple(_opened(item) for item in attempt.all(Reviewed)),
        ),
        signer,
    )


def _opened(filed: Filed[Reviewed]) -> OpenedReview:
    record = filed.record
    return OpenedReview(
        number=record.number, review=record.review, review_signature=record.review_signature
    )


def _answer(event: Event, ledger: Ledger, holders: Holders, attempt: Attempt) -> Effects:
    said = answering.answer(ledger, holders.subject, attempt, event)
    note = "**Published, as you asked.** This cannot be taken back: others may have copies."
    return replace(said, comment=f"{note}\n\n{said.comment}")
