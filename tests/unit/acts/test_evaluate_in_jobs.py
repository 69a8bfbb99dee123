"""prepare, run and score as jobs of their own: folders between them, nobody knowing too much."""

from __future__ import annotations

import base64
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import evaluate
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.cli import _run
from jobtwin.errors import EngineError, NothingMeasured, Refused
from jobtwin.forge.events import event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.harness import contract, environment, grading, handover, run, wire
from jobtwin.harness.contract import Answer, Outcome, Returned, ServiceReturn, TestReturn
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.records.base import load
from jobtwin.records.submission import Evaluated, Started

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.forge.events import Account, Event

TWIN = "jt-incident-4"
CHECKS = "self_checks: {F1: true, F2: true, F3: true}\n"


def begun(forge: Any, ledger: Any, holders: Any, learner: Account, twin: str) -> Started:
    """Start an attempt as a learner does, and return its record."""
    opened = forge.open_pull_request(learner, {"start.yml": f"format: 1\ntwin: {twin}\n".encode()})
    effects = start(opened, ledger, holders)
    forge.apply(effects, opened)
    return load(Started, next(iter(effects.records.values()))).record


class Jobs:
    """An attempt whose deadlines have passed, and the three jobs that evaluate it."""

    def __init__(self, organisation: Any, learner: Account, folder: Path) -> None:
        self.organisation, self.forge, self.folder = organisation, organisation.forge, folder
        self.started = begun(self.forge, organisation.ledger(), organisation.holders, learner, TWIN)
        git = self.forge.host(learner, "work")
        commit = self.forge.commit(git, learner, {"serve.py": b"the work"}, "work")
        url = self.forge.url(learner, "work")
        self.hand_in(f"repo_url: {url}\ncommit: {commit}\n")
        self.forge.wait(hours=9)
        self.event: Event = self.forge.dispatch()
        (folder / "event.json").write_bytes(event_to_json(self.event))
        write_secrets(organisation.holders, folder / "secrets")

    def hand_in(self, more: str) -> None:
        self.forge.now += timedelta(minutes=10)
        live = f"format: 1\ncheckpoint: live\n{CHECKS}{more}"
        event = self.forge.push(1, {"live.yml": live.encode()})
        self.forge.apply(
            receive(event, self.organisation.ledger(), self.organisation.holders, self.rewrite),
            event,
        )

    @property
    def rewrite(self) -> dict[str, str]:
        return dict(self.forge.rewrite)

    @property
    def task(self) -> evaluate.Task:
        return evaluate.due(self.event, self.organisation.ledger(), TWIN, self.started.attempt)

    def prepared(self) -> handover.Prepared:
        ledger, holders = self.organisation.ledger(), self.organisation.holders
        return evaluate.prepare(self.event, ledger, holders, self.task)

    def score(self, folder: Path, agreed: str) -> Evaluated:
        ledger, holders = self.organisation.ledger(), self.organisation.holders
        effects = evaluate.score(
            self.event, ledger, holders, self.task, handover.Brought(agreed, folder)
        )
        body = next(body for path, body in effects.records.items() if path.endswith(".yml"))
        return load(Evaluated, body).record

    def command(self, step: str, *words: str | Path, repo: Path | None = None) -> int:
        given = [str(word) for word in words]
        if step != "run":
            given = [TWIN, self.started.attempt, *given]
            given += ["--event", str(self.folder / "event.json")]
            given += ["--secrets", str(self.folder / "secrets")]
            given += ["--repo", str(repo or self.forge.origin.path)]
        return _run(["evaluate", *([step] if step else []), *given])


@pytest.fixture
def jobs(organisation: Any, learner: Account, tmp_path: Path) -> Jobs:
    return Jobs(organisation, learner, tmp_path)


