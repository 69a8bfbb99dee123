"""A history that is played with the real acts, and what it takes to tamper with a copy of it."""

from __future__ import annotations

import random
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import START, cohort, entropy, issuer, project_files

from jobtwin.acts.audit import audit
from jobtwin.acts.audit.merging import merge
from jobtwin.acts.audit.sharding import Shard
from jobtwin.acts.calibrate import calibrate
from jobtwin.acts.calibrate.handing_out import hand_out
from jobtwin.acts.claim import claim
from jobtwin.acts.decide import decide
from jobtwin.acts.evaluate import due, record
from jobtwin.acts.issue import issue
from jobtwin.acts.receive import receive
from jobtwin.acts.review import review, sign_review
from jobtwin.acts.revoke import revoke
from jobtwin.acts.start import start
from jobtwin.credential.keys import SeedSigner
from jobtwin.errors import Refused
from jobtwin.forge import founding
from jobtwin.forge.events import Account, Effects, Event
from jobtwin.forge.local import LocalForge
from jobtwin.harness import grading
from jobtwin.harness.contract import GoldItem, Score
from jobtwin.harness.reporting import report_of
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.calibration import GoldSet
from jobtwin.records.credential import Issued
from jobtwin.records.grade import (
    Claim,
    DimensionScore,
    Evidence,
    Review,
    SkillAssertion,
)
from jobtwin.records.organisation import (
    Cohort,
    IssuerKeys,
    Mentor,
    Revealed,
)
from jobtwin.repository import append, measurements, ssh
from jobtwin.repository.append import Author
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import gold, seeds
from jobtwin.rules.ledger import sign
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.acts.audit import Divergence, Report
    from jobtwin.keys import Holders
    from jobtwin.records.ledger import LedgerRecord

TWIN = "jt-incident-4"
MAIN = "refs/heads/main"
LEARNER, MENTOR = Account(1001, "lea"), Account(501, "mia")
STRANGER = SeedSigner("clock-2026-1", entropy("stranger"))
_SUBMISSION = ("started.yml", "received", "evaluated", "report", "expired.yml", "answers", "inbox")
UNEVEN = (0.1, 0, -0.1, 0, 0)
"""Added to a review's scores: the first dimension weighs what the third does, the whole stays."""
Caught = tuple[str, str, str]
"""What a tampering has to be called: code, words of its message, path."""


