"""Declared solutions are run, kept, taken up again, and told apart from what is stale."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.check import proving, telling
from jobtwin.acts.check.keeping import Keeping
from jobtwin.acts.check.proving import Choice
from jobtwin.errors import NothingMeasured, Refused, SandboxUnavailable, UsageError
from jobtwin.harness import contract, grading
from jobtwin.harness.grading import BarLine, Graded, Machine
from jobtwin.harness.proofs import Proof, declared, verdict
from jobtwin.harness.reporting import report_of
from jobtwin.harness.sandbox import choose
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.records.report import Row, Rows
from jobtwin.repository.definitions import read_twin

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.records.measured import Measurement
    from jobtwin.records.twin import Twin

PROJECT = Path(__file__).parents[4]
TWIN = "jt-incident-4"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    kept = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "twins" / TWIN, tmp_path / "twins" / TWIN, ignore=kept)
    return tmp_path


def _change(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def _prove(
    repo: Path,
    choice: Choice,
    machine: Machine,
    keep: Path | None = None,
    told: list[str] | None = None,
) -> tuple[Measurement, ...]:
    opened = proving.opened(repo, TWIN, machine, lambda: NOON)
    lines = told if told is not None else []
    return proving.prove(opened, choice, Keeping(TWIN, keep), lines.append)


PLOT = Rows(title="By kind", about="Shares.", rows=(Row(label="dose", value=0.5),))


def _graded(**values: float) -> Graded:
    bar = tuple(BarLine(name, value, ">=", 1.0) for name, value in values.items())
    score = contract.Score(values, (), (PLOT,))
    report = report_of(read_twin(PROJECT, TWIN), score, bar, "failed")
    return Graded(score, b"", "failed", bar, "none", "3", report)


WRONG = Proof("narrow-test", "wrong", "regression_test")


@pytest.mark.parametrize(
    ("proof", "values", "problems"),
    [
        (Proof("reference", "reference", None), {"a": 1.0, "b": 1.0}, 0),
        (Proof("reference", "reference", None), {"a": 0.5, "b": 0.0}, 2),
        (WRONG, {"regression_test": 0.75, "b": 1.0}, 0),
        (WRONG, {"regression_test": 0.75, "b": 0.0}, 0),
        (WRONG, {"regression_test": 1.0, "b": 0.0}, 1),
        (WRONG, {"regression_test": 1.0, "b": 1.0}, 1),
    ],
)
def test_a_proof_holds_when_it_fails_on_the_declared_figure(
    proof: Proof, values: dict[str, float], problems: int
) -> None:
    assert len(list(verdict(proof, _graded(**values)))) == problems


@pytest.mark.parametrize("choice", [Choice(proof="no-such-proof"), Choice(case="no-such-case")])
def test_a_proof_that_is_not_declared_is_told_with_those_that_are(
    choice: Choice, unused_machine: Machine
) -> None:
    with pytest.raises(UsageError) as error:
        _prove(PROJECT, choice, unused_machine)
    assert "there are: " in error.value.hint


@pytest.mark.parametrize(
    "text",
    ["a: 1\n", "- id: x\n", "- 7\n", "- id: x\n  kind: wrong\n  what: y\n"],
)
def test_proofs_that_are_none_are_told_and_never_a_traceback(
    repo: Path, unused_machine: Machine, text: str
) -> None:
    (repo / "twins" / TWIN / "proofs" / "proofs.yml").write_text(text)
    with pytest.raises(Refused, match="PRF-001"):
        _prove(repo, Choice(), unused_machine)


def test_a_twin_without_a_harness_has_nothing_to_prove(
    unused_machine: Machine, tmp_path: Path, unready: dict[str, bytes]
) -> None:
    for path, content in unready.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(content)
    with pytest.raises(UsageError, match="no harness"):
        proving.opened(tmp_path, "jt-capstone", unused_machine, lambda: NOON)


@pytest.fixture
def unused_machine(tmp_path: Path) -> Machine:
    return Machine(Unsandboxed(), tmp_path)


@pytest.mark.parametrize(("noisy", "ends"), [(0, True), (2, True), (3, False)])
def test_a_solution_that_the_machine_could_not_measure_is_run_twice_more(
    noisy: int, ends: bool, unused_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []

    def grade(twin: Twin, *_: object) -> Graded:
        runs.append(1)
        if len(runs) <= noisy:
            raise NothingMeasured("this machine was 90 ms late")
        line = BarLine("fail_to_pass", 0.0, ">=", 1.0)
        score = contract.Score({metric.id: 0.0 for metric in twin.metrics}, (), (PLOT,))
        report = report_of(twin, score, (line,), "failed")
        return Graded(score, b"", "failed", (line,), "none", "3.11", report)

    monkeypatch.setattr(grading, "grade", grade)
    choice = Choice(proof="untouched", case="dose")
    with nullcontext() if ends else pytest.raises(NothingMeasured):
        (result,) = _prove(PROJECT, choice, unused_machine)
        assert result.problems == ()
    assert len(runs) == min(noisy + 1, 3)


@pytest.mark.slow
def test_a_declared_solution_is_really_run_and_its_end_is_told_as_it_comes(
    sandboxed: Callable[[], Machine],
) -> None:
    told: list[str] = []
    choice = Choice(seeds=2, proof="untouched", case="dose")
    results = _prove(PROJECT, choice, sandboxed(), told=told)
    assert [(result.seed, result.problems) for result in results] == [(0, ()), (1, ())]
    assert [line.split()[0] for line in told] == ["1/2", "2/2"]
    assert "fails on fail_to_pass" in telling.table(declared(PROJECT / "twins" / TWIN), (), results)


@pytest.mark.slow
def test_a_solution_that_does_not_end_as_declared_is_found(
    repo: Path, sandboxed: Callable[[], Machine]
) -> None:
    path = repo / "twins" / TWIN / "proofs" / "proofs.yml"
    _change(path, "fails_on: fail_to_pass", "fails_on: pass_to_pass")
    choice = Choice(proof="untouched", case="find")
    (result,) = _prove(repo, choice, sandboxed())
    assert "should fail on `pass_to_pass`" in result.problems[0]
    assert "0 of 1" in telling.table(declared(repo / "twins" / TWIN), (), (result,))


@pytest.fixture
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Machine]:
    def make() -> Machine:
        try:
            sandbox = choose()
        except SandboxUnavailable as unavailable:
            pytest.skip(f"no sandbox on this machine: {unavailable}")
        return Machine(sandbox, tmp_path_factory.getbasetemp().parent / "environments")

    return make