def answered(plan: contract.Plan, *_: Any) -> Returned:
    """Carry out a plan the same way each time: every service answers, no test fails."""
    answer = Answer(Outcome.OK, {"answer": "seven"}, 1.5)
    return Returned(
        {s.id: ServiceReturn(Outcome.OK, (answer,) * len(s.queries)) for s in plan.services},
        {t.id: TestReturn(Outcome.OK, 0) for t in plan.test_runs},
    )


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed and nothing is run."""
    monkeypatch.setattr(run, "run", answered)
    monkeypatch.setattr(environment, "install", lambda lock, cache: cache)
    monkeypatch.setattr("jobtwin.harness.sandbox.choose", Unsandboxed)


@pytest.fixture
def came_back(canned: None, jobs: Jobs, tmp_path: Path) -> tuple[Path, str]:
    """Return the folder that a run wrote, and the digest that prepare printed."""
    prepared = jobs.prepared()
    ran = evaluate.run(prepared, grading.Machine(Unsandboxed(), tmp_path))
    handover.write_result(prepared.binding, ran, tmp_path / "result")
    return tmp_path / "result", prepared.binding.digest


def test_three_jobs_write_the_record_that_one_command_writes(
    jobs: Jobs, canned: None, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.git"
    shutil.copytree(jobs.forge.origin.path, alone)
    assert jobs.command("", repo=alone) == 0

    output, prepared = tmp_path / "output", tmp_path / "prepared"
    assert jobs.command("prepare", "--out", prepared, "--github-output", output) == 0
    digest = output.read_text().splitlines()[0].removeprefix("prepared=")
    assert jobs.command("run", prepared, "--out", tmp_path / "result") == 0
    words = ("--returned", tmp_path / "result", "--prepared", digest)
    assert jobs.command("score", *words) == 0

    here, there = jobs.forge.origin, type(jobs.forge.origin)(alone)
    assert here.text("rev-parse", "main^{tree}") == there.text("rev-parse", "main^{tree}")
    changed = here.text("diff-tree", "-r", "--name-only", "main^", "main")
    assert "/evaluated-1.yml" in changed
    assert "/answers-1.json.gz" in changed


def test_the_usage_of_before_is_the_whole(jobs: Jobs, canned: None, tmp_path: Path) -> None:
    event = ["--event", str(tmp_path / "event.json"), "--secrets", str(tmp_path / "secrets")]
    repo = ["--repo", str(jobs.forge.origin.path)]
    assert _run(["evaluate", *event, *repo, TWIN, jobs.started.attempt]) == 0


def test_what_a_run_is_given_holds_no_seed_no_secret_and_no_answer(jobs: Jobs) -> None:
    seeds = evaluate.attempt_seeds(jobs.organisation.holders, jobs.task.attempt)
    secrets = [
        bytes.fromhex(part.rpartition(":")[2])
        for text in jobs.organisation.holders.secrets.values()
        for part in text.split(",")
    ]
    prepared = jobs.prepared()
    handover.write_prepared(prepared, jobs.folder / "prepared")
    given = b"".join(path.read_bytes() for path in sorted((jobs.folder / "prepared").iterdir()))
    decoded = b"".join(_decoded(given))
    for secret in [seeds.graded, *secrets]:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:40]):
            assert form not in given
            assert form not in decoded
    service = max(wire.decode(contract.Plan, prepared.plan).services, key=lambda s: len(s.queries))
    assert len(service.queries) > 100
    expected = {"answer", "expected", "status", "reason", "facts", "citation"}
    assert not any(expected & set(query) for query in service.queries)
    roles = (b'"reference"', b'"special-case"', b'"untouched"', b'"graded"')
    assert not any(role in prepared.plan for role in roles)


def _decoded(given: bytes) -> list[bytes]:
    """Return what stands in the strings of a JSON file as base64."""
    found = [part for part in given.split(b'"') if len(part) > 40 and len(part) % 4 == 0]
    return [base64.b64decode(part) for part in found if _is_base64(part)]


def _is_base64(part: bytes) -> bool:
    try:
        base64.b64decode(part, validate=True)
    except ValueError:
        return False
    return True


def test_preparing_twice_gives_the_same_bytes(jobs: Jobs) -> None:
    assert jobs.prepared() == jobs.prepared()


def test_an_attempt_that_is_not_due_is_not_prepared(
    jobs: Jobs, canned: None, tmp_path: Path
) -> None:
    assert jobs.command("whole") == 0
    assert jobs.command("prepare", "--out", tmp_path / "prepared") == 1
    assert not (tmp_path / "prepared").exists()


def test_a_score_that_is_taken_again_answers_the_same_and_writes_nothing(
    jobs: Jobs, came_back: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, agreed = came_back
    words = ("--returned", folder, "--prepared", agreed)
    assert jobs.command("score", *words) == 0
    first, head = capsys.readouterr().out, jobs.forge.origin.text("rev-parse", "main")
    shutil.rmtree(folder)
    assert jobs.command("score", *words) == 0
    assert capsys.readouterr().out == first
    assert jobs.forge.origin.text("rev-parse", "main") == head


def test_after_trouble_the_same_event_may_be_scored_again(
    jobs: Jobs, came_back: tuple[Path, str], tmp_path: Path
) -> None:
    folder, agreed = came_back
    assert jobs.command("score", "--returned", tmp_path / "no", "--prepared", agreed) == 0
    assert jobs.command("score", "--returned", folder, "--prepared", agreed) == 0
    attempt = jobs.organisation.ledger().attempt(TWIN, jobs.started.attempt)
    counts = [item.record.counts for item in attempt.all(Evaluated)]
    assert counts == [False, True]


def test_a_run_on_a_machine_without_walls_says_so_in_its_result(
    jobs: Jobs, canned: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Unsandboxed:
        raise EngineError("no sandbox passed its self-test")

    monkeypatch.setattr("jobtwin.harness.sandbox.choose", none)
    handover.write_prepared(jobs.prepared(), tmp_path / "prepared")
    assert jobs.command("run", tmp_path / "prepared", "--out", tmp_path / "result") == 0
    record = jobs.score(tmp_path / "result", jobs.prepared().binding.digest)
    assert (record.outcome, record.counts) == ("infrastructure_error", False)
    assert "no sandbox passed its self-test" in record.notes[0]


def test_a_run_that_nothing_can_be_measured_by_may_be_made_again(
    jobs: Jobs, came_back: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(*_: object) -> None:
        raise NothingMeasured("this machine was 90 ms late")

    folder, agreed = came_back
    with monkeypatch.context() as noisy:
        noisy.setattr(grading, "score_bytes", score)
        assert jobs.command("score", "--returned", folder, "--prepared", agreed) == 0
    assert jobs.command("score", "--returned", folder, "--prepared", agreed) == 0
    attempt = jobs.organisation.ledger().attempt(TWIN, jobs.started.attempt)
    first, second = (item.record for item in attempt.all(Evaluated))
    assert (first.outcome, first.counts) == ("infrastructure_error", False)
    assert "90 ms late" in first.notes[0]
    assert second.counts


def test_a_run_does_nothing_with_files_that_are_not_what_was_prepared(
    jobs: Jobs, canned: None, tmp_path: Path
) -> None:
    handover.write_prepared(jobs.prepared(), tmp_path / "prepared")
    (tmp_path / "prepared" / "environment.lock").write_bytes(b"another==1.0\n")
    assert jobs.command("run", tmp_path / "prepared", "--out", tmp_path / "result") == 1
    assert not (tmp_path / "result").exists()


def test_what_was_handed_in_meanwhile_is_not_graded_by_the_answers_of_before(
    jobs: Jobs, came_back: tuple[Path, str]
) -> None:
    folder, _ = came_back
    with pytest.raises(Refused, match="EVA-004"):
        jobs.score(folder, "sha256:" + "0" * 64)


def test_the_result_of_another_run_of_the_workflow_does_not_count(
    jobs: Jobs, came_back: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = came_back
    jobs.event = jobs.forge.dispatch()
    record = jobs.score(folder, jobs.prepared().binding.digest)
    assert record.outcome == "infrastructure_error"
    assert "HND-002" in record.notes[0]


def test_a_run_that_left_nothing_is_our_failure(jobs: Jobs, tmp_path: Path) -> None:
    record = jobs.score(tmp_path / "nothing", jobs.prepared().binding.digest)
    assert (record.outcome, record.counts) == ("infrastructure_error", False)


def test_a_poisoned_artifact_becomes_no_verdict_and_stops_nothing(
    jobs: Jobs, came_back: tuple[Path, str]
) -> None:
    folder, agreed = came_back
    (folder / "evaluated-1.yml").write_bytes(b"outcome: passed\n")
    record = jobs.score(folder, agreed)
    assert (record.outcome, record.counts) == ("infrastructure_error", False)
    assert "HND-001" in record.notes[0]


def test_answers_with_a_false_digest_are_still_read_as_hostile(
    jobs: Jobs, came_back: tuple[Path, str], tmp_path: Path
) -> None:
    folder, agreed = came_back
    shutil.rmtree(folder)
    bent = grading.Ran(b'{"format":1,"kind":"returned","value":NaN}', "bubblewrap", "3.11.2")
    handover.write_result(jobs.prepared().binding, bent, folder)
    record = jobs.score(folder, agreed)
    assert record.outcome == "infrastructure_error"
    assert "JSN-002" in record.notes[0]


def test_answers_of_services_that_were_never_asked_change_no_figure(
    jobs: Jobs, came_back: tuple[Path, str]
) -> None:
    folder, agreed = came_back
    plain = jobs.score(folder, agreed)
    whole = wire.decode(Returned, (folder / "returned.json").read_bytes())
    more = Returned({**whole.services, "passed": ServiceReturn(Outcome.OK)}, whole.tests)
    shutil.rmtree(folder)
    ran = grading.Ran(wire.encode(more), "bubblewrap", "3.11.2")
    handover.write_result(jobs.prepared().binding, ran, folder)
    assert jobs.score(folder, agreed).metrics == plain.metrics


def test_nothing_that_the_run_says_reaches_a_record_with_characters_that_act(
    jobs: Jobs, came_back: tuple[Path, str]
) -> None:
    folder, agreed = came_back
    shutil.rmtree(folder)
    handover.write_trouble(jobs.prepared().binding, "bad\n::add-mask::x\x1b[2J\udc80", folder)
    (note,) = jobs.score(folder, agreed).notes
    assert note.isprintable()
