"""appeal: a learner's `/appeal` brings another pair of mentors, once, against what was not cleared.

The decision stands until theirs. The pair sees what the first mentors saw, and nothing of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.grade import Appealed, Decision
from jobtwin.records.organisation import QueuePolicy
from jobtwin.repository import moments
from jobtwin.rules import panel
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt, Filed, Ledger

NOT_APPEALED = Code(
    "APP-001",
    "there is nothing to appeal against",
    why="An appeal is heard once for each attempt, in time, and only where it was not cleared.",
    fix="Read the decision's feedback; a retake, where one is left, begins with a new kit.",
)
_COMMAND = re.compile(r"/appeal[ \t]*")


def appeal(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Put a decided attempt into the queue again; raises `Refused` where it cannot be appealed.

    Answers the comment `/appeal` by the learner on the attempt's own pull request, and nothing
    else. The same again changes nothing.
    """
    attempt = answering.asked(event, ledger, holders.subject, _COMMAND)
    if attempt is None:
        return Effects()
    event = replace(event, at=moments.acting(ledger, event.at))
    if attempt.last(Appealed) and not panel.is_settled(attempt.records):
        return answering.answer(ledger, holders.subject, attempt, event)
    decided = attempt.last(Decision)
    if decided is None:
        raise Refused([NOT_APPEALED.at("the attempt is not decided yet")])
    days = ledger.pinned_policy(QueuePolicy, attempt.started).appeal_days
    heard = panel.was_heard(attempt.records)
    if reason := panel.not_appealable(decided.record, event.at, days, was_heard=heard):
        raise Refused([NOT_APPEALED.at(f"{reason}; it was decided {stamp(decided.record.at)}")])
    record = _record(event, attempt, decided, holders)
    path = layout.appealed(attempt.twin, attempt.id)
    grown = answering.grown(attempt, {path: record})
    return replace(
        answering.answer(ledger, holders.subject, grown, event),
        records={path: write(record)},
        message=f"Appeal against the decision on attempt {attempt.id[:8]} at {attempt.twin}",
    )


def _record(event: Event, attempt: Attempt, decided: Filed[Decision], holders: Holders) -> Appealed:
    signer = holders.signer("clock")
    return sign(
        Appealed(
            format=1,
            at=event.at,
            event=event.id,
            previous=attempt.tip,
            key=signer.key_id,
            attempt=attempt.id,
            decision=decided.digest,
        ),
        signer,
    )
