"""A grading desk to try acts on: two mentors, a gold set, evaluated attempts."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.audit import audit
from jobtwin.acts.calibrate import calibrate
from jobtwin.acts.calibrate.handing_out import hand_out
from jobtwin.acts.claim import claim
from jobtwin.acts.decide import decide
from jobtwin.acts.review import review, sign_review
from jobtwin.forge.events import Account, Effects, Event
from jobtwin.harness.contract import GoldItem
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.calibration import Agreement, Drifted, GoldSet
from jobtwin.records.gate import Gate
from jobtwin.records.grade import (
    Claim,
    Comment,
    DimensionScore,
    Evidence,
    Review,
    SkillAssertion,
)
from jobtwin.records.organisation import Mentor
from jobtwin.records.submission import (
    Deadline,
    Evaluated,
    Figure,
    Graded,
    Measured,
    Received,
    SelfCheck,
    Snapshot,
    Started,
)
from jobtwin.records.twin import Twin
from jobtwin.repository import append, ssh
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import gold, seeds
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt

TWIN = "jt-incident-4"
SET = "set-1"
ZERO = "sha256:" + "0" * 64
SNAPSHOT = Snapshot(
    mode="repo_url",
    source="5" * 32,
    commit="c" * 40,
    tree="d" * 40,
    digest="sha256:" + "e" * 64,
    files=3,
    bytes=1234,
    ref="refs/archive/none",
)
MENTOR = Account(501, "mia")
OTHER = Account(502, "max")
THIRD = Account(503, "kim")
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
LOW = Agreement(
    kappa=0.41,
    kappa_low=0.2,
    kappa_high=0.6,
    weighted_kappa=0.5,
    exact=0.5,
    adjacent=0.8,
    ac1=0.4,
    mean_absolute_error=0.2,
    verdict_agreement=0.6,
    items=6,
    ratings=30,
)
"""What stops a mentor, as hidden items would show it."""
PULL_REQUEST = 7
"""What every attempt that was played up to its evaluation was opened by."""
T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def gold_items(twin: Twin, count: int = 24) -> tuple[GoldItem, ...]:
    """Return items whose files say nothing, with reference scores all over the levels."""
    dice = random.Random(7)
    return tuple(
        GoldItem(
            {"report.md": f"# Item {n}\n".encode()},
            {dimension.id: dice.choice(LEVELS) for dimension in twin.rubric},
            ("a defect",),
        )
        for n in range(count)
    )


def answers_like(items: tuple[GoldItem, ...], wrong_every: int = 0) -> dict[str, dict[str, float]]:
    """Return the reference scores as answers, every so-manieth one turned over."""
    answers: dict[str, dict[str, float]] = {}
    counter = 0
    for number, item in enumerate(items, start=1):
        answers[f"item-{number:02}"] = given = {}
        for name, score in item.scores.items():
            counter += 1
            turned = bool(wrong_every) and counter % wrong_every == 0
            given[name] = 1.0 - score if turned else score
    return answers


@dataclass
class Desk:
    """An organisation with two mentors, and what happens at its desk."""

    git: Git
    holders: Holders
    keys: Path
    items: tuple[GoldItem, ...] = ()
    now: datetime = T0
    events: int = 0
    tree: Tree | None = None
    twin_id: str = TWIN

    def ledger(self) -> Ledger:
        """Return the records as main has them now."""
        self.close()
        self.tree = Tree(self.git, "refs/heads/main")
        return Ledger(self.tree)

    def close(self) -> None:
        if self.tree:
            self.tree.close()

    def event(self, actor: Account = MENTOR, comment: str = "", kind: str = "test") -> Event:
        self.events += 1
        return Event(f"{kind}:{self.events}", self.now, actor, comment=comment)

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)

    def apply(self, effects: Effects) -> Effects:
        append.add(self.git, effects.records, effects.message or "test", self.now)
        return effects

    def twin(self) -> Twin:
        loaded = self.ledger().twin(self.twin_id)
        assert loaded is not None
        return loaded.record

    def attempt(self, attempt_id: str) -> Attempt:
        found = self.ledger().attempt(self.twin_id, attempt_id)
        assert found is not None
        return found

    # what the clock's acts would have written

    def evaluated_attempt(
        self,
        account: int = 1001,
        number: int = 1,
        *,
        bar: bool = True,
        counts: bool = True,
        relations: tuple[int, ...] = (),
        employer: str | None = None,
        identities: tuple[str, ...] = (),
        recipient: str | None = None,
        gates: tuple[Gate, ...] | None = None,
        forced_against: tuple[str, ...] = (),
    ) -> str:
        ledger, secret, live = self.ledger(), self.holders.subject, self.twin().checkpoints[0]
        signer, subject = self.holders.signer("clock"), seeds.subject(secret, account)
        attempt_id = seeds.attempt(secret, subject, self.twin_id, number)
        started = sign(
            Started(
                format=1,
                at=self.now,
                event=self.event().id,
                key=signer.key_id,
                attempt=attempt_id,
                twin=self.twin_id,
                twin_version=self.twin().version,
                twin_tree=ledger.tree.tree_id(f"twins/{self.twin_id}"),
                cohort="autumn-2026",
                policies=(),
                subject=subject,
                recipient=recipient,
                number=number,
                pull_request=seeds.hidden(secret, "pull_request", PULL_REQUEST),
                deadlines=(Deadline(checkpoint=live.id, at=self.now + timedelta(minutes=90)),),
                kit_seed="0" * 64,
                graded_seed_commitment=ZERO,
                employer=employer,
                relations=tuple(seeds.subject(secret, number) for number in relations),
            ),
            signer,
        )
        content = write(started)
        self.wait(minutes=80)
        received = sign(
            Received(
                format=1,
                at=self.now,
                event=self.event().id,
                previous=digest(content),
                key=signer.key_id,
                attempt=attempt_id,
                number=1,
                head="a" * 40,
                checkpoint=live.id,
                ruling="accepted",
                identities=identities,
                self_checks=tuple(
                    SelfCheck(id=check.id, answer=check.id not in forced_against)
                    for check in self.twin().failure_modes
                ),
                forced=bool(forced_against),
                snapshot=SNAPSHOT.model_copy(
                    update={"ref": layout.snapshot_ref(self.twin_id, attempt_id, 1)}
                ),
                final=True,
            ),
            signer,
        )
        receipt = write(received)
        self.wait(minutes=15)
        met = Measured(
            metric="fail_to_pass", value=1.0 if bar else 0.4, comparator=">=", bar=1.0, met=bar
        )
        evaluated = sign(
            Evaluated(
                format=1,
                at=self.now,
                event=self.event().id,
                previous=digest(receipt),
                key=signer.key_id,
                attempt=attempt_id,
                number=1,
                graded=(Graded(checkpoint=live.id, receipt=digest(receipt)),),
                outcome=("passed" if bar else "failed") if counts else "infrastructure_error",
                bar=(met,),
                metrics=(Figure(metric="latency_p95_ms", value=12.5),),
                notes=("Half of the class is still there.",),
                gates=gates,
                counts=counts,
            ),
            signer,
        )
        files = {
            layout.started(self.twin_id, attempt_id): content,
            layout.received(self.twin_id, attempt_id, 1): receipt,
            layout.evaluated(self.twin_id, attempt_id, 1): write(evaluated),
        }
        append.add(self.git, files, "An attempt", self.now)
        return attempt_id

    # the acts

    def hand_out(self, mentor: str = "mia") -> Effects:
        """Hand the mentor the set whose turn it is."""
        account = next(known for known in (MENTOR, OTHER, THIRD) if known.login == mentor)
        event = self.event(account, f"/calibrate {self.twin_id}", kind="issue_comment.created")
        return self.apply(hand_out(event, self.ledger(), self.holders))

    def new_key(self, mentor: str = "mia") -> str:
        """Let a mentor's file end, and one of another id with a new key begin; return the id."""
        old, name = layout.mentor(mentor), f"{mentor}-again"
        with Tree(self.git, "main") as tree:
            known = load(Mentor, tree.read(old) or b"").record
        if not (self.keys / name).exists():  # the folder is shared by many tests
            ssh.make_key(self.keys / name, name)
        key = ssh.public_key(self.keys / f"{name}.pub")
        again = known.model_copy(update={"id": name, "key": key, "since": self.now})
        ended = known.model_copy(update={"until": self.now})
        files = {old: write(ended), layout.mentor(name): write(again)}
        append.add(self.git, files, "A new key", self.now)
        return name

    def calibrate(
        self,
        mentor: str = "mia",
        wrong_every: int = 12,
        number: int = 1,
        set_id: str = SET,
        asking: bool = True,
    ) -> Effects:
        if asking:
            self.hand_out(mentor)
        content, signature = self.round(mentor, wrong_every, number, set_id)
        return self.apply(calibrate(self.event(), self.ledger(), self.holders, content, signature))

    def round(
        self, mentor: str = "mia", wrong_every: int = 12, number: int = 1, set_id: str = SET
    ) -> tuple[bytes, bytes]:
        gold_set = self.ledger().need(GoldSet, gold.set_path(self.twin_id, set_id))
        content = write(
            gold.make_round(mentor, gold_set, number, answers_like(self.items, wrong_every))
        )
        return content, ssh.sign_bytes_with_ssh(self.keys / mentor, ROUND, content)

    def stop(
        self, mentor: str = "mia", agreed: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """Write the record by which hidden items stop a mentor, with the desk's own key.

        `agreed` changes their agreement, `changes` the record itself.
        """
        self.wait(minutes=5)
        signer = self.holders.signer("desk")
        record = Drifted(
            format=1,
            at=self.now,
            event=self.event().id,
            key=signer.key_id,
            mentor=mentor,
            twin=self.twin_id,
            number=1,
            policy=self.ledger().policies(self.now)["queue"][1],
            agreement=LOW.model_copy(update=agreed),
        ).model_copy(update=changes)
        signed = write(sign(record, signer))
        append.add(self.git, {layout.drifted(mentor, self.twin_id, 1): signed}, "Stop", self.now)
        self.wait(minutes=5)

    def divergences(self) -> set[str]:
        """Return the codes of what an audit finds."""
        return {item.finding.code for item in audit(self.git).divergences}

    def claim(self, actor: Account = MENTOR) -> Claim:
        event = self.event(actor, f"/claim {self.twin_id}", kind="issue_comment.created")
        effects = self.apply(claim(event, self.ledger(), self.holders))
        (content,) = effects.records.values()
        return load(Claim, content).record

    def written(
        self, attempt_id: str, score: float = 0.75, skill: float = 0.8, mentor: str = "mia"
    ) -> Review:
        """Return a complete review for the latest claim."""
        claimed = self.attempt(attempt_id).last(Claim)
        assert claimed is not None
        evidence = (Evidence(file="src/app.py", line=12),)
        return Review(
            format=1,
            attempt=attempt_id,
            claim=claimed.digest,
            mentor=mentor,
            scores=tuple(
                DimensionScore(
                    dimension=dimension.id,
                    score=score,
                    evidence=evidence,
                    comment=f"On {dimension.id}: done with care.",
                )
                for dimension in self.twin().rubric
            ),
            skills=(SkillAssertion(id=self.twin().skills[-1].id, weight=skill, evidence=evidence),),
            comments=(
                Comment(file="src/app.py", line=12, text="Here the cache is keyed wrongly."),
            ),
            summary="A sound fix.\nThe post-mortem is honest.",
        )

    def review(self, written: Review, key: str = "mia") -> Effects:
        content = write(written)
        signature = sign_review(self.keys / key, content)
        return self.apply(review(self.event(), self.ledger(), self.holders, content, signature))

    def decide(self, attempt_id: str) -> Effects:
        return self.apply(
            decide(self.event(), self.ledger(), self.holders, self.twin_id, attempt_id)
        )

    def graded(self, score: float = 0.75, **attempt: Any) -> tuple[str, Effects]:
        """Play an attempt from its evaluation to its decision."""
        attempt_id = self.evaluated_attempt(**attempt)
        claimed = self.claim(OTHER if attempt.get("number", 1) == 2 else MENTOR)
        assert claimed.attempt == attempt_id
        self.review(self.written(attempt_id, score, mentor=claimed.mentor), key=claimed.mentor)
        return attempt_id, self.decide(attempt_id)


@pytest.fixture(scope="session")
def mentor_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the mentors' SSH keys."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("mia", "max", "kim"):
        ssh.make_key(folder / name, f"{name}@people.invalid")
    return folder


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Desk]]:
    """Return where desks that were founded once are kept, for copying."""
    return tmp_path_factory.mktemp("desks"), {}


