"""The queue: which attempts wait at a twin, in which order, and which one a claim draws.

A `Register` takes records in, one by one, and answers what a claim at a moment may be drawn from.
The act reads it from a commit, `audit` grows it as the history goes on, and both rule alike. What
a claim costs does not grow with all that was ever graded, only with what is passed over.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.records.base import stamp
from jobtwin.records.calibration import Calibrated
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.submission import Evaluated, Received, Started
from jobtwin.rules import drift, panel, seeds
from jobtwin.rules.eligibility import (
    WORDS,
    Candidate,
    Exclusion,
    Grader,
    exclusions,
    names_of,
    related,
    uncalibrated,
)
from jobtwin.rules.holding import Holding
from jobtwin.rules.line import LONG_AGO, Line, Waiting
from jobtwin.rules.relations import Person
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Mentor, QueuePolicy
    from jobtwin.records.twin import Twin

OF_AN_ATTEMPT = frozenset(WORDS)
"""Reasons that are about an attempt, not about the mentor alone."""
LAPSES_COUNT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a mentor's claim may be drawn from, and why not from the rest."""

    eligible: tuple[Waiting, ...]
    """The oldest that this mentor may grade, at most as many as the policy draws among."""
    barred: Exclusion | None = None
    """Why this mentor draws nothing now, whatever waits."""
    excluded: Mapping[Exclusion, int] = field(default_factory=dict)
    """How many of the attempts that were passed over each reason excludes."""

    def drawn(self, cohort_secret: bytes, event: str) -> Waiting:
        """Return the attempt that a claim's event draws; there must be one that is eligible."""
        return self.eligible[seeds.draw(cohort_secret, event, len(self.eligible))]

    @property
    def cohort(self) -> str:
        """Whose secret draws: that of the first eligible attempt's cohort."""
        return self.eligible[0].cohort


@dataclass(slots=True)
class _File:
    """One attempt's records so far."""

    started: Started
    twin: Twin
    rubric: str
    chain: list[tuple[str, LedgerRecord]] = field(default_factory=list)
    """Digest and record, without the receipts of pushes."""
    commits: set[str] = field(default_factory=set)
    holding: Holding = field(default_factory=Holding)


@dataclass(slots=True)
class _Work:
    """What a mentor has done at a twin."""

    calibrations: list[Calibrated] = field(default_factory=list)
    reviewed: list[datetime] = field(default_factory=list)
    suspended: list[datetime] = field(default_factory=list)
    unsigned: dict[str, Claim] = field(default_factory=dict)
    """Digest of a claim without a review → the claim."""
    signed: dict[str, Claim] = field(default_factory=dict)
    """Digest of a claim whose review waits for the decision → the claim."""
    stopped: dict[str, datetime] = field(default_factory=dict)
    """Digest of a claim that a suspension has ended → when."""
    first_reviewed: dict[str, int] = field(default_factory=dict)
    """Learner → number of the earliest attempt that this mentor reviewed."""


