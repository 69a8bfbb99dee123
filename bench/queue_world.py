"""A made-up term of learners and mentors, played over the real rules of the queue.

Everything that happens becomes a record, as an act would write it, without signatures and files.
What the people of this world know of each other is kept apart in the open, so that the rules'
keyed hashes can be judged by it.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.calibration import Agreement, Calibrated
from jobtwin.records.grade import CalibrationNow, Claim, Decision, Reviewed
from jobtwin.records.organisation import Mentor, QueuePolicy
from jobtwin.records.submission import Deadline, Evaluated, Received, Started
from jobtwin.records.twin import Twin
from jobtwin.rules import relations, seeds, sla
from jobtwin.rules.eligibility import too_soon
from jobtwin.rules.queue import Register
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.rules.eligibility import Exclusion

PROJECT = Path(__file__).resolve().parent.parent
TWINS = ("jt-rag-1", "jt-evals-2", "jt-latency-3", "jt-incident-4", "jt-safety-5")
BEGIN = datetime(2026, 9, 1, 8, tzinfo=UTC)
TERM = timedelta(weeks=26)
LONGEST = timedelta(weeks=80)
"""When the world ends even if somebody still waits."""
COHORT = "autumn-2026"
SUBJECT, SECRET = b"subject".ljust(32, b"."), b"cohort".ljust(32, b".")
ZERO = "sha256:" + "0" * 64
KEY = "ssh-ed25519 " + "A" * 68
AGREED = Agreement(
    kappa=0.8,
    kappa_low=0.7,
    kappa_high=0.9,
    weighted_kappa=0.9,
    exact=0.8,
    adjacent=1.0,
    ac1=0.8,
    mean_absolute_error=0.05,
    verdict_agreement=0.95,
    items=24,
    ratings=144,
)
CALIBRATION_BARS = frozenset(
    {"not calibrated", "did not suffice", "expired", "used up", "suspended"}
)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person with everything that the platform is told only in hashes."""

    account: int
    employer: str
    mail: str
    knows: frozenset[int] = frozenset()
    """Accounts of people whom this one declares."""
    helpers: frozenset[str] = frozenset()
    """Addresses of others who committed to what this one hands in."""

    @property
    def subject(self) -> str:
        """The salted id."""
        return seeds.subject(SUBJECT, self.account)


