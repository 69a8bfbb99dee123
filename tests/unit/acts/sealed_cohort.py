"""One attempt of a sealed cohort, played step by step on real git by the people who take part."""

from __future__ import annotations

import re
import shutil
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import cohort

from jobtwin import sealing
from jobtwin.acts import evaluate, kit, submit
from jobtwin.acts import review as desk_act
from jobtwin.acts.appeal import appeal
from jobtwin.acts.audit import audit
from jobtwin.acts.decide import decide
from jobtwin.acts.receive import receive
from jobtwin.acts.review import writing
from jobtwin.acts.seal.destroying import destroy
from jobtwin.acts.seal.publishing import publish
from jobtwin.acts.start import start
from jobtwin.forge.events import Account
from jobtwin.forge.local import LocalForge, carry_out
from jobtwin.harness import contract, grading, wire
from jobtwin.harness.reporting import report_of
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Claim, Decision, DimensionResult
from jobtwin.records.submission import Received, Started
from jobtwin.repository import append
from jobtwin.rules import seeds
from jobtwin.rules.ledger import sign
from jobtwin.rules.scoring import level

if TYPE_CHECKING:
    from jobtwin.acts.audit import Report
    from jobtwin.acts.evaluate import Task
    from jobtwin.forge.events import Effects, Event
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"
LEARNER = Account(1001, "lea")
YES = dict.fromkeys(("F1", "F2", "F3"), True)
COHORT = "sealed-2026"
KEY, SECRET = b"k" * 32, b"s" * 32
WORK = b"MOST_SECRET = 'planted word of the work'\n"
UPDATE = b"planted word of an update\n"
NOTE = b"planted word of a note"
REVIEW = b"planted word of a review"
ANSWER = b"planted word of an answer"
PLANTED = (WORK, UPDATE, b"hidden_name", NOTE, ANSWER, REVIEW)
"""What stands in no object of git before the learner agrees."""


def sealed_cohort() -> Any:
    """Return a cohort that opens after the open one, and is sealed to a key of its own."""
    return cohort().model_copy(
        update={
            "id": COHORT,
            "opens": datetime(2026, 10, 1, tzinfo=UTC),
            "visibility": "sealed",
            "secret_commitment": seeds.commitment(SECRET),
            "sealed_to": sealing.public_half(KEY).hex(),
        }
    )


