"""How a credential that rests on a drifted mentor gets a fresh review: others decide anew.

What comes of it follows from their decision alone: the credential stands where they say no less,
is signed again where they say less, and is revoked where the work was not passed. The acts that
sign and revoke do that; here the attempt only goes back into the queue.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.acts.calibrate import gold_sets
from jobtwin.acts.calibrate.affected import affected
from jobtwin.errors import EngineError
from jobtwin.forge import answering
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Decision, Reopened
from jobtwin.repository import moments
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from jobtwin.acts.calibrate.affected import Resting
    from jobtwin.forge.events import Event, Notice
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt, Ledger


def reopen(event: Event, ledger: Ledger, holders: Holders, twin_id: str, mentor: str) -> Effects:
    """Put back into a twin's queue whatever has to be reviewed again; raises `Refused`.

    That is every credential that `affected` says it of. What waits for others already stays as it
    is, so doing it twice changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    twin = gold_sets.need_twin(ledger, twin_id)
    resting = (one for one in affected(ledger, mentor) if one.twin == twin.id)
    due = [one for one in resting if one.fate == "reviewed again"]
    records: dict[str, bytes] = {}
    notices: list[Notice] = []
    for one in (one for one in due if not one.is_waiting):
        attempt = _attempt(ledger, one)
        record = _record(event, holders, attempt, mentor)
        path = layout.reopened(attempt.twin, attempt.id, record.number)
        records[path] = write(record)
        grown = answering.grown(attempt, {path: record})
        notices += answering.notice(ledger, holders.subject, grown, event)
    waiting = len(due) - len(records)
    return Effects(
        records=records,
        message=f"Reopen {len(records)} attempts that {mentor} graded" if records else "",
        comment=f"{len(records)} attempts are put before other mentors; {waiting} wait already.",
        notices=tuple(notices),
    )


def _attempt(ledger: Ledger, resting: Resting) -> Attempt:
    found = ledger.attempt(resting.twin, resting.attempt)
    if found is None:
        raise EngineError(f"attempt {resting.attempt} is not there", "run `jobtwin audit`")
    return found


def _record(event: Event, holders: Holders, attempt: Attempt, mentor: str) -> Reopened:
    signer, decided = holders.signer("desk"), attempt.all(Decision)[-1]
    record = Reopened(
        format=1,
        at=event.at,
        event=event.id,
        previous=attempt.tip,
        key=signer.key_id,
        attempt=attempt.id,
        number=len(attempt.all(Reopened)) + 1,
        decision=decided.digest,
        mentor=mentor,
    )
    return sign(record, signer)