@dataclass(slots=True)
class World:
    """People, the records so far, and what is still to happen."""

    learners: list[Someone]
    mentors: dict[str, tuple[Someone, Mentor]]
    policy: QueuePolicy
    twins: dict[str, Twin]
    dice: random.Random
    queue: Register = field(default_factory=Register)
    records: list[tuple[str, str, LedgerRecord]] = field(default_factory=list)
    """Attempt, digest and record, in the order of their time; a calibration has no attempt."""
    suspensions: list[tuple[int, str, str, datetime]] = field(default_factory=list)
    """After how many records, mentor, twin, and when."""
    owners: dict[str, Someone] = field(default_factory=dict)
    """Attempt → its learner."""
    claims: dict[str, list[Claim]] = field(default_factory=dict)
    agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    open_attempts: set[str] = field(default_factory=set)
    """Evaluated, not decided."""
    still_to_come: int = 0
    in_vain: list[tuple[int, str, str, datetime]] = field(default_factory=list)
    """Claims that found nothing: after how many records, mentor, twin, and when."""
    gone: set[str] = field(default_factory=set)
    """Mentors who have left without a word."""
    numbers: count[int] = field(default_factory=count)

    def play(self) -> None:
        """Let everything happen, until nobody waits or the world ends."""
        while self.agenda:
            at, _, happens = heapq.heappop(self.agenda)
            if at > BEGIN + LONGEST or not (self.open_attempts or self.still_to_come):
                return
            happens(at)

    def later(self, at: datetime, happens: Callable[[datetime], None]) -> None:
        """Put something on the agenda, at a whole second."""
        heapq.heappush(self.agenda, (at.replace(microsecond=0), next(self.numbers), happens))

    def add(self, attempt: str, record: LedgerRecord) -> str:
        """Keep a record, let the queue know of it, and return its digest."""
        name = "sha256:" + hashlib.sha256(record.model_dump_json().encode()).hexdigest()
        self.records.append((attempt, name, record))
        take(self.queue, self.twins, attempt, name, record)
        return name

    def first(self, at: datetime, learner: Someone, twin_id: str) -> None:
        """Let a learner start a twin for the first time."""
        self.attempt(at, learner, twin_id, 1)

    def attempt(self, at: datetime, learner: Someone, twin_id: str, number: int) -> None:
        """Let a learner start; most hand in some days later."""
        twin = self.twins[twin_id]
        name = seeds.attempt(SUBJECT, learner.subject, twin_id, number)
        named = sorted(seeds.subject(SUBJECT, account) for account in learner.knows)
        started = Started(
            format=1,
            at=at,
            event=f"pull_request.opened:{next(self.numbers)}",
            key="clock-1",
            attempt=name,
            twin=twin_id,
            twin_version=twin.version,
            twin_tree=hashlib.sha1(twin_id.encode(), usedforsecurity=False).hexdigest(),
            cohort=COHORT,
            policies=(),
            subject=learner.subject,
            number=number,
            pull_request="0" * 32,
            deadlines=(Deadline(checkpoint="final", at=at + timedelta(days=7)),),
            kit_seed="0" * 64,
            graded_seed_commitment=ZERO,
            employer=relations.employer(SUBJECT, learner.employer) if learner.employer else None,
            relations=tuple(named),
        )
        digest = self.add(name, started)
        self.owners[name] = learner
        if self.dice.random() < 0.08:  # gives up, and nothing is ever handed in
            self.still_to_come -= 1
            return
        handed_in = at + timedelta(hours=self.dice.uniform(2, 160))
        self.later(handed_in, lambda then: self.hand_in(then, name, digest))

    def hand_in(self, at: datetime, name: str, before: str) -> None:
        """Let an attempt be received and measured; one in two hundred runs fails by our fault."""
        learner = self.owners[name]
        mails = (learner.mail, *sorted(learner.helpers))
        received = Received(
            format=1,
            at=at,
            event=f"pull_request.synchronize:{next(self.numbers)}",
            previous=before,
            key="clock-1",
            attempt=name,
            number=1,
            head="0" * 40,
            ruling="accepted",
            identities=relations.identities(SUBJECT, mails, ()),
        )
        tip = self.add(name, received)
        tries = 2 if self.dice.random() < 0.005 else 1
        for number in range(1, tries + 1):
            counts = number == tries
            tip = self.add(name, _evaluated(name, at, tip, number, counts=counts))
        self.open_attempts.add(name)
        self.still_to_come -= 1

    def wake(self, at: datetime, mentor_id: str) -> None:
        """Let a mentor claim what he can hold, at one twin after another."""
        if mentor_id in self.gone:
            return
        mentor = self.mentors[mentor_id][1]
        for twin_id in self.dice.sample(TWINS, len(TWINS)):
            while self.claim(at, mentor, twin_id):
                pass
        self.later(
            at + timedelta(hours=self.dice.uniform(6, 40)), lambda t: self.wake(t, mentor_id)
        )

    def claim(self, at: datetime, mentor: Mentor, twin_id: str) -> bool:
        """Claim once; say whether there was an attempt."""
        asked = self.queue.ask(mentor, twin_id, at, self.policy)
        if not asked.eligible:
            self.in_vain.append((len(self.records), mentor.id, twin_id, at))
            self.mend(at, mentor, twin_id, set(asked.excluded))
            return False
        event = f"issue_comment.created:{next(self.numbers)}"
        drawn = asked.drawn(SECRET, event)
        name, twin = drawn.candidate.attempt, self.twins[twin_id]
        known = self.claims.setdefault(name, [])
        calibrated = self.queue.grader(mentor, twin_id).calibrations[-1]
        claimed = Claim(
            format=1,
            at=at,
            event=event,
            previous=ZERO,
            key="desk-1",
            attempt=name,
            number=len(known) + 1,
            review_id=seeds.review_id(SECRET, name, len(known) + 1),
            mentor=mentor.id,
            due=sla.due(at, twin.mentor_sla_hours),
            calibration=CalibrationNow(
                record=ZERO, agreement=calibrated.agreement, expires=calibrated.expires
            ),
        )
        known.append(claimed)
        digest = self.add(name, claimed)
        luck = self.dice.random()
        hours = float(twin.mentor_sla_hours)
        if luck < 0.97:  # in time; else late, or never
            hours = self.dice.uniform(1, 0.95 * hours)
        elif luck < 0.98:
            hours += self.dice.uniform(0.5, 30)
        else:
            return True
        self.later(at + timedelta(hours=hours), lambda t: self.review(t, name, digest, claimed))
        return True

    def mend(self, at: datetime, mentor: Mentor, twin_id: str, against: set[Exclusion]) -> None:
        """Let a mentor take another calibration round, where one is wanted and allowed."""
        if not any(exclusion.reason in CALIBRATION_BARS for exclusion in against):
            return
        rounds = self.queue.grader(mentor, twin_id).calibrations
        if too_soon([done.at for done in rounds], 2, at) is None:
            self.calibrate(at, mentor.id, twin_id, len(rounds) + 1)

    def calibrate(self, at: datetime, mentor_id: str, twin_id: str, number: int) -> None:
        """Let a mentor's round come in; one in twelve does not suffice."""
        twin = self.twins[twin_id]
        record = Calibrated(
            format=1,
            at=at,
            event=f"workflow_dispatch:{next(self.numbers)}",
            key="desk-1",
            mentor=mentor_id,
            twin=twin_id,
            twin_version=twin.version,
            rubric=rubric_digest(twin),
            gold_set=f"set-{number}",
            number=number,
            round=ZERO,
            round_signature=ZERO,
            policy=ZERO,
            agreement=AGREED,
            ruling="calibrated" if self.dice.random() < 11 / 12 else "recalibrate",
            expires=at + timedelta(days=90),
            expires_after_reviews=20,
        )
        self.add("", record)

    def review(self, at: datetime, name: str, digest: str, claimed: Claim) -> None:
        """Let a review come in, unless the claim is closed; the decision follows."""
        over = name not in self.open_attempts or claimed.mentor in self.gone
        if over or sla.is_released(claimed, self.claims[name]):
            return
        learner, twin_id = self.owners[name], self._twin(name)
        receipt = Reviewed(
            format=1,
            at=at,
            event=f"pull_request.opened:{next(self.numbers)}",
            previous=digest,
            key="desk-1",
            attempt=name,
            number=1,
            claim=digest,
            review=ZERO,
            review_signature=ZERO,
            mentor=claimed.mentor,
            mentor_key="SHA256:x",
            within_sla=sla.is_within(at, claimed),
        )
        tip = self.add(name, receipt)
        cleared = self.dice.random() < 0.7
        self.add(name, _decision(name, at, tip, cleared=cleared))
        self.open_attempts.discard(name)
        if self.dice.random() < 0.004:  # hidden gold shows that the mentor has drifted
            self.suspensions.append((len(self.records), claimed.mentor, twin_id, at))
            self.queue.suspend(claimed.mentor, twin_id, at)
        first = seeds.attempt(SUBJECT, learner.subject, twin_id, 1)
        if not cleared and name == first and self.dice.random() < 0.6:
            self.still_to_come += 1
            again = at + timedelta(days=self.dice.uniform(1, 20))
            self.later(again, lambda t: self.attempt(t, learner, twin_id, 2))

    def _twin(self, name: str) -> str:
        learner = self.owners[name]
        return next(
            twin_id
            for twin_id in TWINS
            for number in (1, 2)
            if seeds.attempt(SUBJECT, learner.subject, twin_id, number) == name
        )