@pytest.fixture
def make_desk(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    mentor_keys: Path,
    founded: tuple[Path, dict[str, Desk]],
) -> Iterator[Callable[..., Desk]]:
    """Return a function that makes a desk with two mentors and a gold set.

    Each has declared a relation with the accounts in `related`; all are calibrated if asked. `more`
    are further mentors.
    """
    folder, kept = founded
    desks: list[Desk] = []

    def make(
        related: tuple[int, ...] = (),
        calibrated: bool = False,
        more: tuple[Account, ...] = (),
        twin: str = TWIN,
    ) -> Desk:
        name = f"{len(related)}-{calibrated}-{len(more)}-{twin}"
        if name not in kept:
            organisation = request.getfixturevalue("found_organisation")()
            began = Desk(organisation.forge.origin, organisation.holders, mentor_keys, twin_id=twin)
            desk = _found(began, organisation.gold_public, related, (MENTOR, OTHER, *more))
            if calibrated:
                for mentor in (MENTOR, OTHER, *more):
                    desk.calibrate(mentor.login)
            desk.close()
            shutil.copytree(desk.git.path, folder / name)
            kept[name] = desk
        shutil.copytree(folder / name, tmp_path / f"{name}.git")
        desks.append(replace(kept[name], git=Git(tmp_path / f"{name}.git"), tree=None))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


def _found(
    desk: Desk, gold_public: bytes, related: tuple[int, ...], mentors: tuple[Account, ...]
) -> Desk:
    secret, keys = desk.holders.subject, desk.keys
    desk.items = gold_items(desk.twin())
    files = gold.seal(desk.twin(), SET, desk.items, gold_public, b"s" * 16, T0)
    for account in mentors:
        mentor = Mentor(
            format=1,
            id=account.login,
            name=account.login.title(),
            key=ssh.public_key(keys / f"{account.login}.pub"),
            since=T0 - timedelta(days=30),
            account=seeds.subject(secret, account.number),
            relations=tuple(seeds.subject(secret, number) for number in related),
        )
        files[layout.mentor(account.login)] = write(mentor)
    append.add(desk.git, files, "Mentors and a gold set", T0)
    return desk


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk whose two mentors are calibrated."""
    return make_desk(calibrated=True)
