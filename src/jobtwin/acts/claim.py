"""claim: a mentor's `/claim <twin>` draws an attempt; no mentor ever chooses one.

The queue is every on-time evaluated attempt without a decision, also below the bar. Overdue ones
stand in front, then the oldest evaluation; the draw is among the policy's first few.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.grade import CalibrationNow, Claim, Reviewed
from jobtwin.records.organisation import QueuePolicy
from jobtwin.records.submission import Evaluated
from jobtwin.repository import attempts, moments
from jobtwin.rules import eligibility, panel, scoring, seeds, sla
from jobtwin.rules.eligibility import Candidate
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger

NOT_A_COMMAND = Code(
    "CLM-001",
    "the comment is not a claim",
    why="A claim is one line, so that nothing is claimed by accident.",
    fix="Comment `/claim <twin>`, for example `/claim jt-incident-4`.",
)
NOT_A_MENTOR = Code(
    "CLM-002",
    "only mentors claim attempts",
    why="A grade counts only from a mentor whose key and calibration are on record.",
    fix="Comment from the account in your mentor file, or ask the operators to add you.",
)
NOTHING_TO_CLAIM = Code(
    "CLM-003",
    "there is no attempt for you to grade",
    why="You are never given an attempt whose grade could not count.",
    fix="Mend what can be mended (a calibration can be renewed), or try again later.",
)

_COMMAND = re.compile(r"/claim[ \t]+(jt-[a-z0-9-]{1,60})[ \t]*")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An attempt in the queue."""

    attempt: Attempt
    twin: Twin
    evaluated_at: datetime
    returned: bool
    """Whether an overdue claim brought it back to the front."""


def claim(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Draw an attempt for the mentor who commented; raises `Refused` with every reason.

    The same event again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    twin_id = _twin(event, ledger)
    mentor = _mentor(event, ledger, holders)
    every = tuple(ledger.attempts(twin_id))
    for attempt in every:
        for done in attempt.all(Claim):
            if done.record.event == event.id:
                return _answer(event, ledger, holders, attempt, done.record)
    queue = sorted(
        waiting(ledger, every, event.at),
        key=lambda w: (not w.returned, w.evaluated_at, w.attempt.id),
    )
    eligible: list[Waiting] = []
    reasons: dict[str, None] = {}
    for item in queue:
        against = list(_reasons(ledger, holders, mentor, item, every, event.at))
        reasons.update(dict.fromkeys(against))
        if not against:
            eligible.append(item)
    if not eligible:
        words = list(reasons) or [f"No attempt at `{twin_id}` waits for a mentor."]
        raise Refused(NOTHING_TO_CLAIM.at(word) for word in words)
    among = eligible[: ledger.policy(QueuePolicy, event.at).draw_among]
    secret = holders.cohort(among[0].attempt.started.cohort)
    drawn = among[seeds.draw(secret, event.id, len(among))]
    return _effects(event, ledger, holders, mentor, drawn)


def waiting(ledger: Ledger, every: Sequence[Attempt], at: datetime) -> Iterator[Waiting]:
    """Yield the attempts that need a mentor at a moment, in no order."""
    for attempt in every:
        evaluated = attempt.last(Evaluated)
        if evaluated is None or not evaluated.record.counts:
            continue
        twin = _pinned(ledger, attempt)
        sitting = panel.panel(twin, attempt.records)
        if sitting.decision:
            continue
        claims = [(c.digest, c.record) for c in attempt.all(Claim) if c.record in sitting.claims]
        signed_off = [item.claim for item in sitting.reviewed]
        if len(sla.occupied(claims, signed_off, at)) < sitting.needed:
            returned = sla.is_returned(claims, signed_off, at)
            yield Waiting(attempt, twin, evaluated.record.at, returned)


def _pinned(ledger: Ledger, attempt: Attempt) -> Twin:
    return ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)


def _twin(event: Event, ledger: Ledger) -> str:
    found = _COMMAND.fullmatch(event.comment.strip())
    if found is None:
        raise Refused([NOT_A_COMMAND.at("the comment is not `/claim <twin>`")])
    if found[1] not in ledger.twins:
        known = ", ".join(ledger.twins)
        raise Refused([NOT_A_COMMAND.at(f"`{found[1]}` is not a twin; there are {known}")])
    return found[1]