@dataclass
class History:
    """An organisation's repository, with what it takes to go on in it."""

    git: Git
    holders: Holders
    keys: Path
    attempt: str
    now: datetime

    def read(self, path: str) -> bytes:
        return self.git.run("cat-file", "blob", f"{MAIN}:{path}")

    def path(self, name: str) -> str:
        folder = "submissions" if name.split("-", maxsplit=1)[0] in _SUBMISSION else "grades"
        return f"{folder}/{TWIN}/{self.attempt[:2]}/{self.attempt}/{name}"

    def commit(
        self, files: Mapping[str, bytes | None], at: datetime | None = None, mode: str = "100644"
    ) -> str:
        """Commit what no act would: None removes a file."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.git.run("read-tree", MAIN, env=index)
            for path, content in files.items():
                if content is None:
                    line = f"0 {'0' * 40}\t{path}\n"
                else:
                    made = self.git.run("hash-object", "-w", "--stdin", stdin=content)
                    line = f"{mode} {made.decode().strip()}\t{path}\n"
                self.git.run("update-index", "--index-info", stdin=line.encode(), env=index)
            tree = self.git.text("write-tree", env=index)
        who = append.BOT.environment(at or self.now)
        made = self.git.run("commit-tree", tree, "-p", MAIN, "-m", "Tamper", env=who)
        self.git.run("update-ref", MAIN, made.decode().strip())
        return made.decode().strip()

    def signed(self, path: str, model: type[LedgerRecord], **changes: object) -> bytes:
        """Return a record with changes, signed again by the key that may write it."""
        found = load(model, self.read(path)).record.model_copy(update=changes)
        is_desk = path.startswith(("grades/", "outcomes/"))
        return write(sign(found, self.holders.signer("desk" if is_desk else "clock")))

    def rewrite(self, path: str, content: bytes) -> None:
        """Play history again with another content of one record from its first commit on."""
        old, exported = self.read(path), self._exported()
        assert exported.count(b"data %d\n%s" % (len(old), old)) == 1
        self._play_again(exported.replace(_data(old), _data(content)))

    def leave_out(self, path: str) -> None:
        """Play history again as if one file had never been added."""
        lines = self._exported().split(b"\n")
        self._play_again(
            b"\n".join(line for line in lines if not line.endswith(b" " + path.encode()))
        )

    def change_with(self, path: str, other: str, content: bytes) -> None:
        """Play history again as if the commit that added a file had changed another as well."""
        added = rb"^(?=M 100644 :[0-9]+ %s$)" % re.escape(path.encode())
        slipped_in = b"M 100644 inline %s\n%s\n" % (other.encode(), _data(content))
        exported, times = re.subn(added, lambda _: slipped_in, self._exported(), flags=re.M)
        assert times == 1
        self._play_again(exported)

    def _exported(self) -> bytes:
        return self.git.run("fast-export", MAIN)

    def _play_again(self, exported: bytes) -> None:
        self.git.run("fast-import", "--quiet", "--force", stdin=exported)

    def reveal(self, secret: bytes) -> None:
        """Commit the record that reveals the cohort's secret, be it the right one or not."""
        signer = self.holders.signer("clock")
        record = Revealed(
            format=1,
            at=self.now,
            event="schedule:1",
            key=signer.key_id,
            cohort="autumn-2026",
            secret=secret.hex(),
        )
        self.commit({layout.revealed(record.cohort): write(sign(record, signer))})

    def commit_entry(self, line: str) -> None:
        """Commit an entry of a tree that is no blob; `line` is as `git ls-tree` shows it."""
        index = {"GIT_INDEX_FILE": str(self.git.path / "index-of-a-thief")}
        entry = f"{line}\n".encode("utf-8", "surrogateescape")
        self.git.run("read-tree", MAIN, env=index)
        self.git.run("update-index", "--index-info", stdin=entry, env=index)
        tree = self.git.text("write-tree", "--missing-ok", env=index)
        who = append.BOT.environment(self.now)
        made = self.git.text("commit-tree", tree, "-p", MAIN, "-m", "Odd", env=who)
        self.git.run("update-ref", MAIN, made)

    def revoke(self) -> None:
        """Revoke the credential by the act itself."""
        (path,) = self.credentials()
        event = Event("workflow_dispatch:99", self.now, MENTOR)
        with Tree(self.git, MAIN) as tree:
            name, at = path.split("/")[2], self.now
            effects = revoke(event, Ledger(tree), self.holders, name, "An error.", at)
        self.commit(dict(effects.records))

    def issuer_keys(self) -> IssuerKeys:
        return load(IssuerKeys, self.read(layout.ISSUER_KEYS)).record

    def publish(self, keys: IssuerKeys) -> None:
        """Commit the issuer's keys with all files that are made of them."""
        files = founding.key_files(issuer(), keys)
        self.commit({layout.ISSUER_KEYS: write(keys), **files})

    def credentials(self) -> list[str]:
        """Return the paths of the signed credentials."""
        paths = self.git.lines("ls-tree", "-r", "-z", "--name-only", MAIN, "--", "credentials/")
        return [path for path in paths if path.endswith("/1.json") and "/status/" not in path]

    def jwt(self) -> str:
        """Return the path of the one credential's JWT form."""
        (path,) = self.credentials()
        return path.replace("/1.json", "/1.jwt")

    def unname_jwt(self) -> str:
        """Play history again as if the credential's record named no JWT; return the JWT's path."""
        record = self.jwt().replace("/1.jwt", "/issued-1.yml")
        without = load(Issued, self.read(record)).record.model_copy(update={"jwt_key": None})
        self.rewrite(record, write(sign(without, self.holders.signer("issuer"))))
        return self.jwt()

    def audit(self) -> Report:
        return audit(self.git)

    def assert_caught(self, caught: Caught) -> None:
        """Assert that a tampering is named with its commit, by one machine and by two."""
        report = self.audit()
        commit, path = assert_named(report, caught).commit, caught[2]
        about = ["--", path] if path else []
        added = self.git.text("log", "-1", "--format=%H", commit, *about)
        assert commit in (added, self.git.text("rev-parse", MAIN))
        parts = [audit(self.git, shard=Shard(number, 2)) for number in (1, 2)]
        assert merge(parts).json() == report.json()

    def assert_caught_since(self, ended: str, caught: Caught) -> None:
        """Assert that a tampering is named from the commit before it on, held to be so or not."""
        if self.git.attempt("merge-base", "--is-ancestor", ended, MAIN).returncode:
            with pytest.raises(Refused, match="AUD-070"):
                audit(self.git, since=ended)
            ended = self._before(caught[2])
        for held in (False, True):
            assert_named(audit(self.git, since=ended, held=held), caught)

    def _before(self, path: str) -> str:
        """Return the commit before the one that brought a file, or should have: the last one."""
        added = self.git.text("log", "--format=%H", "--diff-filter=A", MAIN, "--", path) or MAIN
        return self.git.text("rev-parse", f"{added.split()[-1]}^")


