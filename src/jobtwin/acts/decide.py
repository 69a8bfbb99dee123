"""decide: bar and reviews become a verdict, and the learner gets all of it in words."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from jobtwin.acts.seal import feedback
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Decision, OpenedReview, Review, Reviewed
from jobtwin.records.submission import Evaluated
from jobtwin.repository import attempts, drifts, moments, reviews
from jobtwin.rules import award, opening, panel
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobtwin.forge.events import Effects, Event
    from jobtwin.keys import Holders
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.panel import Panel

NO_ATTEMPT = Code(
    "DEC-001",
    "there is no such attempt",
    why="Only an attempt on record can be decided.",
    fix="Take twin and attempt from the claim or from the review's receipt.",
)
TOO_EARLY = Code(
    "DEC-002",
    "the attempt cannot be decided yet",
    why="A verdict rests on one evaluation and on as many reviews as the twin asks for.",
    fix="Wait for what is missing; the decision follows by itself.",
)


def decide(
    event: Event, ledger: Ledger, holders: Holders, twin_id: str, attempt_id: str
) -> Effects:
    """Judge an attempt; raises `Refused` while something is missing.

    An attempt that is decided stays so: the feedback is given again and nothing is written.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    attempt = ledger.attempt(twin_id, attempt_id)
    if attempt is None:
        raise Refused([NO_ATTEMPT.at(f"`{attempt_id}` at `{twin_id}`")])
    twin = ledger.pinned_twin(attempt.started.twin_tree, twin_id)
    sitting = _complete(ledger, attempt, twin)
    if sitting.decision:
        return answering.answer(ledger, holders.subject, attempt, event)
    key = partial(holders.cohort_key, attempt.started.cohort)
    came = {item.number: reviews.files(ledger, twin.id, item, key) for item in sitting.came}
    given = tuple(came[item.number] for item in sitting.reviewed)
    record = _record(event, ledger, holders, attempt, twin, sitting, given)
    path = layout.decision(twin.id, attempt.id, record.number)
    if attempt.started.sealed_to:
        return _unseen(event, ledger, holders, attempt, record, tuple(_read(c) for c, _ in given))
    grown = answering.grown(attempt, {path: record})
    read = tuple(_read(content) for content, _ in given)
    opened = {
        name: content
        for item in sitting.came
        if item.sealed
        for name, content in _laid_open(twin, item, came[item.number])
    }
    told = answering.answer(ledger, holders.subject, grown, event, reviews=read)
    return replace(
        told,
        then=(*told.then, answering.watch(attempt)),
        reminders=answering.fallen(holders.subject, attempt, record),
        records={**opened, path: write(record)},
        message=f"Decide attempt {attempt.id[:8]} at {twin.id}: {record.verdict}",
    )


def _unseen(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    attempt: Attempt,
    full: Decision,
    read: tuple[Review, ...],
) -> Effects:
    """Return a sealed attempt's decision, from which nobody learns what its mentors wrote.

    What they wrote goes into a box that the learner alone opens.
    """
    key = holders.cohort_key(attempt.started.cohort)
    box = feedback.sealed(ledger, attempt, full, read, key)
    record = sign(feedback.reduced(full, box), holders.signer("desk"))
    path = layout.decision(attempt.twin, attempt.id, record.number)
    told = answering.answer(
        ledger, holders.subject, answering.grown(attempt, {path: record}), event
    )
    beside = layout.feedback(attempt.twin, attempt.id, record.number)
    return replace(
        told,
        then=(*told.then, answering.watch(attempt)),
        records={path: write(record), beside: box},
        message=f"Decide attempt {attempt.id[:8]} at {attempt.twin}: {record.verdict}",
    )


def _complete(ledger: Ledger, attempt: Attempt, twin: Twin) -> Panel:
    """Return the panel that the verdict rests on; raises `Refused` while something is missing."""
    evaluated = attempt.last(Evaluated)
    sitting = drifts.panel_of(ledger, attempt, twin)
    if evaluated is None or not evaluated.record.counts:
        raise Refused([TOO_EARLY.at("no evaluation that counts is there")])
    if not sitting.is_complete:
        message = f"{len(sitting.reviewed)} of {sitting.needed} reviews that count are there"
        raise Refused([TOO_EARLY.at(message)])
    return sitting


def _read(content: bytes) -> Review:
    return load(Review, content, "review.yml").record


def _laid_open(
    twin: Twin, receipt: Reviewed, signed: tuple[bytes, bytes]
) -> Iterator[tuple[str, bytes]]:
    path = layout.review(twin.id, receipt.attempt, receipt.number)
    yield from ((path, signed[0]), (f"{path}.sig", signed[1]))


def _record(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    attempt: Attempt,
    twin: Twin,
    sitting: Panel,
    given: Sequence[tuple[bytes, bytes]],
) -> Decision:
    signer = holders.signer("desk")
    read = [_read(content) for content, _ in given]
    evaluated = attempt.all(Evaluated)[-1]
    met = award.bar_met(evaluated.record)
    overall = panel.overall(twin, read)
    mine = tuple(attempts.of_learner(ledger, holders.subject, attempt.started.subject, twin.id))
    used = opening.used([opening.Earlier(attempts.state(item)) for item in mine])
    left = award.attempts_left(twin, used)
    verdict = award.verdict(met, overall, twin.pass_threshold, left)
    this = award.Decided(attempt.id, overall, verdict == "pass")
    others = _decided(item for item in mine if item.id != attempt.id)
    record = Decision(
        format=1,
        at=event.at,
        event=event.id,
        previous=attempt.tip,
        key=signer.key_id,
        attempt=attempt.id,
        number=sitting.number,
        evaluation=evaluated.digest,
        reviews=tuple(f.digest for f in attempt.all(Reviewed) if f.record in sitting.reviewed),
        opened=_opened(sitting),
        counting=panel.numbers(twin, sitting.reviewed, read),
        void=tuple(item.number for item in sitting.void),
        dimensions=panel.dimensions(twin, read),
        overall=overall,
        threshold=twin.pass_threshold,
        bar_met=met,
        verdict=verdict,
        skills=panel.skills(twin, read),
        attempts_left=left,
        best=award.best([*others, this]),
        reasons=tuple(award.reasons(evaluated.record, overall, twin.pass_threshold)),
    )
    return sign(record, signer)


def _opened(sitting: Panel) -> tuple[OpenedReview, ...]:
    return tuple(
        OpenedReview(number=item.number, review=item.review, review_signature=item.review_signature)
        for item in sitting.came
        if item.sealed
    )


def _decided(others: Iterable[Attempt]) -> Iterator[award.Decided]:
    for other in others:
        if found := other.last(Decision):
            yield award.Decided(other.id, found.record.overall, found.record.verdict == "pass")
