"""Which credentials rest on a mentor who has drifted, and what happens to each.

Read from records alone, so that everybody gets the same list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts.issue.deriving import attempt_of
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records.base import stamp
from jobtwin.records.grade import Decision, Reopened, Reviewed
from jobtwin.repository import drifts
from jobtwin.rules import drift
from jobtwin.rules.panel import is_settled
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.records.credential import Issued
    from jobtwin.records.grade import Review
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Filed, Ledger
    from jobtwin.rules.drift import Fate

NO_MENTOR = Code(
    "CAL-020",
    "there is no such mentor",
    why="The list is of one mentor's reviews.",
    fix="Name a mentor by the id under mentors/.",
)


@dataclass(frozen=True, slots=True)
class Resting:
    """A credential that rests on a review in doubt."""

    credential: str
    twin: str
    attempt: str
    reviewed: str
    """When the review in doubt was handed in."""
    fate: Fate
    why: str
    is_waiting: bool = False
    """Whether it was put before other mentors already, and they have not decided yet."""


def affected(ledger: Ledger, mentor: str) -> tuple[Resting, ...]:
    """Return what rests on a mentor's reviews since the last good round, the oldest first.

    Of a mentor whose grading never stopped counting it is empty. Raises `Refused`.
    """
    if ledger.mentor(mentor) is None:
        raise Refused([NO_MENTOR.at(f"{ascii(mentor)[:80]} is nobody's id")])
    doubts = _Doubts(ledger)
    found: list[Resting] = []
    for credential in ledger.credentials():
        if issued := [item.record for item in ledger.issued(credential)]:
            found += _resting(ledger, doubts, mentor, issued)
    return tuple(sorted(found, key=lambda one: (one.reviewed, one.credential)))


class _Doubts:
    """Which reviews are in doubt, each mentor's rounds read once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._spans: dict[tuple[str, str, str], tuple[drift.Span, ...]] = {}

    def covers(self, receipt: Reviewed, twin: Twin) -> bool:
        """Say whether a review was handed in since a last good round, and before a suspension."""
        key = (receipt.mentor, twin.id, rubric_digest(twin))
        if key not in self._spans:
            every = self._ledger.calibrations(receipt.mentor, twin.id)
            rounds = [item.record for item in every if item.record.rubric == key[2]]
            self._spans[key] = tuple(drift.spans(rounds, drifts.moments(self._ledger, *key)))
        return any(span.covers(receipt.at) for span in self._spans[key])


def _resting(
    ledger: Ledger, doubts: _Doubts, mentor: str, issued: Sequence[Issued]
) -> Iterator[Resting]:
    """Yield what becomes of a credential whose first file rests on a mentor's review in doubt."""
    attempt = attempt_of(ledger, issued[0].attempt)
    if attempt is None:
        return
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    decided = {item.digest: item.record for item in attempt.all(Decision)}
    for record in issued:
        decision = decided.get(record.decision)
        if decision is None:
            continue
        panel = [item for item in attempt.all(Reviewed) if item.digest in decision.reviews]
        doubtful = [item for item in panel if doubts.covers(item.record, twin)]
        mine = [item.record for item in doubtful if item.record.mentor == mentor]
        if mine:
            sound = [item for item in panel if item not in doubtful]
            fate, why, waits = _fate(ledger, attempt, twin, (decision, sound), issued[-1])
            when = stamp(mine[0].at)
            yield Resting(record.credential, twin.id, attempt.id, when, fate, why, waits)
            return


def _fate(
    ledger: Ledger,
    attempt: Attempt,
    twin: Twin,
    rests: tuple[Decision, list[Filed[Reviewed]]],
    now: Issued,
) -> tuple[Fate, str, bool]:
    """Return what happens to a credential, why, and whether others read the work already.

    `rests` is the decision that it rested on, with the reviews of it that are in no doubt; `now`
    its latest record.
    """
    decision, sound = rests
    if revoked := ledger.revoked(now.credential):
        return "revoked", f"it was revoked on {stamp(revoked.at)}", False
    last = attempt.all(Decision)[-1]
    if now.decision == last.digest and last.record.number > decision.number:
        return "superseded", f"it was signed again on {stamp(now.at)} after others decided", False
    if not is_settled(attempt.records):
        opened = attempt.all(Reopened)[-1].record.at
        return "reviewed again", f"others read it since {stamp(opened)}; it stands until then", True
    later = last.record if last.record.number > decision.number else None
    fate, why = drift.fate(twin, decision, [*_reviews(ledger, attempt, sound)], later)
    return fate, why, False


def _reviews(ledger: Ledger, attempt: Attempt, receipts: list[Filed[Reviewed]]) -> Iterator[Review]:
    for item in receipts:
        if found := ledger.review(attempt.twin, attempt.id, item.record.number):
            yield found
