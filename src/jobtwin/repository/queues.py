"""The queue of a twin as a commit has it, read without reading all that was ever graded.

Of an attempt that is settled, only what the asking mentor has to do with it is read.
"""

from __future__ import annotations

import re
from itertools import count, takewhile
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.base import stamp
from jobtwin.records.grade import Claim
from jobtwin.records.organisation import QueuePolicy
from jobtwin.records.submission import Started
from jobtwin.repository import attempts, drifts
from jobtwin.rules import eligibility
from jobtwin.rules.queue import Register
from jobtwin.rules.waits import WINDOW, wait
from jobtwin.rules.waits import figures as figures_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Filed, Ledger
    from jobtwin.rules.waits import Figures, Wait

_AT = re.compile(rb"^at: ['\"]?([0-9TZ:-]{20})", re.MULTILINE)


def register(
    ledger: Ledger, twin_id: str, mentor: Mentor | None = None, secret: bytes = b""
) -> Register:
    """Return the queue of a twin, complete for a claim of this mentor.

    Without a mentor everything of the twin is taken in. `secret` is the subject secret: by it the
    mentor's own attempts at other twins are found.
    """
    found = Register(ledger.mentors)
    names = found.names(mentor) if mentor else ()
    every = _needed(ledger, twin_id, names) if mentor else ledger.attempts(twin_id)
    for attempt in every:
        take(found, ledger, attempt)
    for known in ledger.mentors:
        if mentor is None or known.id == mentor.id or drifts.may_have(ledger, known.id, twin_id):
            _take_rounds(found, ledger, known.id, twin_id)
    if mentor is not None:
        for attempt in _own(ledger, twin_id, mentor, secret):
            take(found, ledger, attempt)
    return found


def stuck(
    ledger: Ledger,
    twin_id: str,
    at: datetime,
    secret: bytes | None = None,
    names: Iterable[str] | None = None,
) -> tuple[str, ...]:
    """Return the attempts at a twin that wait and that every mentor is excluded from, in order.

    With the subject `secret`, what mentors did as learners elsewhere, and what they graded before,
    is looked at as well. Without it only what waits is read: an attempt may be missing then.
    `names` are the attempts to look at, where they are known.
    """
    queue = Register(ledger.mentors)
    for name in ids(ledger, twin_id) if names is None else names:
        is_wanted = secret is not None or not _is_settled(ledger, twin_id, name)
        if is_wanted and (attempt := ledger.attempt(twin_id, name)):
            take(queue, ledger, attempt)
    if not queue.waiting(twin_id, at):
        return ()
    mentors = [mentor for mentor in ledger.mentors if eligibility.is_mentor_at(mentor, at)]
    for mentor in mentors:
        _take_rounds(queue, ledger, mentor.id, twin_id)
        for attempt in _own(ledger, twin_id, mentor, secret) if secret else ():
            if attempt.twin != twin_id:
                take(queue, ledger, attempt)
    return queue.stuck(twin_id, mentors, at)


def _take_rounds(queue: Register, ledger: Ledger, mentor: str, twin_id: str) -> None:
    for calibrated in ledger.calibrations(mentor, twin_id):
        queue.calibrate(calibrated.record)
    for drifted in ledger.drifts(mentor, twin_id):
        queue.suspend(mentor, twin_id, drifted.record.at)


def take(queue: Register, ledger: Ledger, attempt: Attempt) -> None:
    """Take all records of an attempt in."""
    first, *later = attempt.chain
    if isinstance(first.record, Started):
        twin = ledger.pinned_twin(first.record.twin_tree, attempt.twin)
        queue.start(first.record, first.digest, twin)
    for item in later:
        queue.take(attempt.id, item.digest, item.record)


