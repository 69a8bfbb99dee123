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
from jobtwin.records.grade import Decision, Reviewed
from jobtwin.repository import drifts
from jobtwin.rules import drift
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def affected(ledger: Ledger, mentor: str) -> tuple[Resting, ...]:
    """Return what rests on a mentor's reviews since the last good round, the oldest first.

    Of a mentor whose grading never stopped counting it is empty. Raises `Refused`.
    """
    if ledger.mentor(mentor) is None:
        raise Refused([NO_MENTOR.at(f"{ascii(mentor)[:80]} is nobody's id")])
    doubts = _Doubts(ledger)
    found: list[Resting] = []
    for credential in ledger.credentials():
        if issued := ledger.issued(credential):
            found += _resting(ledger, doubts, mentor, issued[-1].record)
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


def _resting(ledger: Ledger, doubts: _Doubts, mentor: str, issued: Issued) -> Iterator[Resting]:
    attempt = attempt_of(ledger, issued.attempt)
    if attempt is None:
        return
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    decided = {item.digest: item.record for item in attempt.all(Decision)}
    if (decision := decided.get(issued.decision)) is None:
        return
    panel = [item for item in attempt.all(Reviewed) if item.digest in decision.reviews]
    doubtful = [item for item in panel if doubts.covers(item.record, twin)]
    mine = [item.record for item in doubtful if item.record.mentor == mentor]
    if not mine:
        return
    sound = [*_reviews(ledger, attempt, [item for item in panel if item not in doubtful])]
    later = next((item for item in decided.values() if item.number > decision.number), None)
    revoked = ledger.revoked(issued.credential)
    fate, why = drift.fate(twin, decision, sound, later, revoked.at if revoked else None)
    yield Resting(issued.credential, twin.id, attempt.id, stamp(mine[0].at), fate, why)


def _reviews(ledger: Ledger, attempt: Attempt, receipts: list[Filed[Reviewed]]) -> Iterator[Review]:
    for item in receipts:
        if found := ledger.review(attempt.twin, attempt.id, item.record.number):
            yield found.record
