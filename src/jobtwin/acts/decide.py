"""decide: bar and reviews become a verdict, and the learner gets all of it in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Decision, Review, Reviewed
from jobtwin.records.submission import Evaluated
from jobtwin.repository import attempts, moments
from jobtwin.rules import award, opening, scoring
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobtwin.forge.events import Effects, Event
    from jobtwin.keys import Holders
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Filed, Ledger

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
    _, reviewed = _complete(attempt, twin)
    reviews = [_review(ledger, attempt, item.record.number) for item in reviewed]
    if attempt.last(Decision):
        return answering.answer(ledger, holders.subject, attempt, event)
    record = _record(event, ledger, holders, attempt, twin, reviews)
    path = layout.decision(twin.id, attempt.id)
    grown = answering.grown(attempt, {path: record})
    return replace(
        answering.answer(ledger, holders.subject, grown, event),
        records={path: write(record)},
        message=f"Decide attempt {attempt.id[:8]} at {twin.id}: {record.verdict}",
    )


def _complete(attempt: Attempt, twin: Twin) -> tuple[Filed[Evaluated], tuple[Filed[Reviewed], ...]]:
    """Return what the verdict rests on; raises `Refused` while something is missing."""
    evaluated = attempt.last(Evaluated)
    reviewed = attempt.all(Reviewed)
    if evaluated is None or not evaluated.record.counts:
        raise Refused([TOO_EARLY.at("no evaluation that counts is there")])
    if len(reviewed) < twin.reviewers:
        message = f"{len(reviewed)} of {twin.reviewers} reviews are there"
        raise Refused([TOO_EARLY.at(message)])
    return evaluated, reviewed


def _review(ledger: Ledger, attempt: Attempt, number: int) -> Review:
    found = ledger.review(attempt.twin, attempt.id, number)
    if found is None:
        raise EngineError(
            f"review {number} of attempt {attempt.id} is not there", "run `jobtwin audit`"
        )
    return found.record


def _record(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    attempt: Attempt,
    twin: Twin,
    reviews: list[Review],
) -> Decision:
    evaluated, reviewed = _complete(attempt, twin)
    signer, subject = holders.signer("desk"), attempt.started.subject
    overall = scoring.combined_overall(twin, reviews)
    met = award.bar_met(evaluated.record)
    mine = tuple(attempts.of_learner(ledger, holders.subject, subject, twin.id))
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
        evaluation=evaluated.digest,
        reviews=tuple(item.digest for item in reviewed),
        dimensions=scoring.dimensions(twin, reviews),
        overall=overall,
        threshold=twin.pass_threshold,
        bar_met=met,
        verdict=verdict,
        skills=scoring.skills(twin, reviews),
        attempts_left=left,
        best=award.best([*others, this]),
        reasons=tuple(award.reasons(evaluated.record, overall, twin.pass_threshold)),
    )
    return sign(record, signer)


def _decided(others: Iterable[Attempt]) -> Iterator[award.Decided]:
    for other in others:
        if found := other.last(Decision):
            yield award.Decided(other.id, found.record.overall, found.record.verdict == "pass")
