"""The end of a cohort's key: it is destroyed, and sealed work or a pack that nobody saw is gone.

The record is written before the key goes, after one last look with it: from then on nothing else
says that the boxes held what the records say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.acts.seal import packing
from jobtwin.errors import GitError, Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.grade import Claim, Published, Reviewed
from jobtwin.records.organisation import Destroyed, QueuePolicy
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import moments, packs
from jobtwin.repository.unsealing import OTHER_CONTENT, Look
from jobtwin.rules import ending
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.organisation import Cohort
    from jobtwin.repository.ledger import Attempt, Ledger

NOT_YET = Code(
    "SEL-003",
    "the cohort's key cannot be destroyed yet",
    why="Whoever still has to judge, or may still appeal, needs what is sealed to it.",
    fix="Wait until every attempt is decided and no appeal is possible; `jobtwin sweep` says what "
    "waits.",
)
NO_KEY = Code(
    "SEL-004",
    "this is not a cohort's key that may be destroyed",
    why="Only where work is sealed, or a pack, is there something that ends with the key.",
    fix="Name a cohort that is sealed or has a pack by its id, and hold its own key.",
)


def destroy(event: Event, ledger: Ledger, holders: Holders, cohort_id: str) -> Effects:
    """Say on record that a cohort's key is destroyed; raises `Refused` with every reason.

    The key itself is for whoever holds it: it must be gone everywhere after this. The same again
    changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    cohort = _cohort(ledger, cohort_id)
    path = layout.destroyed(cohort.id)
    if done := ledger.load(Destroyed, path):
        return Effects(comment=_told(done.record))
    key = holders.cohort_key(cohort.id)
    if sealing.public_half(key).hex() != cohort.sealed_to:
        raise Refused([NO_KEY.at(f"the key that is here is not the one of `{cohort.id}`")])
    attempts = list(_attempts(ledger, cohort))
    if waiting := list(_waiting(ledger, cohort, attempts, event.at)):
        raise Refused(waiting)
    pack = bool(packing.opened(ledger, cohort.id, key))
    opened = _looked_at(ledger, attempts, key) + pack
    signer = holders.signer("clock")
    record = sign(
        Destroyed(
            format=1,
            at=event.at,
            event=event.id,
            key=signer.key_id,
            cohort=cohort.id,
            sealed_to=cohort.sealed_to,
            attempts=len(attempts),
            opened=opened,
        ),
        signer,
    )
    return Effects(
        records={path: write(record)},
        message=f"The key of cohort {cohort.id} is destroyed",
        comment=_told(record),
    )


def _cohort(ledger: Ledger, cohort_id: str) -> Cohort:
    cohort = next((item for item in ledger.cohorts if item.id == cohort_id), None)
    if cohort is None or not (cohort.visibility == "sealed" or packs.of_cohort(ledger, cohort.id)):
        name = ascii(cohort_id)[:40]
        raise Refused([NO_KEY.at(f"there is no cohort {name} that is sealed or has a pack")])
    return cohort


def _attempts(ledger: Ledger, cohort: Cohort) -> Iterator[Attempt]:
    return (one for one in ledger.every_attempt() if one.started.cohort == cohort.id)


def _waiting(
    ledger: Ledger, cohort: Cohort, attempts: list[Attempt], at: datetime
) -> Iterator[Finding]:
    """Yield what the key is still needed for."""
    if at < cohort.closes:
        yield NOT_YET.at(f"attempts may begin until {stamp(cohort.closes)}")
    pack = packs.of_cohort(ledger, cohort.id)
    if pack and pack.end == "revealed" and not ledger.tree.read(layout.unpacked(cohort.id)):
        yield NOT_YET.at("its pack is to be revealed, and is not yet: `jobtwin sweep` does that")
    for attempt in attempts:
        days = ledger.pinned_policy(QueuePolicy, attempt.started).appeal_days
        if not ending.is_over(attempt.records, at, days):
            message = f"attempt {attempt.id} at {attempt.twin} is not decided, or can be appealed"
            yield NOT_YET.at(message)


def _looked_at(ledger: Ledger, attempts: list[Attempt], key: bytes) -> int:
    """Return how many boxes were opened and compared; raises `Refused` where one is not right."""
    looks = [_look(ledger, one, key) for one in attempts if one.started.sealed_to]
    found = [
        OTHER_CONTENT.at(f"attempt {look.attempt} at {look.twin}: {words}")
        for look in looks
        for words in (*look.wrong, *(["an archive is not in this clone"] if look.absent else []))
    ]
    if found:
        raise Refused(found)
    return sum(look.opened for look in looks)


def _look(ledger: Ledger, attempt: Attempt, key: bytes) -> Look:
    def blob(place: str) -> bytes | None:
        try:
            return ledger.tree.git.run("cat-file", "blob", place)
        except GitError:
            return None

    look = Look(attempt.started, key, blob)
    for record in attempt.records:
        match record:
            case Received():
                look.received(record)
            case Evaluated():
                look.evaluated(record)
            case Claim():
                look.claimed(record, ledger.mentor(record.mentor))
            case Reviewed():
                path = layout.sealed_review(attempt.twin, attempt.id, record.number)
                look.reviewed(record, ledger.tree.read(path) or b"")
    if shown := ledger.load(Published, layout.published(attempt.twin, attempt.id)):
        look.published(shown.record, {i.digest: i.record for i in attempt.all(Received)})
    return look


def _told(record: Destroyed) -> str:
    return (
        f"**The key of cohort `{record.cohort}` is destroyed, as of {stamp(record.at)}.** "
        f"{record.opened} boxes of {record.attempts} attempts were opened and compared before. "
        "Now remove it from JOBTWIN_COHORT_KEYS in every environment, and every copy: only then "
        "is it so."
    )