class Register:
    """The queue of every twin as the records so far give it."""

    def __init__(self, mentors: Collection[Mentor] = ()) -> None:
        """Begin without records; `mentors` are all there are, those who ended included."""
        self._mentors = mentors
        self._files: dict[str, _File] = {}
        self._lines: dict[str, Line] = {}
        self._work: dict[tuple[str, str], _Work] = {}
        self._learners: dict[str, list[str]] = {}
        self._rubrics: dict[str, str] = {}
        self._latest: dict[str, datetime] = {}

    def start(self, record: Started, digest: str, twin: Twin) -> None:
        """Take an attempt in; `twin` is the one that it pins."""
        if record.twin_tree not in self._rubrics:
            self._rubrics[record.twin_tree] = rubric_digest(twin)
        rubric = self._rubrics[record.twin_tree]
        self._files[record.attempt] = _File(record, twin, rubric, [(digest, record)])
        self._learners.setdefault(record.subject, []).append(record.attempt)

    def take(self, attempt: str, digest: str, record: LedgerRecord) -> None:
        """Take a later record of an attempt in; one of an attempt that is unknown is passed over.

        An attempt's records come in the order of their chain.
        """
        file = self._files.get(attempt)
        if file is None:
            return
        file.holding.take(digest, record)
        if isinstance(record, Received):
            file.commits.update(record.identities)
            return
        file.chain.append((digest, record))
        if isinstance(record, Claim):
            work = self._at(record.mentor, file.started.twin)
            work.unsigned[digest] = record
            latest = self._latest.get(file.started.twin, LONG_AGO)
            self._latest[file.started.twin] = max(latest, record.at)
        elif isinstance(record, Reviewed):
            self._reviewed(file.started, record)
        elif isinstance(record, Decision):
            self._decided(file)
        self._place(file)

    def calibrate(self, record: Calibrated) -> None:
        """Take in what a mentor's round came to; rounds of a twin come in their order.

        One that fell short ends the mentor's open claims for its rubric.
        """
        self._at(record.mentor, record.twin).calibrations.append(record)
        if drift.fell_short(record, record.rubric):
            self._stop(record.mentor, record.twin, record.at, record.rubric)

    def suspend(self, mentor: str, twin_id: str, at: datetime) -> None:
        """Take in that a mentor has drifted at a twin: open claims come back to the front."""
        self._at(mentor, twin_id).suspended.append(at)
        self._stop(mentor, twin_id, at)

    def stops(self, mentor: str, twin_id: str, rubric: str) -> tuple[datetime, ...]:
        """Return when a mentor's grading of a twin by a rubric stopped counting, sorted."""
        work = self._at(mentor, twin_id)
        short = (one.at for one in work.calibrations if drift.fell_short(one, rubric))
        return tuple(sorted((*work.suspended, *short)))

    def spans(self, mentor: str, twin_id: str, rubric: str) -> tuple[drift.Span, ...]:
        """Return what is in doubt of a mentor's work at a twin by a rubric, the earliest first."""
        rounds = [one for one in self._at(mentor, twin_id).calibrations if one.rubric == rubric]
        return tuple(drift.spans(rounds, self.stops(mentor, twin_id, rubric)))

    def stopped(self, mentor: str, twin_id: str, claim: str) -> datetime | None:
        """Return when a suspension ended the claim with a digest; None where none has."""
        return self._at(mentor, twin_id).stopped.get(claim)

    def _stop(self, mentor: str, twin_id: str, at: datetime, rubric: str | None = None) -> None:
        """End the claims that were not decided at a moment; one that was overdue stays a lapse."""
        work = self._at(mentor, twin_id)
        for digest, claim in [*work.unsigned.items(), *work.signed.items()]:
            file = self._files[claim.attempt]
            if claim.at <= at and rubric in (None, file.rubric):
                work.stopped.setdefault(digest, at)
                if digest in work.signed or at <= claim.due:
                    del (work.signed if digest in work.signed else work.unsigned)[digest]
                self._place(file)

    def waiting(self, twin_id: str, at: datetime) -> tuple[Waiting, ...]:
        """Return every attempt at a twin that wants a mentor at a moment, in order."""
        return tuple(self._lines[twin_id].waiting(at)) if twin_id in self._lines else ()

    def twin_of(self, attempt: str) -> str:
        """Return the twin of an attempt that has been taken in."""
        return self._files[attempt].started.twin

    def last_claim(self, twin_id: str) -> datetime | None:
        """Return when an attempt at a twin was claimed last."""
        return self._latest.get(twin_id)

    def ask(self, mentor: Mentor, twin_id: str, at: datetime, policy: QueuePolicy) -> Asked:
        """Return what a claim at a moment may be drawn from."""
        work = self._at(mentor.id, twin_id)
        if barred := _barred(work, at, policy):
            return Asked((), barred)
        grader = self.grader(mentor, twin_id)
        eligible: list[Waiting] = []
        excluded: Counter[Exclusion] = Counter()
        wants: dict[str, list[Exclusion]] = {}  # of a rubric: what its calibration lacks
        for entry in self._lines.get(twin_id, Line()).waiting(at):
            rubric = entry.candidate.rubric
            if rubric not in wants:
                wants[rubric] = _lacks(grader, rubric, at)
            against = wants[rubric] or [*related(grader, self._candidate(entry, grader))]
            excluded.update(against)
            if not against:
                eligible.append(entry)
                if len(eligible) == policy.draw_among:
                    break
        return Asked(tuple(eligible), None, excluded)

    def stuck(self, twin_id: str, mentors: Sequence[Mentor], at: datetime) -> tuple[str, ...]:
        """Return the attempts that wait and that none of these mentors may be given, in order.

        How many claims a mentor holds does not matter: that passes by itself.
        """
        graders = [self.grader(mentor, twin_id) for mentor in mentors]
        return tuple(
            entry.candidate.attempt
            for entry in self.waiting(twin_id, at)
            if not any(self._may_read(grader, entry, at) for grader in graders)
        )

    def _may_read(self, grader: Grader, entry: Waiting, at: datetime) -> bool:
        return not any(exclusions(grader, self._candidate(entry, grader), at))

    def against(
        self, mentor: Mentor, attempt: str, at: datetime, policy: QueuePolicy
    ) -> tuple[Exclusion, ...]:
        """Return every reason why a mentor is not given this attempt at a moment."""
        file = self._files[attempt]
        twin_id = file.started.twin
        barred = _barred(self._at(mentor.id, twin_id), at, policy)
        found = [barred] if barred else []
        if entry := self._entry(file):
            grader = self.grader(mentor, twin_id)
            found += exclusions(grader, self._candidate(entry, grader), at)
        return tuple(found)

    def grader(self, mentor: Mentor, twin_id: str) -> Grader:
        """Return a mentor as eligibility sees him, his own attempts included."""
        selves = frozenset((mentor.account, *mentor.identities))
        own = [self._files[name] for one in selves for name in self._learners.get(one, ())]
        work = self._at(mentor.id, twin_id)
        person = Person(
            selves=selves,
            commits=frozenset(name for file in own for name in file.commits),
            employers=frozenset((mentor.employer,) if mentor.employer else ()),
            cohorts=frozenset(file.started.cohort for file in own),
            declared=frozenset(mentor.relations),
        )
        calibrations, reviewed = tuple(work.calibrations), tuple(work.reviewed)
        suspended, names = tuple(work.suspended), self.names(mentor)
        return Grader(mentor.id, person, calibrations, reviewed, suspended, names)

    def names(self, mentor: Mentor) -> frozenset[str]:
        """Return the ids of all mentor files that are the same person's, this one's included."""
        return names_of(mentor, self._mentors)

    def _at(self, mentor: str, twin_id: str) -> _Work:
        if (mentor, twin_id) not in self._work:
            self._work[mentor, twin_id] = _Work()
        return self._work[mentor, twin_id]

    def _reviewed(self, started: Started, record: Reviewed) -> None:
        work = self._at(record.mentor, started.twin)
        if claim := work.unsigned.pop(record.claim, None):
            work.signed[record.claim] = claim
        work.reviewed.append(record.at)
        first = work.first_reviewed.get(started.subject, started.number)
        work.first_reviewed[started.subject] = min(first, started.number)

    def _decided(self, file: _File) -> None:
        for digest, record in file.chain:
            if isinstance(record, Claim):
                self._at(record.mentor, file.started.twin).signed.pop(digest, None)

    def _place(self, file: _File) -> None:
        line = self._lines.setdefault(file.started.twin, Line())
        if entry := self._entry(file):
            line.put(entry)
        else:
            line.drop(file.started.attempt)

    def _entry(self, file: _File) -> Waiting | None:
        records = [record for _, record in file.chain]
        evaluated = [record for record in records if isinstance(record, Evaluated)]
        if not evaluated or not evaluated[-1].counts:
            return None
        sitting = panel.panel(
            file.twin, records, lambda m: self.stops(m, file.started.twin, file.rubric)
        )
        if sitting.decision or file.holding.held_by:
            return None
        signed = {receipt.claim for receipt in sitting.reviewed}
        claims = [(name, record) for name, record in file.chain if isinstance(record, Claim)]
        earlier = len(claims) - len(sitting.claims)  # those before it was opened again
        return Waiting(
            candidate=Candidate(
                attempt=file.started.attempt,
                learner=_learner(file),
                rubric=file.rubric,
                claimed_by=frozenset(claim.mentor for _, claim in claims),
            ),
            cohort=file.started.cohort,
            since=evaluated[-1].at,
            needed=sitting.needed,
            signed_off=len(sitting.reviewed),
            open_until=tuple(
                self._due(claim, name, file)
                for name, claim in claims[earlier:]
                if name not in signed
            ),
        )

    def _due(self, claim: Claim, digest: str, file: _File) -> datetime:
        """Return when a claim is due: at once where its mentor has been suspended since."""
        stopped = self._at(claim.mentor, file.started.twin).stopped
        return min(claim.due, stopped.get(digest, claim.due))

    def _candidate(self, entry: Waiting, grader: Grader) -> Candidate:
        """Return the attempt with what a mentor has to do with its learner's earlier ones."""
        started = self._files[entry.candidate.attempt].started
        for name in grader.names:
            first = self._at(name, started.twin).first_reviewed
            if first.get(started.subject, started.number) < started.number:
                return replace(entry.candidate, graded_before_by=grader.names)
        return entry.candidate


