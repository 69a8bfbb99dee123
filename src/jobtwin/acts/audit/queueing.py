"""The queue as it was at each commit: every claim is ruled again, and drawn again in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records.submission import Started
from jobtwin.rules.queue import Register
from jobtwin.rules.replay import queueing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.acts.audit.organisation import Organisation
    from jobtwin.acts.audit.report import Notes
    from jobtwin.records.calibration import Calibrated, Drifted
    from jobtwin.records.grade import Claim, Reviewed
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Filed
    from jobtwin.rules.queue import Asked


@dataclass(slots=True)
class Queueing:
    """The queue so far, and the claims whose draw waits for a cohort's secret."""

    organisation: Organisation
    notes: Notes
    is_whole: bool = True
    """Whether every attempt is taken in: otherwise nobody can say what else was waiting."""
    register: Register = field(init=False)
    _cohorts: dict[str, str] = field(default_factory=dict)
    """Attempt → its cohort."""
    _draws: dict[str, list[tuple[str, Claim, Asked]]] = field(default_factory=dict)
    """Cohort whose secret draws → claims."""
    _names: dict[str, list[tuple[str, Claim]]] = field(default_factory=dict)
    """Cohort of the attempt → claims."""

    def __post_init__(self) -> None:
        self.register = Register(self.organisation.mentors.values())

    def take(self, filed: Filed[LedgerRecord], attempt: str, twin: Twin | None) -> None:
        """Take a record in, once it has been judged; what has no twin is left out."""
        record = filed.record
        if isinstance(record, Started):
            if twin is not None:
                self._cohorts[record.attempt] = record.cohort
                self.register.start(record, filed.digest, twin)
            return
        self.register.take(attempt, filed.digest, record)

    def calibrate(self, record: Calibrated) -> None:
        """Take in what a round came to."""
        self.register.calibrate(record)

    def suspend(self, record: Drifted) -> None:
        """Take in that a mentor's grading counts no more."""
        self.register.suspend(record.mentor, record.twin, record.at)

    def review(self, record: Reviewed, path: str) -> None:
        """Judge whether the mentor's grading still counted."""
        if record.attempt in self._cohorts:
            twin_id = self.register.twin_of(record.attempt)
            stopped = self.register.stopped(record.mentor, twin_id, record.claim)
            self.notes.take(queueing.check_stopped(record, path, stopped))

    def claim(self, record: Claim, path: str, mentor: Mentor | None) -> None:
        """Judge whether the mentor was eligible and the attempt's turn had come."""
        policy = self.organisation.queue_policy(record.at)
        if mentor is None or policy is None or record.attempt not in self._cohorts:
            return
        twin_id = self.register.twin_of(record.attempt)
        against = self.register.against(mentor, record.attempt, record.at, policy)
        self.notes.take(queueing.check_mentor(record, path, against))
        self.notes.count("claims against relations and calibrations")
        if not self.is_whole:
            return
        asked = self.register.ask(mentor, twin_id, record.at, policy)
        if not against:
            self.notes.take(queueing.check_turn(record, path, asked))
        if asked.eligible:
            self._draws.setdefault(asked.cohort, []).append((path, record, asked))
        cohort = self._cohorts[record.attempt]
        self._names.setdefault(cohort, []).append((path, record))

    def names(self, mentor: str) -> frozenset[str]:
        """Return the ids of all mentor files that are the same person's as the one with an id."""
        known = (one for one in self.organisation.mentors.values() if one.id == mentor)
        return frozenset((mentor,)).union(*map(self.register.names, known))

    def unchecked(self) -> Iterator[tuple[str, int]]:
        """Yield what waits for a secret."""
        for cohort, claims in self._draws.items():
            yield (
                (
                    f"Not yet checkable: the draws of {{n}} claim(s) by cohort {cohort}, until "
                    "its secret is revealed."
                ),
                len(claims),
            )

    def reveal(self) -> None:
        """Draw again every claim whose cohort's secret is out."""
        for cohort, secret in self.organisation.revealed.items():
            for path, record, asked in self._draws.pop(cohort, ()):
                self.notes.turn(path)
                self.notes.take(queueing.check_draw(record, path, asked, secret))
                self.notes.count("draws by the revealed secret")
            for path, record in self._names.pop(cohort, ()):
                self.notes.turn(path)
                self.notes.take(queueing.check_review_id(record, path, secret))
