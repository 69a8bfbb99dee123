"""A made-up term as it stands in the records: every one signed and chained, every file there.

Attempts go by the real rules of the clock, the queue and the verdict, and the records are the
acts' own models. What the acts do besides (running code, answering people) is left out, and
credentials are not verified while they are made: the audit of the history does that.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from jobtwin import keys
from jobtwin.acts.issue.deriving import facts
from jobtwin.acts.issue.lists import place
from jobtwin.credential.achievement import jwk_url, list_url, unsigned_credential
from jobtwin.credential.jsonbytes import jcs, to_bytes
from jobtwin.credential.jwt import to_jwt
from jobtwin.credential.proof import sign as sign_document
from jobtwin.credential.status import status_list_credential
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.credential import Issued, Revoked
from jobtwin.records.grade import (
    CalibrationNow,
    Claim,
    Comment,
    Decision,
    DimensionScore,
    Evidence,
    Review,
    Reviewed,
    SkillAssertion,
)
from jobtwin.records.organisation import Revealed
from jobtwin.records.submission import (
    Blinded,
    Evaluated,
    Expired,
    Figure,
    Graded,
    InboxEntry,
    KeptAnswers,
    Measured,
    Received,
    RunEnvironment,
    SelfCheck,
    Snapshot,
    Started,
)
from jobtwin.repository.attempts import state
from jobtwin.repository.ledger import Attempt, Filed
from jobtwin.rules import (
    award,
    deadline,
    from_receipts,
    opening,
    panel,
    receipts,
    relations,
    seeds,
    sla,
)
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.queue import Register
from jobtwin.rules.signature import REVIEW, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.history_mentors import Grader
    from jobtwin.credential.keys import Signer
    from jobtwin.keys import Holders
    from jobtwin.records.calibration import Calibrated
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Cohort, Issuer, QueuePolicy
    from jobtwin.records.submission import PolicyInForce
    from jobtwin.records.twin import Bar, Checkpoint, Twin
    from jobtwin.repository.ledger import Ledger

    Step = Callable[[datetime], None]

R = TypeVar("R", bound="LedgerRecord")
BEGIN = datetime(2026, 9, 7, 8, tzinfo=UTC)
PACE = timedelta(minutes=26)
"""Between two starts: 10,000 of them fill half a year."""
BATCH = timedelta(days=3)
"""Between two batches of credentials."""
WORDS = (
    "the cache is keyed by tenant and never by prompt so a stale answer can reach another reader "
    "retries pile up when the upstream is slow because nothing bounds them here while the queue "
    "drains only one worker at a time and its deadline is ignored"
).split()


@dataclass(frozen=True, slots=True)
class Added:
    """A commit to be."""

    at: datetime
    message: str
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Founded:
    """The organisation that everything happens in."""

    ledger: Ledger
    """Of the commit that the history goes on from."""
    holders: Holders
    issuer_signer: Signer
    graders: tuple[Grader, ...]
    twins: dict[str, tuple[Twin, str]]
    """Id → the twin and its git tree."""
    cohort: Cohort
    policies: tuple[PolicyInForce, ...]
    queue: QueuePolicy

    @property
    def issuer(self) -> Issuer:
        """Who signs."""
        return self.ledger.issuer


@dataclass(slots=True)
class Term:
    """Everything that happens to a number of attempts, commit after commit."""

    founded: Founded
    attempts: int
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    known: dict[str, Attempt] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    """Attempt → the learner's account."""
    learners: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Subject and twin → attempts."""
    queue: Register = field(default_factory=Register)
    agenda: list[tuple[datetime, int, Step]] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)
    commits: list[Added] = field(default_factory=list)
    """Made by the step at hand."""
    due: list[str] = field(default_factory=list)
    """Attempts that were passed and have no credential yet."""
    credentials: list[Issued] = field(default_factory=list)
    """Those that stand."""
    issued: int = 0
    revoked: set[int] = field(default_factory=set)
    versions: int = 0
    """Of the status list."""
    running: int = 0
    started: int = 0

    def play(self) -> Iterator[Added]:
        """Yield every commit in its order; the cohort's secret comes last."""
        for record in self._calibrations():
            self.queue.calibrate(record)
        last = BEGIN
        self.later(BEGIN, self.start)
        self.later(BEGIN + BATCH, self.issue)
        while self.agenda:
            at, _, step = heapq.heappop(self.agenda)
            step(at)
            yield from self.commits
            self.commits.clear()
            last = at
        revealed = Revealed(
            format=1,
            at=last + timedelta(days=1),
            event="workflow_dispatch:reveal",
            key=self._signer("clock").key_id,
            cohort=self.founded.cohort.id,
            secret=self._secret().hex(),
        )
        content = write(sign(revealed, self._signer("clock")))
        path = f"cohorts/{revealed.cohort}.revealed.yml"
        yield Added(revealed.at, f"Reveal the secret of {revealed.cohort}", {path: content})

    def later(self, at: datetime, step: Step) -> None:
        """Put something on the agenda, at a whole second."""
        heapq.heappush(self.agenda, (at.replace(microsecond=0), next(self.numbers), step))

    # the clock's acts

    def start(self, at: datetime) -> None:
        """Let the next learner start; each takes the twins in turn, one in many declares a tie."""
        number = self.started
        twin_id = sorted(self.founded.twins)[number % len(self.founded.twins)]
        self.begin(at, 10_000 + number // len(self.founded.twins), twin_id, 1)
        if self.started < self.attempts:
            self.later(at + PACE, self.start)

    def begin(self, at: datetime, account: int, twin_id: str, number: int) -> None:
        """Open an attempt; one in twenty hands nothing in."""
        if self.started >= self.attempts:
            return
        self.started += 1
        self.running += 1
        twin, tree = self.founded.twins[twin_id]
        secret, cohort = self.founded.holders.subject, self.founded.cohort
        subject = seeds.subject(secret, account)
        kit, graded = (
            seeds.seed(self._secret(), twin.id, twin.version, subject, number, purpose)
            for purpose in ("kit", "graded")
        )
        tied = [one.record.account for one in self.founded.graders if account % 97 == one.number]
        record = Started(
            format=1,
            at=at,
            event=self._event("pull_request.opened"),
            key="clock",
            attempt=seeds.attempt(secret, subject, twin.id, number),
            twin=twin.id,
            twin_version=twin.version,
            twin_tree=tree,
            cohort=cohort.id,
            policies=self.founded.policies,
            subject=subject,
            number=number,
            pull_request=seeds.hidden(secret, "pull_request", self.started),
            deadlines=deadline.deadlines(twin, cohort, at),
            kit_seed=kit.hex(),
            graded_seed_commitment=seeds.commitment(graded),
            recipient="sha256$" + hashlib.sha256(b"name %d" % account).hexdigest(),
            employer=relations.employer(secret, "example.org") if account % 50 == 0 else None,
            relations=tuple(sorted(tied)),
        )
        name = record.attempt
        self.known[name] = Attempt(twin.id, name, ())
        self.accounts[name] = account
        self.learners.setdefault((subject, twin.id), []).append(name)
        self._file(name, record, f"Start attempt {name[:8]} at {twin.id}")
        if self.dice.random() < 0.05:
            closes = deadline.last(record) + timedelta(minutes=30)
            self.later(closes, lambda then: self.expire(then, name))
        else:
            first = twin.checkpoints[0]
            self.later(
                self._in_time(record, first, at), lambda t: self.receive(t, name, 0, account)
            )

    def _in_time(self, started: Started, checkpoint: Checkpoint, after: datetime) -> datetime:
        closes = deadline.closes(started, checkpoint.id)
        return after + (closes - after) * self.dice.uniform(0.2, 0.95)

    def receive(self, at: datetime, name: str, nth: int, account: int) -> None:
        """Take a checkpoint in; after the last one the attempt is measured."""
        attempt = self.known[name]
        twin = self.founded.twins[attempt.twin][0]
        checkpoint, is_last = twin.checkpoints[nth], nth + 1 == len(twin.checkpoints)
        secret, number = self.founded.holders.subject, nth + 1
        inbox = {"POSTMORTEM.md": _prose(name, 2500)} if nth else {}
        record = Received(
            format=1,
            at=at,
            event=self._event("pull_request.synchronize"),
            key="clock",
            attempt=name,
            number=number,
            head=_hex(name, "head", nth, length=40),
            inbox=tuple(
                InboxEntry(path=path, digest=digest(content), bytes=len(content))
                for path, content in inbox.items()
            ),
            checkpoint=checkpoint.id,
            request=seeds.hidden(secret, "request", f"{name} {nth}"),
            ruling="accepted",
            snapshot=_snapshot(twin, name, number) if checkpoint.repository else None,
            identities=relations.identities(secret, (f"learner-{account}@people.invalid",), ()),
            blinded=Blinded(
                digest=_digest(name, "blinded", nth),
                ref=layout.blinded_ref(twin.id, name, number),
                changed=2,
                left_out=1,
                work=0,
                inbox=0,
            ),
            self_checks=tuple(SelfCheck(id=mode.id, answer=True) for mode in twin.failure_modes),
            final=is_last,
        )
        copies = {
            layout.inbox_copy(twin.id, name, number, path): content
            for path, content in inbox.items()
        }
        self._file(name, record, f"Receive a push for attempt {name[:8]}: accepted", copies)
        if is_last:
            soon = at + timedelta(minutes=self.dice.uniform(4, 40))
            self.later(soon, lambda then: self.evaluate(then, name))
        else:
            after = self._in_time(attempt.started, twin.checkpoints[number], at)
            self.later(after, lambda then: self.receive(then, name, number, account))

    def evaluate(self, at: datetime, name: str) -> None:
        """Measure an attempt; one run in two hundred fails by our fault and is made again."""
        attempt = self.known[name]
        twin = self.founded.twins[attempt.twin][0]
        number = len(attempt.all(Evaluated)) + 1
        every = [(item.digest, item.record) for item in attempt.all(Received)]
        graded = receipts.last_accepted(every, twin)
        blank = Evaluated(
            format=1,
            at=at,
            event=self._event("workflow_dispatch"),
            key="clock",
            attempt=name,
            number=number,
            graded=tuple(Graded(checkpoint=r.checkpoint or "", receipt=d) for d, r in graded),
            outcome="infrastructure_error",
            notes=("The machine went away.",),
            counts=False,
        )
        if number == 1 and self.dice.random() < 0.005:
            self._file(name, blank, f"Evaluate attempt {name[:8]} at {twin.id}")
            self.later(at + timedelta(hours=1), lambda then: self.evaluate(then, name))
            return
        met, closes = self.dice.random() < 0.8, deadline.last(attempt.started)
        bar = tuple(_measured(line, met=met) for line in twin.bar)
        answers = _answers(name)
        path = layout.answers(twin.id, name, number)
        record = blank.model_copy(
            update={
                "outcome": "passed" if met else "failed",
                "bar": bar,
                "metrics": (
                    *(Figure(metric=line.metric, value=line.value) for line in bar),
                    Figure(metric="wall_seconds", value=round(self.dice.uniform(20, 90), 2)),
                ),
                "notes": (),
                "told": from_receipts.told(twin, attempt.started, receipts.counted(every, closes)),
                "answers": KeptAnswers(digest=digest(answers), bytes=len(answers), path=path),
                "environment": RunEnvironment(
                    sandbox="bubblewrap 0.8.0",
                    python="3.11.7",
                    engine="1.0.0",
                    lock=_digest("lock"),
                ),
                "counts": True,
            }
        )
        self._file(name, record, f"Evaluate attempt {name[:8]} at {twin.id}", {path: answers})
        wait = at + timedelta(hours=self.dice.uniform(1, 30))
        self.later(wait, lambda then: self.claim(then, twin.id))

    def expire(self, at: datetime, name: str) -> None:
        """End an attempt that handed nothing in."""
        record = Expired(
            format=1,
            at=at,
            event=self._event("schedule"),
            key="clock",
            attempt=name,
            reason="Nothing that can be graded was handed in before the last deadline.",
        )
        self._file(name, record, f"Expire attempt {name[:8]}")
        self.running -= 1

    # the desk's acts

    def claim(self, at: datetime, twin_id: str) -> None:
        """Let some mentor who may claim; one claim in fifty comes to nothing."""
        twin, policy = self.founded.twins[twin_id][0], self.founded.queue
        graders = self.founded.graders
        for one in self.dice.sample(graders, len(graders)):
            asked = self.queue.ask(one.record, twin_id, at, policy)
            if asked.eligible:
                break
        else:
            if self.queue.waiting(twin_id, at):
                self.later(at + timedelta(hours=5), lambda then: self.claim(then, twin_id))
            return
        event = self._event("issue_comment.created")
        name = asked.drawn(self._secret(), event).candidate.attempt
        attempt = self.known[name]
        number = len(attempt.all(Claim)) + 1
        calibration = self.founded.ledger.calibrations(one.record.id, twin_id)[-1]
        record = Claim(
            format=1,
            at=at,
            event=event,
            key="desk",
            attempt=name,
            number=number,
            review_id=seeds.review_id(self._secret(), name, number),
            mentor=one.record.id,
            due=sla.due(at, twin.mentor_sla_hours),
            calibration=CalibrationNow(
                record=calibration.digest,
                agreement=calibration.record.agreement,
                expires=calibration.record.expires,
            ),
        )
        self._file(name, record, f"Claim review {record.review_id[:8]} at {twin.id}")
        if number < 2 and self.dice.random() < 0.02:
            again = record.due + timedelta(hours=2)
            self.later(again, lambda then: self.claim(then, twin_id))
            return
        hours = self.dice.uniform(1, 0.9 * twin.mentor_sla_hours)
        self.later(at + timedelta(hours=hours), lambda then: self.review(then, name, one))

    def review(self, at: datetime, name: str, one: Grader) -> None:
        """Take a signed review in; the decision follows within a minute."""
        attempt = self.known[name]
        twin = self.founded.twins[attempt.twin][0]
        claim = attempt.all(Claim)[-1]
        written = self._written(twin, claim, one)
        content = write(written)
        signature = one.sign(content, REVIEW)
        number = len(attempt.all(Reviewed)) + 1
        record = Reviewed(
            format=1,
            at=at,
            event=self._event("pull_request.opened"),
            key="desk",
            attempt=name,
            number=number,
            claim=claim.digest,
            review=digest(content),
            review_signature=digest(signature),
            mentor=one.record.id,
            mentor_key=fingerprint(one.record.key),
            within_sla=sla.is_within(at, claim.record),
        )
        path = layout.review(twin.id, name, number)
        files = {path: content, f"{path}.sig": signature}
        self._file(name, record, f"Review attempt {name[:8]} at {twin.id}", files)
        self.later(at + timedelta(seconds=40), lambda then: self.decide(then, name, written))

    def _written(self, twin: Twin, claim: Filed[Claim], one: Grader) -> Review:
        base = self.dice.choice((0.8, 0.85, 0.9)) if self.dice.random() < 0.7 else 0.4
        evidence = (Evidence(file="src/app.py", line=self.dice.randint(1, 400)),)
        return Review(
            format=1,
            attempt=claim.record.attempt,
            claim=claim.digest,
            mentor=one.record.id,
            scores=tuple(
                DimensionScore(
                    dimension=dimension.id,
                    score=round(base + self.dice.choice((-0.05, 0.0, 0.05)), 2),
                    evidence=evidence,
                    comment=f"On {dimension.id}: {_words(self.dice, 18)}.",
                )
                for dimension in twin.rubric
            ),
            skills=tuple(
                SkillAssertion(id=skill.id, weight=skill.ceiling, evidence=evidence)
                for skill in twin.skills
            ),
            comments=tuple(
                Comment(
                    file="src/app.py",
                    line=self.dice.randint(1, 400),
                    text=_words(self.dice, 22).capitalize() + ".",
                )
                for _ in range(3)
            ),
            summary=_words(self.dice, 30).capitalize() + ".\n" + _words(self.dice, 25) + ".",
        )

    def decide(self, at: datetime, name: str, written: Review) -> None:
        """Judge an attempt; most who were not cleared try again."""
        attempt = self.known[name]
        twin = self.founded.twins[attempt.twin][0]
        evaluated, started = attempt.all(Evaluated)[-1], attempt.started
        mine = self._of(started.subject, twin.id)
        used = opening.used([opening.Earlier(state(item)) for item in mine])
        left, met = award.attempts_left(twin, used), award.bar_met(evaluated.record)
        overall = panel.overall(twin, [written])
        verdict = award.verdict(met, overall, twin.pass_threshold, left)
        decided = [
            award.Decided(item.id, done.record.overall, done.record.verdict == "pass")
            for item in mine
            if (done := item.last(Decision))
        ]
        record = Decision(
            format=1,
            at=at,
            event=self._event("workflow_dispatch"),
            key="desk",
            attempt=name,
            evaluation=evaluated.digest,
            reviews=tuple(item.digest for item in attempt.all(Reviewed)),
            dimensions=panel.dimensions(twin, [written]),
            overall=overall,
            threshold=twin.pass_threshold,
            bar_met=met,
            verdict=verdict,
            skills=panel.skills(twin, [written]),
            attempts_left=left,
            best=award.best([*decided, award.Decided(name, overall, verdict == "pass")]),
            reasons=tuple(award.reasons(evaluated.record, overall, twin.pass_threshold)),
        )
        self._file(name, record, f"Decide attempt {name[:8]} at {twin.id}: {verdict}")
        self.running -= 1
        if verdict == "pass":
            self.due.append(name)
        elif verdict == "retake" and self.dice.random() < 0.6:
            account = self.accounts[name]
            soon = at + timedelta(days=self.dice.uniform(1, 9))
            again = started.number + 1
            self.later(soon, lambda then: self.begin(then, account, twin.id, again))

    # the issuer's acts

    def issue(self, at: datetime) -> None:
        """Sign everything that is due in one batch; one credential in two hundred is revoked."""
        is_over = not self.running and self.started >= self.attempts
        # Towards the end one comes by itself, at once: what one more costs is measured by it.
        kept = 1 if self.started >= self.attempts and len(self.due) > 1 else 0
        batch = [self.due.pop(0) for _ in range(len(self.due) - kept)]
        if batch:
            files: dict[str, bytes] = {}
            for name in batch:
                files |= self._credential(at, name)
            message = f"Issue: {len(files) // 3} credentials signed."
            self.commits.append(Added(at, message, self._list(at) | files))
        if self.credentials and self.dice.random() < 0.3:
            self.later(at + timedelta(hours=1), self.revoke)
        if not is_over or self.due:
            self.later(at + (timedelta(minutes=1) if kept else BATCH), self.issue)

    def _credential(self, at: datetime, name: str) -> dict[str, bytes]:
        attempt, issuer, signer = self.known[name], self.founded.issuer, self.founded.issuer_signer
        secret, decision = self.founded.holders.subject, attempt.all(Decision)[-1]
        decided = [
            item for item in self._of(attempt.started.subject, attempt.twin) if item.last(Decision)
        ]
        kid = jwk_url(issuer, signer.public_key)
        blank = Issued(
            format=1,
            at=at,
            event=self._event("workflow_dispatch"),
            previous=decision.digest,
            key=signer.key_id.rsplit("#", 1)[-1],
            credential=seeds.credential(secret, name),
            number=1,
            attempt=name,
            decision=decision.digest,
            verification_method=signer.key_id,
            jwt_key=kid,
            status=place(secret, self.issued),
            best_of=len(decided),
            digest=_digest("unsigned"),
        )
        self.issued += 1
        document = unsigned_credential(facts(self.founded.ledger, attempt, blank))
        record = blank.model_copy(update={"digest": digest(jcs(document))})
        record = sign(record, keys.under(blank.key, signer))
        self.credentials.append(record)
        return {
            layout.issued(record.credential, 1): write(record),
            layout.signed(record.credential, 1): to_bytes(sign_document(document, signer, at)),
            layout.signed_jwt(record.credential, 1): to_jwt(document, signer, kid),
        }

    def revoke(self, at: datetime) -> None:
        """Withdraw a credential, and set its bit."""
        record = self.credentials.pop(self.dice.randrange(len(self.credentials)))
        signer = self.founded.issuer_signer
        path = layout.issued(record.credential, 1)
        plain = keys.under(signer.key_id.rsplit("#", 1)[-1], signer)
        gone = Revoked(
            format=1,
            at=at,
            event=self._event("workflow_dispatch"),
            previous=digest(write(record)),
            key=plain.key_id,
            credential=record.credential,
            effective=at,
            reason="The learner asked for it.",
        )
        self.revoked.add(record.status.index)
        path = layout.revoked(record.credential)
        files = {path: write(sign(gone, plain))} | self._list(at)
        message = f"Revoke credential {record.credential[:8]}"
        self.commits.append(Added(at, message, files))

    def _list(self, at: datetime) -> dict[str, bytes]:
        self.versions += 1
        issuer, signer = self.founded.issuer, self.founded.issuer_signer
        url = list_url(issuer, 1)
        document = status_list_credential(url, issuer.did, sorted(self.revoked), at)
        content = to_bytes(sign_document(document, signer, at))
        return {layout.status_list(1, self.versions): content}

    # what all of them need

    def _file(
        self, name: str, record: LedgerRecord, message: str, files: dict[str, bytes] | None = None
    ) -> None:
        """Sign a record, chain it, and commit it with what it names."""
        attempt = self.known[name]
        signer = self._signer(record.key)
        tip = attempt.tip if attempt.chain else None
        chained = record.model_copy(update={"key": signer.key_id, "previous": tip})
        record = sign(chained, signer)
        content, path = write(record), _path(attempt.twin, record)
        filed = Filed(path, digest(content), record)
        self.known[name] = Attempt(attempt.twin, name, (*attempt.chain, filed))
        if isinstance(record, Started):
            self.queue.start(record, filed.digest, self.founded.twins[attempt.twin][0])
        else:
            self.queue.take(name, filed.digest, record)
        self.commits.append(Added(record.at, message, {path: content, **(files or {})}))

    def _of(self, subject: str, twin_id: str) -> list[Attempt]:
        return [self.known[name] for name in self.learners[subject, twin_id]]

    def _calibrations(self) -> Iterator[Calibrated]:
        for twin_id in self.founded.twins:
            for one in self.founded.graders:
                for item in self.founded.ledger.calibrations(one.record.id, twin_id):
                    yield item.record

    def _event(self, kind: str) -> str:
        return f"{kind}:{next(self.numbers)}"

    def _secret(self) -> bytes:
        return self.founded.holders.cohort(self.founded.cohort.id)

    def _signer(self, name: str) -> Signer:
        return self.founded.holders.signer(name)


def _path(twin_id: str, record: LedgerRecord) -> str:
    """Return where a record of an attempt lies."""
    match record:
        case Started():
            return layout.started(twin_id, record.attempt)
        case Received():
            return layout.received(twin_id, record.attempt, record.number)
        case Evaluated():
            return layout.evaluated(twin_id, record.attempt, record.number)
        case Expired():
            return layout.expired(twin_id, record.attempt)
        case Claim():
            return layout.claim(twin_id, record.attempt, record.number)
        case Reviewed():
            return layout.reviewed(twin_id, record.attempt, record.number)
        case Decision():
            return layout.decision(twin_id, record.attempt)
        case _:
            raise EngineError(f"no place for a record `{record.kind}`")


def _measured(line: Bar, *, met: bool) -> Measured:
    """Return a figure that meets its bar, or does not."""
    better = line.comparator == ">=" if met else line.comparator == "<="
    value = round(line.value * (1.0 if met and better else 1.5 if better else 0.5), 6)
    return Measured(
        metric=line.metric, value=value, comparator=line.comparator, bar=line.value, met=met
    )


def _snapshot(twin: Twin, name: str, number: int) -> Snapshot:
    return Snapshot(
        mode="repo_url",
        source=_hex(name, "source", length=32),
        commit=_hex(name, "commit", length=40),
        tree=_hex(name, "tree", length=40),
        digest=_digest(name, "snapshot", number),
        files=37,
        bytes=182_000,
        ref=layout.snapshot_ref(twin.id, name, number),
    )


def _answers(name: str) -> bytes:
    """Return kept answers: some 2 KB of what a learner's code might have said."""
    dice = random.Random(name)  # noqa: S311 - the same answers each time
    said = [{"id": number, "answer": _words(dice, 12)} for number in range(40)]
    return gzip.compress(json.dumps(said).encode("utf-8"), mtime=0)


def _prose(name: str, length: int) -> bytes:
    dice = random.Random(name)  # noqa: S311 - the same text each time
    return _words(dice, length // 7).encode("ascii") + b"\n"


def _words(dice: random.Random, many: int) -> str:
    return " ".join(dice.choices(WORDS, k=many))


def _hex(*parts: object, length: int) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8")).hexdigest()[:length]


def _digest(*parts: object) -> str:
    return "sha256:" + _hex(*parts, length=64)