def _learner(file: _File) -> Person:
    started = file.started
    return Person(
        selves=frozenset((started.subject,)),
        commits=frozenset(file.commits),
        employers=frozenset((started.employer,) if started.employer else ()),
        cohorts=frozenset((started.cohort,)),
        declared=frozenset(started.relations),
    )


def _lacks(grader: Grader, rubric: str, at: datetime) -> list[Exclusion]:
    found = uncalibrated(grader.calibrations, rubric, grader.reviewed, at, grader.suspended)
    return [found] if found else []


def _barred(work: _Work, at: datetime, policy: QueuePolicy) -> Exclusion | None:
    """Return why a mentor draws nothing now, whatever waits."""
    dues = sorted(claim.due for claim in work.unsigned.values())
    held = sum(at <= due for due in dues)
    if held >= policy.claims_at_once:
        words = f"you hold {held} claims at this twin: hand a review in first"
        return Exclusion("holds enough", words)
    lapsed = [due for due in dues if due < at < due + LAPSES_COUNT_FOR]
    if len(lapsed) >= policy.lapses_per_90_days:
        until = stamp(lapsed[-policy.lapses_per_90_days] + LAPSES_COUNT_FOR)
        words = f"{len(lapsed)} claims of yours came to nothing; you draw again from {until} on"
        return Exclusion("let too many lapse", words)
    return None


def counted(excluded: Mapping[Exclusion, int], shown_from: int) -> Iterator[tuple[Exclusion, str]]:
    """Yield each reason with how many attempts it excludes, the most first; few are not counted."""
    for exclusion, count in sorted(excluded.items(), key=lambda item: (-item[1], item[0].words)):
        yield exclusion, f"{count}" if count >= shown_from else f"fewer than {shown_from}"
