"""An attempt is evaluated once, on what its last accepted receipts name."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import evaluate, kit, submit
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.errors import EngineError, NothingMeasured, Refused
from jobtwin.harness import contract, grading, wire
from jobtwin.harness.reporting import report_of
from jobtwin.keys import Holders
from jobtwin.records import report as reports
from jobtwin.records.base import load
from jobtwin.records.submission import Evaluated, Started
from jobtwin.records.twin import Twin
from jobtwin.rules.ledger import check_record, digest

if TYPE_CHECKING:
    from jobtwin.forge.events import Account, Event

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"
DEFINITION = load(Twin, (PROJECT / "twins" / TWIN / "twin.yml").read_bytes()).record
CHECKS = "self_checks: {F1: true, F2: true, F3: true}\n"
POST_MORTEM = f"format: 1\ncheckpoint: post-mortem\n{CHECKS}".encode()


class Attempted:
    """A started attempt, and pushes to it."""

    def __init__(self, organisation: Any, learner: Account) -> None:
        self.organisation, self.learner = organisation, learner
        self.forge = organisation.forge
        opened = self.forge.open_pull_request(
            learner, {"start.yml": f"format: 1\ntwin: {TWIN}\n".encode()}
        )
        effects = start(opened, organisation.ledger(), organisation.holders)
        self.forge.apply(effects, opened)
        self.started = load(Started, next(iter(effects.records.values()))).record
        self.git = self.forge.host(learner, "work")

    def push(self, minute: float, inbox: dict[str, bytes]) -> None:
        self.forge.now = self.started.at + timedelta(minutes=minute)
        event = self.forge.push(1, inbox)
        effects = receive(
            event, self.organisation.ledger(), self.organisation.holders, self.forge.rewrite
        )
        self.forge.apply(effects, event)

    def live(self, files: dict[str, bytes]) -> bytes:
        commit = self.forge.commit(self.git, self.learner, files, "work")
        url = self.forge.url(self.learner, "work")
        return f"format: 1\ncheckpoint: live\nrepo_url: {url}\ncommit: {commit}\n{CHECKS}".encode()

    def due(self, event: Event | None = None) -> evaluate.Task:
        event = event or self.forge.dispatch()
        return evaluate.due(event, self.organisation.ledger(), TWIN, self.started.attempt)


@pytest.fixture
def attempted(organisation: Any, learner: Account) -> Attempted:
    return Attempted(organisation, learner)


def _graded(passed: bool = True, notes: tuple[str, ...] = ()) -> grading.Graded:
    value = 1.0 if passed else 0.0
    score = contract.Score({"fail_to_pass": value}, notes)
    bar = (grading.BarLine("fail_to_pass", value, ">=", 1.0),)
    outcome: grading.GradeOutcome = "passed" if passed else "failed"
    return grading.Graded(
        score=score,
        returned=wire.encode(contract.Returned({})),
        outcome=outcome,
        bar=bar,
        sandbox="bubblewrap",
        python="3.11",
        report=report_of(DEFINITION, score, bar, outcome),
    )


def test_what_the_last_accepted_receipt_names_is_graded_whatever_is_pushed_later(
    attempted: Attempted,
) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"first"})})
    attempted.push(60, {"live.yml": attempted.live({"a.txt": b"second"})})
    attempted.push(95, {"live.yml": attempted.live({"a.txt": b"after the deadline"})})
    attempted.forge.wait(hours=6)
    assert attempted.due().submission.files == {"a.txt": b"second"}


def test_a_whole_kit_that_is_uploaded_is_graded_as_it_was_last_in_time(
    attempted: Attempted, tmp_path: Path
) -> None:
    given = kit.kit(PROJECT, TWIN, bytes.fromhex(attempted.started.kit_seed))
    kit.write_kit(given, tmp_path / "work")
    answers = dict.fromkeys(("F1", "F2", "F3"), True)
    wanted = submit.HandIn("live", answers, upload=True)
    for minute, text in ((20, b"first\n"), (60, b"second\n"), (100, b"too late\n")):
        (tmp_path / "work" / "NOTES.md").write_bytes(text)
        attempted.push(minute, submit.prepare(PROJECT, tmp_path / "work", wanted))
    attempted.forge.wait(hours=6)
    visible = {path for path in given if not path.startswith((".", "inbox/"))}
    files = attempted.due().submission.files
    assert set(files) == {*visible, "NOTES.md"}
    assert files["NOTES.md"] == b"second\n"
    assert all(files[path] == given[path] for path in visible)


def test_an_open_attempt_is_not_evaluated_yet(attempted: Attempted) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    with pytest.raises(Refused, match="EVA-002"):
        attempted.due()


def test_a_final_checkpoint_ends_the_wait(attempted: Attempted) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    attempted.push(40, {"post-mortem.yml": POST_MORTEM + b"final: true\n"})
    assert len(attempted.due().receipts) == 2


def test_nothing_accepted_is_nothing_to_grade(attempted: Attempted) -> None:
    attempted.forge.wait(hours=9)
    with pytest.raises(Refused, match="EVA-001"):
        attempted.due()


def test_the_inbox_is_as_the_last_receipt_in_time_has_it(attempted: Attempted) -> None:
    attempted.push(10, {"updates/01.yml": b"impact: some\n"})
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    attempted.push(100, {"POSTMORTEM.md": b"# Post-mortem\n"})
    attempted.push(400, {"POSTMORTEM.md": b"# Written the next day\n"})
    attempted.forge.wait(hours=1)
    submission = attempted.due().submission
    assert submission.inbox["updates/01.yml"] == b"impact: some\n"
    assert [round(receipt.minutes) for receipt in submission.receipts[:3]] == [10, 30, 100]


def test_an_evaluation_is_signed_chained_and_keeps_the_answers(attempted: Attempted) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    attempted.forge.wait(hours=6)
    event = attempted.forge.dispatch()
    task = attempted.due(event)
    effects = evaluate.record(
        event, attempted.organisation.holders, task, _graded(), digest(b"lock")
    )
    path, body = next((p, b) for p, b in effects.records.items() if p.endswith(".yml"))
    record = load(Evaluated, body).record
    previous = (task.attempt.tip, task.attempt.chain[-1].record.at)
    keys = attempted.organisation.ledger().act_keys
    assert list(check_record(record, path, keys, previous)) == []
    assert record.answers is not None
    kept = effects.records[str(record.answers.path)]
    assert digest(kept) == record.answers.digest
    report = effects.records[path.replace("evaluated-1.yml", "report-1.json")]
    assert digest(report) == record.report
    assert reports.read(report) == _graded().report
    assert wire.decode(contract.Returned, gzip.decompress(kept)) == contract.Returned({})


def test_it_is_evaluated_once(attempted: Attempted) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    attempted.forge.wait(hours=6)
    event = attempted.forge.dispatch()
    holders = attempted.organisation.holders
    effects = evaluate.record(event, holders, attempted.due(event), _graded(), digest(b"lock"))
    attempted.forge.apply(effects, event)
    with pytest.raises(Refused, match="EVA-003"):
        attempted.due()


def test_an_infrastructure_error_costs_nothing_and_allows_another_run(attempted: Attempted) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    attempted.forge.wait(hours=6)
    event = attempted.forge.dispatch()
    effects = evaluate.trouble(
        event, attempted.organisation.holders, attempted.due(event), EngineError("no disk")
    )
    (body,) = effects.records.values()
    record = load(Evaluated, body).record
    assert (record.outcome, record.counts) == ("infrastructure_error", False)
    attempted.forge.apply(effects, event)
    assert attempted.due().receipts


def test_a_run_that_nothing_can_be_measured_by_costs_nothing_either(
    attempted: Attempted, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    attempted.forge.wait(hours=6)
    event, organisation = attempted.forge.dispatch(), attempted.organisation
    ran = grading.Ran(wire.encode(contract.Returned({})), "bubblewrap", "3.11")
    monkeypatch.setattr(grading, "run_bytes", lambda *_: ran)

    def score(*_: object) -> None:
        raise NothingMeasured("this machine was 90 ms late")

    monkeypatch.setattr(grading, "score_bytes", score)
    machine: Any = None
    effects = evaluate.evaluate(
        event, organisation.ledger(), organisation.holders, attempted.due(event), machine
    )
    (body,) = effects.records.values()
    record = load(Evaluated, body).record
    assert (record.outcome, record.counts) == ("infrastructure_error", False)
    assert record.notes == ("The machine failed, not your work: this machine was 90 ms late",)
    assert "It is run again, and no attempt is used up" in effects.comment
    attempted.forge.apply(effects, event)
    assert attempted.due().receipts


def test_a_learners_words_cannot_hide_characters_in_a_record(attempted: Attempted) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    attempted.forge.wait(hours=6)
    event = attempted.forge.dispatch()
    graded = _graded(passed=False, notes=("fine\u202e\x07 not fine", " "))
    holders = attempted.organisation.holders
    effects = evaluate.record(event, holders, attempted.due(event), graded, digest(b"lock"))
    body = next(b for p, b in effects.records.items() if p.endswith(".yml"))
    assert load(Evaluated, body).record.notes == ("fine\ufffd\ufffd not fine",)


def test_another_cohort_secret_is_noticed_before_anything_runs(attempted: Attempted) -> None:
    attempted.push(30, {"live.yml": attempted.live({"a.txt": b"x"})})
    secrets = {**attempted.organisation.holders.secrets, "cohorts": f"autumn-2026:{'1' * 64}"}
    attempted.forge.wait(hours=6)
    with pytest.raises(EngineError, match="committed to"):
        evaluate.attempt_seeds(Holders(secrets), attempted.due().attempt)