def _mentor(event: Event, ledger: Ledger, holders: Holders) -> Mentor:
    account = seeds.subject(holders.subject, event.actor.number)
    for mentor in ledger.mentors:
        if mentor.account == account and eligibility.is_mentor_at(mentor, event.at):
            return mentor
    raise Refused([NOT_A_MENTOR.at("this account is no mentor's at present")])


def _reasons(
    ledger: Ledger,
    holders: Holders,
    mentor: Mentor,
    item: Waiting,
    every: Sequence[Attempt],
    at: datetime,
) -> Iterator[str]:
    rubric = scoring.rubric_digest(item.twin)
    calibrations = [c.record for c in ledger.calibrations(mentor.id, item.twin.id)]
    reviewed = [
        done.record.at
        for attempt in every
        for done in attempt.all(Reviewed)
        if done.record.mentor == mentor.id
    ]
    if reason := eligibility.uncalibrated(calibrations, rubric, reviewed, at):
        yield reason
    candidate = Candidate(
        started=item.attempt.started,
        claimed_by=tuple(c.record.mentor for c in item.attempt.all(Claim)),
        graded_before_by=tuple(_earlier_reviewers(ledger, holders, item.attempt)),
    )
    mentor_hash = seeds.hidden(holders.subject, "mentor", mentor.id)
    yield from eligibility.related(mentor, mentor_hash, candidate)


def _earlier_reviewers(ledger: Ledger, holders: Holders, attempt: Attempt) -> Iterator[str]:
    subject = attempt.started.subject
    for other in attempts.of_learner(ledger, holders.subject, subject, attempt.twin):
        if other.started.number < attempt.started.number:
            yield from (done.record.mentor for done in other.all(Reviewed))


def _effects(
    event: Event, ledger: Ledger, holders: Holders, mentor: Mentor, drawn: Waiting
) -> Effects:
    rubric = scoring.rubric_digest(drawn.twin)
    calibration = next(
        c
        for c in reversed(ledger.calibrations(mentor.id, drawn.twin.id))
        if c.record.rubric == rubric
    )
    signer = holders.signer("desk")
    number = len(drawn.attempt.all(Claim)) + 1
    record = sign(
        Claim(
            format=1,
            at=event.at,
            event=event.id,
            previous=drawn.attempt.tip,
            key=signer.key_id,
            attempt=drawn.attempt.id,
            number=number,
            mentor=mentor.id,
            due=sla.due(event.at, drawn.twin.mentor_sla_hours),
            calibration=CalibrationNow(
                record=calibration.digest,
                agreement=calibration.record.agreement,
                expires=calibration.record.expires,
            ),
        ),
        signer,
    )
    path = layout.claim(drawn.twin.id, drawn.attempt.id, number)
    grown = answering.grown(drawn.attempt, {path: record})
    return replace(
        _answer(event, ledger, holders, grown, record),
        records={path: write(record)},
        message=f"Claim attempt {drawn.attempt.id[:8]} at {drawn.twin.id}",
    )


def _answer(
    event: Event, ledger: Ledger, holders: Holders, attempt: Attempt, record: Claim
) -> Effects:
    """Tell the mentor what to grade, and the learner that somebody does."""
    return Effects(
        comment=assignment(record, _pinned(ledger, attempt)),
        notices=answering.notice(ledger, holders.subject, attempt, event),
    )


def assignment(record: Claim, twin: Twin) -> str:
    """Return what the mentor is told: which attempt, until when, and what to do next."""
    new = f"jobtwin review new {twin.id} {record.attempt} --out review.yml"
    lines = [
        f"**`{record.mentor}` grades attempt `{record.attempt}` at {twin.title}.**",
        "",
        f"Due {stamp(record.due)}, {twin.mentor_sla_hours} hours from the claim.",
        "After that the attempt goes back to the front of the queue.",
        "",
        f"    {new}",
        "    jobtwin review check review.yml",
        "    jobtwin review sign review.yml --key ~/.ssh/id_ed25519",
    ]
    return "\n".join(lines)
