"""eval: the exact scorer on the public split, on work as it lies in a folder."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts import eval as act
from jobtwin.acts import kit
from jobtwin.cli import _run, places
from jobtwin.errors import Refused, SandboxUnavailable, UsageError
from jobtwin.harness import contract, grading, outside, proofs
from jobtwin.harness.reporting import report_of
from jobtwin.harness.sandbox import choose
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.records import report as reports
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def handed_out() -> dict[str, bytes]:
    return kit.kit(PROJECT, TWIN, SEED)


@pytest.fixture
def folder(handed_out: dict[str, bytes], tmp_path: Path) -> Path:
    kit.write_kit(handed_out, tmp_path / "work")
    return tmp_path / "work"


class Grader:
    """Stands where learner code would be run, and keeps what it was given."""

    def __init__(self) -> None:
        self.seeds = contract.Seeds(b"", b"")
        self.submission = contract.Submission({})
        self.value = 1.0

    def grade(self, twin, harness, seeds, submission, machine, lock, progress):  # type: ignore[no-untyped-def]
        self.seeds, self.submission = seeds, submission
        score = contract.Score(
            {metric.id: self.value for metric in twin.metrics}, ("A sentence for the learner.",)
        )
        bar = grading.measure(twin, score)
        outcome: grading.GradeOutcome = "passed" if all(line.met for line in bar) else "failed"
        report = report_of(twin, score, bar, outcome)
        return grading.Graded(score, b"", outcome, bar, machine.sandbox.name, "3", report)


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> Grader:
    made = Grader()
    monkeypatch.setattr(grading, "grade", made.grade)
    return made


def _measure(folder: Path) -> act.Measured:
    return act.measure(PROJECT, TWIN, SEED, folder, grading.Machine(Unsandboxed(), folder))


def test_work_is_graded_on_the_public_split_of_its_own_kit(folder: Path, grader: Grader) -> None:
    _measure(folder)
    assert grader.seeds == contract.Seeds(SEED, seeds.public_split(SEED))


def test_the_work_is_taken_as_it_lies_there_with_the_inbox_that_was_written(
    folder: Path, grader: Grader
) -> None:
    (folder / "inbox" / "repro.json").write_text("{}")
    (folder / "src" / "more.py").write_text("x = 1")
    _measure(folder)
    assert grader.submission.inbox == {"repro.json": b"{}"}
    assert grader.submission.files["src/more.py"] == b"x = 1"
    assert grader.submission.receipts == ()


def test_what_the_server_would_not_take_in_is_not_measured_either(
    folder: Path, grader: Grader
) -> None:
    (folder / "secrets").symlink_to("/etc/passwd")
    with pytest.raises(Refused):
        _measure(folder)
    assert grader.submission.files == {}


def test_the_report_has_every_figure_its_bar_and_the_notes(folder: Path, grader: Grader) -> None:
    measured = _measure(folder)
    report = act.report(measured)
    assert all(metric.title in report for metric in measured.twin.metrics)
    assert "NOT MET" not in report
    assert "- A sentence for the learner." in report
    grader.value = 0.0
    missed = act.report(_measure(folder))
    assert "Below the bar (failed): fail_to_pass" in missed


def test_the_command_needs_nothing_but_the_kits_folder(
    folder: Path,
    grader: Grader,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    assert _run(["eval", "--unsandboxed"]) == 0
    report = reports.read((folder / "evaluation.json").read_bytes())
    assert (report.twin, report.outcome) == (TWIN, "passed")
    assert b"Mended answers" in (folder / "evaluation.html").read_bytes()
    grader.value = 0.5
    assert _run(["eval", "--unsandboxed", "--json"]) == 1
    data = json.loads(capsys.readouterr().out.split("\n{", 1)[-1].join(["{", ""]))
    assert reports.read((folder / "evaluation.json").read_bytes()).outcome == "failed"
    assert (data["format"], data["ok"], data["twin"]) == (1, False, TWIN)


def test_a_kit_of_another_version_of_the_twin_is_not_measured(folder: Path) -> None:
    origin = folder / kit.ORIGIN
    text = origin.read_text()
    origin.write_text(re.sub(r"twin_version: .*", "twin_version: '9.0'", text))
    with pytest.raises(UsageError, match="the kit is of"):
        act.which(folder, PROJECT, None, None)


def test_twin_and_seed_may_be_named(folder: Path) -> None:
    assert act.which(folder, PROJECT, None, None) == (TWIN, SEED)
    assert act.which(folder, PROJECT, "jt-other", bytes(32)) == ("jt-other", bytes(32))


def test_the_organisation_is_found_by_name_environment_or_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JOBTWIN_REPO", raising=False)
    monkeypatch.chdir(tmp_path)
    assert places.find_organisation(None) == PROJECT
    shutil.copytree(PROJECT / "twins" / "jt-rag-1", tmp_path / "twins" / "jt-rag-1")
    assert places.find_organisation(None) == tmp_path
    monkeypatch.setenv("JOBTWIN_REPO", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError):
        places.find_organisation(None)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> grading.Machine:
    try:
        sandbox = choose()
    except SandboxUnavailable as unavailable:
        pytest.skip(f"no sandbox on this machine: {unavailable}")
    return grading.Machine(sandbox, tmp_path_factory.getbasetemp().parent / "environments")


@pytest.fixture
def solved(folder: Path) -> Callable[[], Path]:
    def make() -> Path:
        solutions = proofs.solutions(PROJECT / "twins" / TWIN)
        given = contract.Seeds(SEED, seeds.public_split(SEED))
        handed = solutions.solve("reference", given)
        inbox = {f"inbox/{path}": body for path, body in handed.inbox.items()}
        for path, body in {**handed.files, **inbox}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(body)
        return folder

    return make


@pytest.mark.slow
def test_the_reference_clears_the_bar_where_the_learner_works(
    solved: Callable[[], Path], machine: grading.Machine
) -> None:
    measured = act.measure(PROJECT, TWIN, SEED, solved(), machine)
    assert measured.cleared, act.report(measured)


@pytest.mark.slow
def test_the_kit_as_it_was_handed_out_is_below_the_bar(
    folder: Path, machine: grading.Machine
) -> None:
    measured = act.measure(PROJECT, TWIN, SEED, folder, machine)
    assert not measured.cleared
    assert measured.graded.score.metrics["fail_to_pass"] == 0


CAPSTONE = "jt-capstone"


def _capstone(tmp_path: Path, grader: Grader, *, with_gates: bool) -> act.Measured:
    files = kit.kit(PROJECT, CAPSTONE, SEED)
    kit.write_kit(files, tmp_path / "capstone")
    (tmp_path / "capstone" / "Dockerfile").unlink()
    machine = grading.Machine(Unsandboxed(), tmp_path)
    folder = tmp_path / "capstone"
    return act.measure(PROJECT, CAPSTONE, SEED, folder, machine, with_gates=with_gates)


def test_gates_are_looked_at_only_when_asked_for(
    tmp_path: Path, grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "gates_of_ones_own", pytest.fail)
    grader.value = 1000.0
    measured = _capstone(tmp_path, grader, with_gates=False)
    assert measured.cleared
    assert "The container builds: NOT RUN. `jobtwin eval --gates` looks" in act.report(measured)


def test_a_gate_that_failed_is_told_and_the_work_is_not_cleared(
    tmp_path: Path, grader: Grader
) -> None:
    grader.value = 1000.0
    measured = _capstone(tmp_path, grader, with_gates=True)
    assert not measured.cleared
    told = act.report(measured)
    assert "The container builds: FAILED. There is no file Dockerfile" in told
    assert "artifact.json names no https `url`" in told
    assert told.endswith("a gate outside of the sandbox is not.")
    gates = {gate["id"]: gate["outcome"] for gate in act.as_data(measured)["gates"]}
    assert set(gates.values()) == {"failed"}