def _data(content: bytes) -> bytes:
    return b"data %d\n%s" % (len(content), content)


def assert_named(report: Report, caught: Caught) -> Divergence:
    """Assert that a report names a tampering by its own words; return what it says."""
    code, words, path = caught
    found = {item.finding.code: item for item in report.divergences}
    assert code in found, report.text()
    assert words in found[code].finding.message
    assert found[code].finding.path == path
    return found[code]


class Play:
    """Plays the honest history: one attempt from its start to its credential."""

    twin = TWIN
    score = 0.75
    mentor = MENTOR
    skills: tuple[SkillAssertion, ...] = ()

    def __init__(self, root: Path, more: Mapping[str, bytes] | None = None) -> None:
        self.forge = LocalForge(root / "forge", START)
        self.keys = root / "keys"
        self.keys.mkdir()
        found = founding.found(issuer(), self.cohort(), datetime(2026, 8, 1, tzinfo=UTC), entropy)
        self.holders, self.gold_public = found.holders, found.gold_public
        ssh.make_key(self.keys / "mia", "mia@people.invalid")
        files = project_files(f"twins/{TWIN}", "tracks", "policy")
        files[layout.mentor("mia")] = write(self._mentor())
        who = Author("A Founder", "founder@people.invalid")
        self.forge.found(files | found.files | dict(more or {}), "Found the organisation", who)

    def cohort(self) -> Cohort:
        """Return the cohort, open throughout."""
        return cohort().model_copy(update={"windows": ()})

    def _mentor(self) -> Mentor:
        return Mentor(
            format=1,
            id="mia",
            name="Mia",
            key=ssh.public_key(self.keys / "mia.pub"),
            since=START - timedelta(days=30),
            account=seeds.subject(self.holders.subject, MENTOR.number),
        )

    def act(self, event: Event, run: Callable[[Ledger], Effects]) -> Effects:
        with Tree(self.forge.origin, MAIN) as tree:
            effects = run(Ledger(tree))
        self.forge.apply(effects, event)
        self.forge.wait(minutes=5)
        return effects

    def play(self) -> History:
        self.calibrate()
        attempt = self.pass_one(LEARNER)
        last = self.forge.dispatch()
        self.act(last, lambda ledger: issue(last, ledger, self.holders))
        return History(self.forge.origin, self.holders, self.keys, attempt, self.forge.now)

    def pass_one(self, learner: Account, number: int = 1, nth: int = 1) -> str:
        """Play a learner's nth attempt, by the pull request of that number, up to its decision."""
        wish = f"format: 1\ntwin: {self.twin}\n"
        event = self.forge.open_pull_request(learner, {"start.yml": wish.encode()})
        self.act(event, lambda ledger: start(event, ledger, self.holders))
        subject = seeds.subject(self.holders.subject, learner.number)
        attempt = seeds.attempt(self.holders.subject, subject, self.twin, nth)
        self._hand_in(learner, number)
        self.forge.wait(days=1)
        self._evaluate(attempt)
        self._grade(attempt)
        return attempt

    def calibrate(self, seal: bool = True) -> None:
        with Tree(self.forge.origin, MAIN) as tree:
            twin = Ledger(tree).twin(self.twin)
        assert twin is not None
        dice = random.Random(7)
        names = [dimension.id for dimension in twin.record.rubric]
        items = tuple(
            GoldItem(
                {"a.md": b"x"},
                {name: dice.choice((0, 0.25, 0.5, 0.75, 1.0)) for name in names},
                ("d",),
            )
            for _ in range(24)
        )
        path = gold.set_path(self.twin, "set-1")
        if seal:
            sealed = gold.seal(twin.record, "set-1", items, self.gold_public, b"s" * 16, START)
            append.add(self.forge.origin, sealed, "A gold set", self.forge.now)
        asked = self.forge.comment(self.mentor, f"/calibrate {self.twin}")
        self.act(asked, lambda ledger: hand_out(asked, ledger, self.holders))
        content = self.forge.origin.run("cat-file", "blob", f"{MAIN}:{path}")
        gold_set = load(GoldSet, content).record
        answers = {f"item-{n:02}": dict(item.scores) for n, item in enumerate(items, start=1)}
        content = write(gold.make_round(self.mentor.login, gold_set, 1, answers))
        signature = ssh.sign_bytes_with_ssh(self.keys / self.mentor.login, ROUND, content)
        event = self.forge.dispatch()
        self.act(event, lambda ledger: calibrate(event, ledger, self.holders, content, signature))

    def _hand_in(self, learner: Account, number: int) -> None:
        repository = self.forge.host(learner, f"work-{number}")
        head = self.forge.commit(repository, learner, {"src/app.py": b"print()\n"}, "Mend it")
        with Tree(self.forge.origin, MAIN) as tree:
            loaded = Ledger(tree).twin(self.twin)
        assert loaded is not None
        for checkpoint in loaded.record.checkpoints:
            lines = ["format: 1", f"checkpoint: {checkpoint.id}", "self_checks:"]
            lines += [f"  {item.id}: true" for item in loaded.record.failure_modes]
            if checkpoint.repository:
                lines += [
                    f"repo_url: {self.forge.url(learner, f'work-{number}')}",
                    f'commit: "{head}"',
                ]
            event = self.forge.push(
                number, {f"{checkpoint.id}.yml": "\n".join([*lines, ""]).encode()}
            )
            self.act(
                event,
                lambda ledger, event=event: receive(  # type: ignore[misc]
                    event, ledger, self.holders, self.forge.rewrite
                ),
            )
        late = self.forge.push(number, {"status/1.md": b"all well\n"})
        self.act(late, lambda ledger: receive(late, ledger, self.holders, self.forge.rewrite, True))

    def _evaluate(self, attempt: str) -> None:
        event = self.forge.dispatch()

        def run(ledger: Ledger) -> Effects:
            task = due(event, ledger, self.twin, attempt)
            good = {m.id: 1.0 for m in task.twin.metrics}
            good |= {b.metric: b.value for b in task.twin.bar}
            score = Score(good)
            bar = grading.measure(task.twin, score)
            report = report_of(task.twin, score, bar, "passed")
            answers = random.Random(7).randbytes(measurements.SMALL + 1)
            graded = grading.Graded(score, answers, "passed", bar, "bubblewrap", "3.11", report)
            return record(event, self.holders, task, graded, "sha256:" + "0" * 64)

        self.act(event, run)

    def _grade(self, attempt: str) -> None:
        drawn = self.forge.comment(self.mentor, f"/claim {self.twin}")
        self.act(drawn, lambda ledger: claim(drawn, ledger, self.holders))
        with Tree(self.forge.origin, MAIN) as tree:
            ledger = Ledger(tree)
            found, twin = ledger.attempt(self.twin, attempt), ledger.twin(self.twin)
            assert found is not None
            assert twin is not None
            claimed = found.last(Claim)
        assert claimed is not None
        evidence = (Evidence(file="src/app.py", line=1),)
        content = write(
            Review(
                format=1,
                attempt=attempt,
                claim=claimed.digest,
                mentor=self.mentor.login,
                scores=tuple(
                    DimensionScore(
                        dimension=part.id,
                        score=round(self.score + more, 2),
                        evidence=evidence,
                        comment="Good.",
                    )
                    for part, more in zip(twin.record.rubric, UNEVEN, strict=True)
                ),
                skills=self.skills,
                summary="A sound fix.",
            )
        )
        signature = sign_review(self.keys / self.mentor.login, content)
        done = self.forge.dispatch()
        self.act(done, lambda ledger: review(done, ledger, self.holders, content, signature))
        verdict = self.forge.dispatch()
        self.act(verdict, lambda ledger: decide(verdict, ledger, self.holders, self.twin, attempt))