def _needed(ledger: Ledger, twin_id: str, mentor: Collection[str]) -> Iterator[Attempt]:
    """Yield the attempts that are not settled, and the settled ones that the mentor claimed.

    `mentor` are the ids of all his files.
    """
    for name in ids(ledger, twin_id):
        if _is_settled(ledger, twin_id, name) and not any(
            _names(ledger, twin_id, name, known) for known in mentor
        ):
            continue
        if attempt := ledger.attempt(twin_id, name):
            yield attempt


def claimed_by(ledger: Ledger, twin_id: str, mentor: Mentor) -> Iterator[Attempt]:
    """Yield every attempt at a twin that a mentor may ever have claimed."""
    for name in ids(ledger, twin_id):
        if _names(ledger, twin_id, name, mentor.id) and (found := ledger.attempt(twin_id, name)):
            yield found


def claim_of(ledger: Ledger, twin_id: str, review_id: str) -> tuple[Attempt, Filed[Claim]] | None:
    """Return the claim that a review id was given to, with its attempt; None without one."""
    for name in ids(ledger, twin_id):
        if not _names(ledger, twin_id, name, review_id):
            continue
        attempt = ledger.attempt(twin_id, name)
        for item in attempt.all(Claim) if attempt else ():
            if attempt and item.record.review_id == review_id:
                return attempt, item
    return None


def ids(ledger: Ledger, twin_id: str) -> Iterator[str]:
    """Yield the ids of all attempts at a twin, sorted."""
    for shard in ledger.tree.names(f"submissions/{twin_id}"):
        yield from ledger.tree.names(f"submissions/{twin_id}/{shard}")


def waits(ledger: Ledger, twin_id: str, at: datetime) -> list[Wait]:
    """Return the waits at a twin that its figures at a moment are made of.

    Attempts that were decided before are passed over by the moment in their decision's bytes.
    """
    since = stamp(at - WINDOW).encode("ascii")
    found = []
    for name in ids(ledger, twin_id):
        if ledger.tree.read(layout.expired(twin_id, name)) is not None:
            continue
        decision = _AT.search(ledger.tree.read(layout.decision(twin_id, name)) or b"")
        if decision and decision[1] <= since:
            continue
        attempt = ledger.attempt(twin_id, name)
        if attempt and (one := wait(attempt.records, at)):
            found.append(one)
    return found


def figures(ledger: Ledger, twin: Twin, at: datetime) -> Figures:
    """Return the figures of a twin's queue at a moment."""
    shown_from = ledger.policy(QueuePolicy, at).shown_from
    found = waits(ledger, twin.id, at)
    return figures_of(found, at, twin.mentor_sla_hours, shown_from)


def _is_settled(ledger: Ledger, twin_id: str, name: str) -> bool:
    """Say whether an attempt wants no mentor any more, by which of its files are there."""
    if ledger.tree.read(layout.expired(twin_id, name)) is not None:
        return True
    number = 1 + (ledger.tree.read(layout.appealed(twin_id, name)) is not None)
    numbered = (layout.reopened(twin_id, name, n) for n in count(1))
    number += sum(1 for _ in takewhile(lambda path: ledger.tree.read(path) is not None, numbered))
    return ledger.tree.read(layout.decision(twin_id, name, number)) is not None


def _names(ledger: Ledger, twin_id: str, name: str, text: str) -> bool:
    """Say whether a mentor's or a review's id stands in the bytes of one of an attempt's claims."""
    number = 1
    while (content := ledger.tree.read(layout.claim(twin_id, name, number))) is not None:
        if text.encode("utf-8") in content:
            return True
        number += 1
    return False


def _own(ledger: Ledger, twin_id: str, mentor: Mentor, secret: bytes) -> Iterator[Attempt]:
    """Yield the mentor's own attempts as a learner, except those that are in the queue anyway."""
    subjects: Sequence[str] = (mentor.account, *mentor.identities)
    for other in ledger.twins:
        for subject in subjects:
            for attempt in attempts.of_learner(ledger, secret, subject, other):
                if other != twin_id or _is_settled(ledger, twin_id, attempt.id):
                    yield attempt
