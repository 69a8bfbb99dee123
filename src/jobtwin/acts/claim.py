"""claim: a mentor's `/claim <twin>` draws an attempt; no mentor ever chooses one.

The queue is every on-time evaluated attempt without a decision, also below the bar. Overdue ones
stand in front, then the oldest evaluation; the draw is among the policy's first few.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.grade import CalibrationNow, Claim
from jobtwin.records.organisation import Mentor, QueuePolicy
from jobtwin.repository import moments, queues, sealed_parts
from jobtwin.rules import eligibility, relations, scoring, seeds, signature, sla
from jobtwin.rules.ledger import sign
from jobtwin.rules.queue import OF_AN_ATTEMPT, counted
from jobtwin.yamlfile import dump

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.queue import Asked

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
TAKEN = Code(
    "CLM-004",
    "somebody else was a moment faster",
    why="Each attempt is given to one mentor at a time, to the one whose record came first.",
    fix="Nothing is lost. Claim again later, or at another twin.",
)

_COMMAND = re.compile(r"/claim[ \t]+(jt-[a-z0-9-]{1,60})[ \t]*")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an operator knows of a new mentor; most of it is kept in hashes only."""

    mentor: str
    name: str
    key: str
    """`ssh-ed25519 AAAA…`"""
    since: datetime
    accounts: tuple[int, ...]
    """The first one claims."""
    mails: tuple[str, ...] = ()
    employer: str | None = None
    knows: tuple[int, ...] = ()
    """Accounts of learners."""


def enrolled(wish: Enrolment, secret: bytes) -> Mentor:
    """Return a mentor's file; raises `Refused` for what cannot stand in one."""
    others = {seeds.subject(secret, number) for number in wish.accounts[1:]}
    keys = [signature.fingerprint(wish.key)] if wish.key.startswith("ssh-ed25519 ") else []
    others |= {*relations.identities(secret, wish.mails, keys)}
    data = {
        "format": 1,
        "id": wish.mentor,
        "name": wish.name,
        "key": wish.key,
        "since": stamp(wish.since),
        "account": seeds.subject(secret, wish.accounts[0]),
        "identities": sorted(others),
        "relations": sorted(seeds.subject(secret, number) for number in wish.knows),
    }
    if wish.employer:
        data["employer"] = relations.employer(secret, wish.employer)
    return load(Mentor, dump(data), layout.mentor(wish.mentor)).record


def claim(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Draw an attempt for the mentor who commented; raises `Refused` with every reason.

    The same event again changes nothing.
    """
    asked_at = event.at
    event = replace(event, at=moments.acting(ledger, event.at))
    twin_id = _twin(event, ledger)
    mentor = _mentor(event, ledger, holders)
    if done := _done(event, ledger, twin_id, mentor):
        return _answer(event, ledger, holders, *done)
    policy = ledger.policy(QueuePolicy, event.at)
    queue = queues.register(ledger, twin_id, mentor, holders.subject)
    asked = queue.ask(mentor, twin_id, event.at, policy)
    if not asked.eligible:
        last = queue.last_claim(twin_id)
        raise Refused(_nothing(asked, twin_id, policy, is_race=bool(last and last >= asked_at)))
    drawn = asked.drawn(holders.cohort(asked.cohort), event.id)
    attempt = ledger.attempt(twin_id, drawn.candidate.attempt)
    if attempt is None:
        raise EngineError(f"attempt {drawn.candidate.attempt} is not there", "run `jobtwin audit`")
    return _effects(event, ledger, holders, mentor, attempt)


def _done(
    event: Event, ledger: Ledger, twin_id: str, mentor: Mentor
) -> tuple[Attempt, Claim] | None:
    """Return what this very event has claimed before, if it has."""
    for attempt in queues.claimed_by(ledger, twin_id, mentor):
        for item in attempt.all(Claim):
            if item.record.event == event.id:
                return attempt, item.record
    return None


def _nothing(
    asked: Asked, twin_id: str, policy: QueuePolicy, *, is_race: bool
) -> Iterator[Finding]:
    """Yield why there is nothing, each reason once; a few attempts are not counted exactly.

    No reason says which attempt it is about.
    """
    if asked.barred:
        yield NOTHING_TO_CLAIM.at(_sentence(asked.barred.words))
    elif not asked.excluded and is_race:
        yield TAKEN.at(f"another mentor's claim took the last attempt at `{twin_id}`")
    elif not asked.excluded:
        yield NOTHING_TO_CLAIM.at(f"No attempt at `{twin_id}` waits for a mentor.")
    for exclusion, many in counted(asked.excluded, policy.shown_from):
        if exclusion.reason in OF_AN_ATTEMPT:
            words = f"Of those that wait, not for you: {many}, because {exclusion.words}."
            yield NOTHING_TO_CLAIM.at(words)
        else:
            yield NOTHING_TO_CLAIM.at(_sentence(exclusion.words))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


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


def _effects(
    event: Event, ledger: Ledger, holders: Holders, mentor: Mentor, attempt: Attempt
) -> Effects:
    twin = _pinned(ledger, attempt)
    rubric = scoring.rubric_digest(twin)
    calibration = next(
        c for c in reversed(ledger.calibrations(mentor.id, twin.id)) if c.record.rubric == rubric
    )
    signer = holders.signer("desk")
    number, cohort = len(attempt.all(Claim)) + 1, attempt.started.cohort
    reading = None
    if attempt.started.sealed_to:
        reading = sealed_parts.handed_to(mentor, attempt.id, holders.cohort_key(cohort))
    record = sign(
        Claim(
            format=1,
            at=event.at,
            event=event.id,
            previous=attempt.tip,
            key=signer.key_id,
            attempt=attempt.id,
            number=number,
            review_id=seeds.review_id(holders.cohort(cohort), attempt.id, number),
            mentor=mentor.id,
            due=sla.due(event.at, twin.mentor_sla_hours),
            calibration=CalibrationNow(
                record=calibration.digest,
                agreement=calibration.record.agreement,
                expires=calibration.record.expires,
            ),
            reading=reading,
        ),
        signer,
    )
    path = layout.claim(twin.id, attempt.id, number)
    grown = answering.grown(attempt, {path: record})
    return replace(
        _answer(event, ledger, holders, grown, record),
        records={path: write(record)},
        message=f"Claim review {record.review_id[:8]} at {twin.id}",
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
    """Return what the mentor is told: which review, until when, and what to do next."""
    form = f"review-{record.review_id[:8]}/review.yml"
    half = sla.half(record)
    key = " --key ~/.ssh/id_ed25519"
    lines = [
        f"**`{record.mentor}` reviews `{record.review_id}` at {twin.title}.**",
        "",
        f"Due {stamp(record.due)}, {twin.mentor_sla_hours} hours from the claim.",
        f"A reminder comes after half of them, {stamp(half)}.",
        "After that the attempt goes back to the front of the queue, and not to you again.",
        "",
        f"    jobtwin review next --review {record.review_id}{key * bool(record.reading)}",
        f"    jobtwin review check {form}",
        f"    jobtwin review submit {form}{key}",
    ]
    return "\n".join(lines)