def take(
    queue: Register, twins: dict[str, Twin], attempt: str, digest: str, record: LedgerRecord
) -> None:
    """Let a queue know of a record."""
    if isinstance(record, Started):
        queue.start(record, digest, twins[record.twin])
    elif isinstance(record, Calibrated):
        queue.calibrate(record)
    else:
        queue.take(attempt, digest, record)


def made(learners: int, mentors: int, seed: int = 7) -> World:
    """Return a world in which everybody is about to begin."""
    dice = random.Random(seed)  # noqa: S311 - the same world each time, nothing secret
    folks = [_someone(dice, 10_000 + n) for n in range(mentors + learners)]
    graders = folks[:mentors]
    policy = QueuePolicy(format=1, since=BEGIN, draw_among=8)
    twins = {
        name: load(Twin, (PROJECT / layout.twin(name)).read_bytes(), name).record for name in TWINS
    }
    world = World(
        learners=[_befriended(dice, one, graders) for one in folks[mentors:]],
        mentors={},
        policy=policy,
        twins=twins,
        dice=dice,
    )
    # A few mentors learn too, in the same cohort: they may grade nobody there.
    world.learners[: max(1, mentors // 50)] = graders[: max(1, mentors // 50)]
    for number, one in enumerate(graders):
        knows = frozenset(other.account for other in dice.sample(world.learners, 2))
        known = Someone(one.account, one.employer, one.mail, knows)
        world.mentors[f"mentor-{number}"] = known, _mentor(f"mentor-{number}", known)
        _begin_mentor(world, f"mentor-{number}")
    for learner in world.learners:
        for week, twin_id in enumerate(TWINS):
            start = BEGIN + timedelta(weeks=4 * week) + dice.random() * timedelta(weeks=8)
            world.still_to_come += 1
            world.later(start, partial(world.first, learner=learner, twin_id=twin_id))
    return world


def _begin_mentor(world: World, name: str) -> None:
    for twin_id in TWINS:
        world.calibrate(BEGIN, name, twin_id, 1)
    first = BEGIN + timedelta(hours=world.dice.uniform(0, 48))
    world.later(first, lambda t: world.wake(t, name))
    if world.dice.random() < 0.06:
        world.later(BEGIN + world.dice.random() * TERM, lambda _: world.gone.add(name))


def _someone(dice: random.Random, account: int) -> Someone:
    employer = f"employer-{dice.randrange(60)}.example" if dice.random() < 0.5 else ""
    return Someone(account, employer, f"person-{account}@people.invalid")


def _befriended(dice: random.Random, one: Someone, graders: list[Someone]) -> Someone:
    """Return a learner who may know a mentor, and may have had one's help."""
    knows = frozenset(m.account for m in graders if dice.random() < 0.01)
    helpers = frozenset(m.mail for m in graders if dice.random() < 0.005)
    return Someone(one.account, one.employer, one.mail, knows, helpers)


def _mentor(name: str, one: Someone) -> Mentor:
    return Mentor(
        format=1,
        id=name,
        name=name,
        key=KEY,
        since=BEGIN - timedelta(days=30),
        account=one.subject,
        employer=relations.employer(SUBJECT, one.employer) if one.employer else None,
        identities=relations.identities(SUBJECT, (one.mail,), ()),
        relations=tuple(sorted(seeds.subject(SUBJECT, account) for account in one.knows)),
    )


def _evaluated(name: str, at: datetime, previous: str, number: int, *, counts: bool) -> Evaluated:
    return Evaluated(
        format=1,
        at=at,
        event="workflow_dispatch:1",
        previous=previous,
        key="clock-1",
        attempt=name,
        number=number,
        graded=(),
        outcome="failed" if counts else "infrastructure_error",
        counts=counts,
    )


def _decision(name: str, at: datetime, previous: str, *, cleared: bool) -> Decision:
    return Decision(
        format=1,
        at=at,
        event="workflow_dispatch:1",
        previous=previous,
        key="desk-1",
        attempt=name,
        evaluation=ZERO,
        reviews=(previous,),
        dimensions=(),
        overall=0.8 if cleared else 0.5,
        threshold=0.7,
        bar_met=True,
        verdict="pass" if cleared else "retake",
        attempts_left=1,
        best=name,
        reasons=("simulated",),
    )