class Played:
    """A desk with calibrated mentors and a sealed cohort, and a learner at home."""

    def __init__(self, desk: Any, folder: Path) -> None:
        self.forge = LocalForge(folder / "sealed", desk.now)
        shutil.copytree(desk.git.path, self.forge.origin.path)
        kept = dict(desk.holders.secrets)
        kept["cohorts"] += f",{COHORT}:{SECRET.hex()}"
        kept["cohort_keys"] += f",{COHORT}:{KEY.hex()}"
        self.desk = replace(desk, git=self.forge.origin, holders=Holders(kept), tree=None)
        self.home = folder / "home"
        self.home.mkdir()
        files = {layout.cohort(COHORT): write(sealed_cohort())}
        append.add(self.forge.origin, files, "A sealed cohort", self.desk.now)

    @property
    def holders(self) -> Holders:
        held: Holders = self.desk.holders
        return held

    def apply(self, effects: Effects) -> Effects:
        carry_out(self.forge.origin, effects, self.desk.now)
        return effects

    # the learner

    def start(self) -> Started:
        """Open the pull request with the start file that the command writes."""
        clone = self.home / "organisation"
        self.forge.origin.run("clone", "-q", str(self.forge.origin.path), str(clone))
        self.forge.now = self.desk.now
        content, self.said = submit.start_file(clone, submit.Wish(TWIN), self.home, self.forge.now)
        self.opened = self.forge.open_pull_request(LEARNER, {"start.yml": content})
        effects = self.apply(start(self.opened, self.desk.ledger(), self.holders))
        self.started = load(Started, next(iter(effects.records.values()))).record
        self.kit = self.home / "work"
        given = kit.kit(PROJECT, TWIN, bytes.fromhex(self.started.kit_seed), self.started.sealed_to)
        kit.write_kit(given, self.kit)
        return self.started

    def box(self, checkpoint: str = "live", *, final: bool = False) -> dict[str, bytes]:
        """Return what `submit` sends for the work with the planted words in it."""
        (self.kit / "hidden_name.py").write_bytes(WORK)
        (self.kit / "inbox" / "updates").mkdir(parents=True, exist_ok=True)
        (self.kit / "inbox" / "updates" / "01.yml").write_bytes(UPDATE)
        wanted = submit.HandIn(checkpoint, YES, final=final)
        return submit.prepare(PROJECT, self.kit, wanted)

    def push(self, files: dict[str, bytes]) -> Received:
        self.desk.wait(minutes=20)
        self.forge.now = self.desk.now
        self.pushed = self.forge.push(1, files)
        effects = receive(self.pushed, self.desk.ledger(), self.holders, self.forge.rewrite)
        self.apply(effects)
        contents = (body for path, body in effects.records.items() if "/received-" in path)
        return load(Received, next(contents)).record

    # the operator

    def evaluate(self, *, passed: bool = True) -> Effects:
        """Record an evaluation whose figures are given, and not run."""
        task = self.due()
        graded = given_figures(task.twin, passed=passed)
        return self.apply(
            evaluate.record(self.dispatch(), self.holders, task, graded, "sha256:" + "0" * 64)
        )

    def review(self, score: float = 0.75, mentor: str = "mia") -> Effects:
        """Hand in what the mentor wrote, as `review submit` seals it."""
        claimed = self.attempt().last(Claim)
        assert claimed is not None
        written = self.desk.written(self.started.attempt, score, mentor=mentor)
        said = written.model_copy(update={"summary": REVIEW.decode(), "claim": claimed.digest})
        content = write(said)
        _, files = writing.hand_in(
            self.desk.ledger(), content, desk_act.sign_review(self.desk.keys / mentor, content)
        )
        (box,) = files.values()
        return self.apply(desk_act.sealed(self.dispatch(), self.desk.ledger(), self.holders, box))

    def decide(self) -> Decision:
        name = (TWIN, self.started.attempt)
        self.decided = self.apply(decide(self.dispatch(), self.desk.ledger(), self.holders, *name))
        decided = self.attempt().last(Decision)
        assert decided is not None
        return decided.record

    def decided_as(self, verdict: str, score: float) -> dict[str, bytes]:
        """Return the files of a decision with other scores than the review gives, well signed."""
        name = (TWIN, self.started.attempt)
        honest = decide(self.dispatch(), self.desk.ledger(), self.holders, *name)
        path = layout.decision(*name)
        record = load(Decision, honest.records[path]).record
        twin = self.desk.ledger().pinned_twin(self.started.twin_tree, TWIN)
        dimensions = tuple(
            DimensionResult(dimension=part.id, score=score, level=level(score))
            for part in twin.rubric
        )
        bent = record.model_copy(
            update={"verdict": verdict, "overall": score, "dimensions": dimensions}
        )
        signed = sign(bent, self.holders.signer("desk"))
        return {**honest.records, path: write(signed)}

    def due(self) -> Task:
        name = (TWIN, self.started.attempt)
        key = self.holders.cohort_key
        return evaluate.due(self.dispatch(), self.desk.ledger(), *name, key)

    def dispatch(self) -> Event:
        self.forge.now = self.desk.now
        return self.forge.dispatch()

    def attempt(self) -> Attempt:
        found: Attempt = self.desk.attempt(self.started.attempt)
        return found

    def audited(self, *, with_key: bool = False) -> Report:
        """Return what an audit of main says, by somebody with the cohort's key or without."""
        return audit(self.forge.origin, keys={COHORT: KEY} if with_key else None)

    def publish(self, who: Account = LEARNER) -> Effects:
        """Comment `/publish` on the pull request."""
        return self.apply(publish(self.asked(who), self.desk.ledger(), self.holders))

    def appeal(self) -> Effects:
        """Comment `/appeal` on the pull request."""
        event = self.asked(LEARNER, "/appeal")
        return self.apply(appeal(event, self.desk.ledger(), self.holders))

    def asked(self, who: Account = LEARNER, words: str = "/publish") -> Event:
        """Return the event of a comment on the learner's pull request."""
        event = replace(self.forge.comment(who, words), at=self.desk.now)
        return replace(event, pull_request=self.opened.pull_request)

    def prepared_publication(self) -> dict[str, bytes]:
        """Return what a publication would add, without adding it."""
        return dict(publish(self.asked(), self.desk.ledger(), self.holders).records)

    def destroy(self) -> Effects:
        """Put on record that the key is destroyed, and lose it."""
        effects = self.apply(destroy(self.dispatch(), self.desk.ledger(), self.holders, COHORT))
        keys = self.holders.secrets["cohort_keys"].split(",")
        rest = ",".join(key for key in keys if not key.startswith(f"{COHORT}:"))
        self.desk.holders = Holders({**self.holders.secrets, "cohort_keys": rest})
        return effects

    def objects(self) -> bytes:
        """Return the content of every object in the repository, whatever leads to it."""
        git = self.forge.origin
        listed = git.text("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
        kinds = git.run("cat-file", "--batch", stdin=f"{listed}\n".encode())
        packed = [found.start() for found in re.finditer(rb"\x1f\x8b\x08", kinds)]
        return kinds + b"".join(_unpacked(kinds[at:]) for at in packed)

    def shown(self) -> set[bytes]:
        """Return the planted words that stand in the repository, packed ones among them."""
        objects = self.objects()
        return {word for word in PLANTED if word in objects}


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(content)
    except zlib.error:
        return b""


def given_figures(twin: Twin, *, passed: bool) -> grading.Graded:
    """Return what a run came to, with planted words in everything that a learner can cause."""
    off = 0.0 if passed else 1.0
    figures = {
        line.metric: line.value - off if line.comparator == ">=" else line.value + off
        for line in twin.bar
    }
    score = contract.Score(figures, (NOTE.decode(),))
    outcome: grading.GradeOutcome = "passed" if passed else "failed"
    bar = grading.measure(twin, score)
    service = contract.ServiceReturn(
        contract.Outcome.INVALID,
        (contract.Answer(contract.Outcome.INVALID),),
        detail=ANSWER.decode(),
    )
    returned = wire.encode(contract.Returned({"service": service}))
    report = report_of(twin, score, bar, outcome)
    return grading.Graded(score, returned, outcome, bar, "bubblewrap", "3.11", report)
