"""The attempts as they were at each commit: every new record is judged by those before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.acts.audit import archives
from jobtwin.acts.audit.queueing import Queueing
from jobtwin.acts.audit.sealed import Sealed
from jobtwin.records import layout
from jobtwin.records.calibration import Calibrated
from jobtwin.records.grade import (
    Appealed,
    Claim,
    Decision,
    Published,
    Reopened,
    Review,
    Reviewed,
)
from jobtwin.records.submission import Evaluated, Expired, Received, Started
from jobtwin.repository.attempts import state
from jobtwin.repository.ledger import Attempt, Filed
from jobtwin.rules import award, forcing, opening, panel, receipts, scoring
from jobtwin.rules.replay import clock, desk, drifts, panels, reporting, seeding, telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.acts.audit.organisation import Organisation
    from jobtwin.acts.audit.packs import Packs
    from jobtwin.acts.audit.report import Notes
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.history import Objects
    from jobtwin.rules.panel import Panel


@dataclass(slots=True)
class Attempts:
    """Every attempt so far, by the folder of its submission."""

    organisation: Organisation
    objects: Objects
    notes: Notes
    packs: Packs
    known: dict[str, Attempt] = field(default_factory=dict)
    by_id: dict[str, str] = field(default_factory=dict)
    """Attempt → the folder of its submission."""
    of_learner: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(subject, twin) → folders, in the order of starting."""
    reviews: dict[str, Review] = field(default_factory=dict)
    """Digest of the receipt → review, until the decision."""
    calibrated: dict[str, Calibrated] = field(default_factory=dict)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Cohort → the key of its boxes, for those that the auditor holds."""
    queue: Queueing = field(init=False)
    sealed: Sealed = field(init=False)
    seeds_open: dict[str, list[tuple[str, Started]]] = field(default_factory=dict)
    """Cohort → starts whose seeds wait for the secret."""

    def __post_init__(self) -> None:
        self.queue = Queueing(self.organisation, self.notes)
        self.sealed = Sealed(self.organisation, self.objects, self.notes, self.keys)

    def take(self, folder: str, filed: Filed[LedgerRecord], files: Mapping[str, bytes]) -> None:
        """Judge a record and keep it; `files` are what its commit added beside records."""
        record, path = filed.record, filed.path
        if isinstance(record, Started):
            self._start(folder, record, path)
            self.known[folder] = Attempt(record.twin, record.attempt, (filed,))
            self.by_id[record.attempt] = folder
            twin = self.organisation.twin(record.twin_tree)
            self.queue.take(filed, record.attempt, twin)
            return
        if isinstance(record, Published):
            self._publish(Filed(path, filed.digest, record), files)
            return
        attempt = self.known.get(folder)
        if attempt is None or record.at < attempt.started.at:
            early = clock.OUT_OF_ORDER.at("the attempt had not started", path)
            self.notes.take([early])
            return
        twin = self.organisation.twin(attempt.started.twin_tree)
        if attempt.started.sealed_to and self.notes.is_mine:
            mentor = self._mentor(record.mentor) if isinstance(record, Claim) else None
            self.sealed.take(attempt, filed, files, mentor)
        if twin is not None and self.notes.is_mine:
            self._judge(attempt, twin, filed, files)
        self.known[folder] = Attempt(attempt.twin, attempt.id, (*attempt.chain, filed))
        self.queue.take(filed, attempt.id, twin)

    def calibrate(self, filed: Filed[Calibrated]) -> None:
        """Keep what a round came to, for the claims that name it."""
        self.calibrated[filed.digest] = filed.record
        self.queue.calibrate(filed.record)

    def reveal(self) -> None:
        """Check the seeds of every attempt whose cohort's secret is out."""
        for cohort in self.organisation.revealed.keys() & self.seeds_open.keys():
            for path, record in self.seeds_open.pop(cohort):
                secret = self.organisation.revealed[cohort]
                self.notes.turn(path)
                self.notes.take(seeding.check_seeds(record, path, secret))
                self.notes.count("seeds against their commitment")
        self.queue.reveal()

    def _start(self, folder: str, record: Started, path: str) -> None:
        organisation = self.organisation
        twin = organisation.twin(record.twin_tree)
        self.notes.take(
            clock.check_started(
                record,
                path,
                twin,
                organisation.twin_trees.get(record.twin),
                organisation.cohorts.get(record.cohort),
                organisation.in_force(record.at),
            )
        )
        mine = self.of_learner.setdefault((record.subject, record.twin), [])
        states = [state(self.known[earlier]) for earlier in mine]
        if record.number != len(mine) + 1:
            message = f"it is number {record.number}, after {len(mine)} of this learner"
            self.notes.take([seeding.DRAWN_TWICE.at(message, path)])
        elif "open" in states:
            message = "an earlier attempt of this learner was still open"
            self.notes.take([seeding.DRAWN_TWICE.at(message, path)])
        elif twin:
            used = opening.used([opening.Earlier(item) for item in states])
            if used >= opening.attempts_allowed(twin):
                message = f"all {used} attempts were used already"
                self.notes.take([seeding.DRAWN_TWICE.at(message, path)])
        mine.append(folder)
        if record.cohort in organisation.revealed:
            message = f"the secret of cohort `{record.cohort}` was out already"
            self.notes.take([seeding.OTHER_SEED.at(message, path)])
        self.packs.start(record, path)
        if self.notes.is_mine:
            self.seeds_open.setdefault(record.cohort, []).append((path, record))

    def _judge(
        self,
        attempt: Attempt,
        twin: Twin,
        filed: Filed[LedgerRecord],
        files: Mapping[str, bytes],
    ) -> None:
        record, path = filed.record, filed.path
        grace = self.organisation.grace(attempt.started.at)
        if isinstance(record, Received | Evaluated | Claim | Reviewed | Reopened):
            before = len(attempt.all(type(record)))
            self.notes.take(clock.check_number(record.number, before, path))
        match record:
            case Received():
                earlier = (item.record for item in attempt.all(Received))
                over = _is_over(attempt) or receipts.is_after_final(earlier, record.at)
                found = clock.check_received(record, path, attempt.started, over, grace)
                self.notes.take(found)
                is_sealed = attempt.started.sealed_to is not None
                checks = forcing.check_self_checks(record, path, twin, is_sealed=is_sealed)
                self.notes.take(checks)
                archives.check(record, path, self.objects, self.notes)
            case Evaluated():
                every = [(item.digest, item.record) for item in attempt.all(Received)]
                self.notes.take(
                    clock.check_evaluated(record, path, attempt.started, twin, every, grace)
                )
                if _is_over(attempt):
                    self.notes.take([clock.OUT_OF_ORDER.at("the attempt was closed already", path)])
                self.packs.evaluate(record, path, attempt.started)
                self.notes.take(
                    telling.check_told(record, path, twin, attempt.started, every, grace)
                )
                self._check_report(record, twin, files)
                if attempt.started.sealed_to is None:
                    archives.check(record, path, self.objects, self.notes)
            case Expired():
                self.notes.take(clock.check_expired(record, path, attempt.started, grace))
            case Claim():
                calibration = self.calibrated.get(record.calibration.record)
                mentor = self._mentor(record.mentor)
                self.notes.take(desk.check_claim(record, path, twin, mentor, calibration))
                self.queue.claim(record, path, mentor)
                if not _is_over(attempt):
                    early = clock.OUT_OF_ORDER.at("the attempt was not evaluated yet", path)
                    self.notes.take([early])
            case _:
                self._hear(attempt, twin, filed, files)

    def _hear(
        self,
        attempt: Attempt,
        twin: Twin,
        filed: Filed[LedgerRecord],
        files: Mapping[str, bytes],
    ) -> None:
        """Judge what became of a claimed attempt: its reviews, decisions and its appeal."""
        record, path = filed.record, filed.path
        match record:
            case Reviewed():
                is_appeal = panel.is_appeal(attempt.records)
                is_private = attempt.started.sealed_to is not None
                self.notes.take(panels.check_sealing(record, path, twin, is_appeal, is_private))
                earlier = [item.record for item in attempt.all(Reviewed)]
                names = self.queue.names(record.mentor)
                self.notes.take(panels.check_reviewer(record, path, earlier, names))
                self.queue.review(record, path)
                if not record.sealed:
                    self._review(attempt, (path, filed.digest), record, files)
            case Appealed():
                decided = attempt.last(Decision)
                against = (decided.digest, decided.record) if decided else None
                days = self.organisation.appeal_days(attempt.started.at)
                heard = panel.was_heard(attempt.records)
                self.notes.take(panels.check_appealed(record, path, against, days, heard))
            case Reopened():
                self._reopen(attempt, twin, record, path)
            case Decision():
                self._decide(attempt, twin, record, path, files)

    def _reopen(self, attempt: Attempt, twin: Twin, record: Reopened, path: str) -> None:
        decided = attempt.last(Decision) if panel.is_settled(attempt.records) else None
        against = (decided.digest, decided.record) if decided else None
        rested = decided.record.reviews if decided else ()
        receipts_of = [item.record for item in attempt.all(Reviewed) if item.digest in rested]
        found = drifts.check_reopened(
            record, path, twin, against, receipts_of, self.queue.register.spans
        )
        self.notes.take(found)

    def _check_report(self, record: Evaluated, twin: Twin, files: Mapping[str, bytes]) -> None:
        path = layout.report(twin.id, record.attempt, record.number)
        if record.report and path in files:
            self.notes.take(reporting.check_report(record, path, twin, files[path]))
            self.notes.count("reports against their evaluations")

    def _mentor(self, name: str) -> Mentor | None:
        found = self.organisation.mentors.values()
        return next((mentor for mentor in found if mentor.id == name), None)

    def _review(
        self,
        attempt: Attempt,
        filed: tuple[str, str],
        record: Reviewed,
        files: Mapping[str, bytes],
    ) -> None:
        """Judge a review that lies open; `filed` is path and digest of its receipt."""
        path = filed[0].replace("/reviewed-", "/review-")
        signed = files.get(path, b""), files.get(f"{path}.sig", b"")
        review = self.organisation.read(Review, signed[0], path)
        if review is None:
            return
        claims = {item.digest: item.record for item in attempt.all(Claim)}
        mentor, claim = self._mentor(record.mentor), claims.get(record.claim)
        check = self.organisation.answers.check_signature
        self.notes.take(desk.check_reviewed(record, filed[0], review, signed, claim, mentor, check))
        self.notes.count("signatures of mentors")
        self.reviews[filed[1]] = review

    def _decide(
        self,
        attempt: Attempt,
        twin: Twin,
        record: Decision,
        path: str,
        files: Mapping[str, bytes],
    ) -> None:
        evaluated = attempt.last(Evaluated)
        sitting = self._panel(attempt, twin)
        sat = [item for item in attempt.all(Reviewed) if item.record in sitting.came]
        is_private = attempt.started.sealed_to is not None
        opened = self.sealed.signed(attempt, sat) if is_private else files
        for item in sat:
            if item.record.sealed and (opened or not is_private):
                self._review(attempt, (item.path, item.digest), item.record, opened)
        reviewed = [item.digest for item in sat if item.record in sitting.reviewed]
        reviews = [self.reviews.pop(item) for item in reviewed if item in self.reviews]
        if sitting.decision:
            closed = clock.OUT_OF_ORDER.at("the attempt was decided already", path)
            self.notes.take([closed])
        if evaluated is None or record.evaluation != evaluated.digest:
            message = "it does not rest on the attempt's last evaluation"
            self.notes.take([desk.WRONG_VERDICT.at(message, path)])
            return
        if list(record.reviews) != reviewed:
            message = "it does not rest on the attempt's reviews"
            self.notes.take([desk.WRONG_SCORE.at(message, path)])
        if is_private and len(reviews) < len(reviewed):
            self.notes.take(desk.check_unopened(record, path, twin, evaluated.record))
        else:
            self._compare(record, path, twin, evaluated.record, sitting, reviews)
        self.notes.count("verdicts computed again")
        started = attempt.started
        mine = [self.known[item] for item in self.of_learner[started.subject, started.twin]]
        used = opening.used([opening.Earlier(state(item)) for item in mine])
        this = award.Decided(attempt.id, record.overall, record.verdict == "pass")
        decided = [
            award.Decided(other.id, done.record.overall, done.record.verdict == "pass")
            for other in mine
            if (done := other.last(Decision)) and other.id != attempt.id
        ]
        self.notes.take(desk.check_binding(record, path, twin, used, [*decided, this]))

    def _compare(
        self,
        record: Decision,
        path: str,
        twin: Twin,
        evaluated: Evaluated,
        sitting: Panel,
        reviews: list[Review],
    ) -> None:
        """Judge a decision by its reviews."""
        of_appeal = sitting.is_appeal
        found = desk.check_decision(record, path, twin, evaluated, reviews, of_appeal)
        self.notes.take(found)
        if len(reviews) == len(sitting.reviewed) > 0:
            self.notes.take(panels.check_panel(record, path, twin, sitting, reviews))

    def _publish(self, filed: Filed[Published], files: Mapping[str, bytes]) -> None:
        """Judge what was laid open of a sealed attempt as if it had always lain so."""
        if not self.notes.is_mine:
            return
        attempt = self.known.get(self.by_id.get(filed.record.attempt, ""))
        decided = attempt.last(Decision) if attempt else None
        evaluated = attempt.last(Evaluated) if attempt else None
        twin = self.organisation.twin(attempt.started.twin_tree) if attempt else None
        if attempt is None or decided is None or evaluated is None or twin is None:
            early = clock.OUT_OF_ORDER.at("the attempt was not decided", filed.path)
            self.notes.take([early])
            return
        self.sealed.publish(attempt, filed)
        for item in attempt.all(Reviewed):
            self._review(attempt, (item.path, item.digest), item.record, files)
        sitting = self._panel(attempt, twin)
        rested = [item.digest for item in attempt.all(Reviewed) if item.record in sitting.reviewed]
        reviews = [self.reviews[item] for item in rested if item in self.reviews]
        self._compare(decided.record, decided.path, twin, evaluated.record, sitting, reviews)

    def _panel(self, attempt: Attempt, twin: Twin) -> Panel:
        stops, rubric = self.queue.register.stops, scoring.rubric_digest(twin)
        return panel.panel(twin, attempt.records, lambda m: stops(m, attempt.twin, rubric))


def _is_over(attempt: Attempt) -> bool:
    evaluated = attempt.last(Evaluated)
    return bool(attempt.last(Expired) or (evaluated and evaluated.record.counts))
