"""Sealed attempts: their boxes are opened where the auditor holds the key, and else counted.

Without the key everything holds that rests on digests, moments and rulings. What an attempt's
learner has published is compared as if it had always lain open.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.grade import Claim, Decision, Published, Reviewed
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository.unsealing import OTHER_CONTENT, Look
from jobtwin.rules.replay import sealing as rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobtwin.acts.audit.organisation import Organisation
    from jobtwin.acts.audit.report import Notes
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Mentor
    from jobtwin.repository.history import Objects
    from jobtwin.repository.ledger import Attempt, Filed


@dataclass(slots=True)
class Sealed:
    """What lies in boxes, and which of them could be opened."""

    organisation: Organisation
    objects: Objects
    notes: Notes
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Cohort → its X25519 secret, for those that the auditor holds."""
    boxes: dict[tuple[str, int], bytes] = field(default_factory=dict)
    """(attempt, number) → the box of a review."""
    unopened: Counter[str] = field(default_factory=Counter)
    """Cohort → boxes that nobody opened here."""

    def take(
        self,
        attempt: Attempt,
        filed: Filed[LedgerRecord],
        files: Mapping[str, bytes],
        mentor: Mentor | None,
    ) -> None:
        """Open the boxes of a sealed attempt's record; `mentor` is the one of a claim."""
        record, cohort = filed.record, attempt.started.cohort
        gone = self.organisation.destroyed.get(cohort)
        self.notes.take(rules.check_after(record, filed.path, gone))
        if isinstance(record, Reviewed):
            path = layout.sealed_review(attempt.twin, attempt.id, record.number)
            self.boxes[attempt.id, record.number] = files.get(path, b"")
        if isinstance(record, Decision):
            self.notes.take(rules.check_reduced(record, filed.path))
        key = self.keys.get(cohort)
        if key is None:
            self.unopened[cohort] += _boxes_of(record) if self.notes.is_mine else 0
            return
        look = Look(attempt.started, key, self.objects.blob)
        match record:
            case Received():
                look.received(record)
            case Evaluated():
                look.evaluated(record)
            case Claim():
                look.claimed(record, mentor)
        self._note(look, filed.path)

    def signed(self, attempt: Attempt, sat: Iterable[Filed[Reviewed]]) -> dict[str, bytes]:
        """Return the reviews that can be opened here, each with its signature, by path."""
        key = self.keys.get(attempt.started.cohort)
        found: dict[str, bytes] = {}
        for item in sat if key else ():
            look = Look(attempt.started, key or b"", self.objects.blob)
            opened = look.reviewed(item.record, self.boxes[attempt.id, item.record.number])
            self._note(look, item.path)
            if opened:
                path = layout.review(attempt.twin, attempt.id, item.record.number)
                found |= {path: opened[0], f"{path}.sig": opened[1]}
        return found

    def publish(self, attempt: Attempt, filed: Filed[Published]) -> None:
        """Compare what was laid open with the records that were there before."""
        record = filed.record
        gone = self.organisation.destroyed.get(attempt.started.cohort)
        self.notes.take(rules.check_after(record, filed.path, gone))
        decided, given = attempt.last(Decision), [item.record for item in attempt.all(Reviewed)]
        against = decided.digest if decided else None
        self.notes.take(rules.check_published(record, filed.path, against, given))
        reading = bytes.fromhex(record.reading_key)
        look = Look(attempt.started, reading, self.objects.blob, is_published=True)
        for item in attempt.chain:
            if isinstance(item.record, Received):
                look.received(item.record)
            elif isinstance(item.record, Evaluated):
                look.evaluated(item.record)
        look.published(record, {item.digest: item.record for item in attempt.all(Received)})
        self._note(look, filed.path)
        if attempt.started.cohort not in self.keys:
            self.unopened[attempt.started.cohort] -= look.opened + len(given)

    def unchecked(self) -> Iterator[tuple[str, int]]:
        """Yield how many boxes were not opened, and whether anybody still can."""
        for cohort, many in self.unopened.items():
            gone = self.organisation.destroyed.get(cohort)
            if gone is None:
                words = f"what is in {{n}} box(es) of sealed cohort {cohort}: only its key tells."
                yield f"Not checked here: {words}", many
            else:
                words = (
                    f"what is in {{n}} box(es) of sealed cohort {cohort}. Its key was destroyed on "
                    f"{gone.at:%Y-%m-%d}; opened and compared before, its record says: "
                    f"{gone.opened:,}."
                )
                yield f"Not checkable any more: {words}", many

    def _note(self, look: Look, path: str) -> None:
        self.notes.take(OTHER_CONTENT.at(words, path) for words in look.wrong)
        for _ in range(look.opened):
            self.notes.count("sealed boxes opened")
        for _ in range(look.absent):
            self.notes.lack("sealed boxes")


def _boxes_of(record: LedgerRecord) -> int:
    match record:
        case Received():
            return bool(record.inbox) + bool(record.blinded)
        case Evaluated():
            return bool(record.answers)
        case Claim() | Reviewed() | Decision():
            return 1
        case _:
            return 0
