"""A twin's proofs: what is declared, and whether a run bears it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtwin.errors import EngineError, Refused
from jobtwin.harness import proofs
from jobtwin.harness.contract import Score
from jobtwin.harness.grading import BarLine, Graded, GradeOutcome
from jobtwin.harness.proofs import Proof
from jobtwin.harness.reporting import report_of
from jobtwin.records.report import Row, Rows
from jobtwin.repository.definitions import read_twin

PROJECT = Path(__file__).parents[3]
TWIN = PROJECT / "twins" / "jt-incident-4"
RECORD = read_twin(PROJECT, "jt-incident-4")
PLOT = Rows(title="By kind", about="Shares.", rows=(Row(label="dose", value=1.0),))
REFERENCE = Proof("reference", "reference", None)
WRONG = Proof("special-case", "wrong", "fail_to_pass")


def graded(*plots: Rows, **values: float) -> Graded:
    bar = tuple(BarLine(metric, value, ">=", 1.0) for metric, value in values.items())
    outcome: GradeOutcome = "passed" if all(line.met for line in bar) else "failed"
    score = Score(values, (), plots)
    report = report_of(RECORD, score, bar, outcome)
    return Graded(score, b"", outcome, bar, "none", "3", report)


def declare(twin_dir: Path, text: bytes) -> Path:
    (twin_dir / "proofs").mkdir()
    (twin_dir / "proofs" / "proofs.yml").write_bytes(text)
    return twin_dir


def test_the_incident_declares_a_reference_the_untouched_kit_and_wrong_solutions() -> None:
    found = {proof.id: proof for proof in proofs.declared(TWIN)}
    assert found["reference"].fails_on is None
    assert found["untouched"].kind == "untouched"
    assert {"special-case", "vacuous-test", "faking-conftest", "answers-nothing"} <= set(found)
    assert all(proof.fails_on for proof in found.values() if proof.kind != "reference")


def test_there_is_a_solution_for_every_declared_proof_in_every_case() -> None:
    solutions = proofs.solutions(TWIN)
    for proof in proofs.declared(TWIN):
        for case in solutions.cases:
            assert solutions.solve(proof.id, solutions.seeds(case, 0)).files


def test_the_seeds_of_a_case_are_the_same_each_time_and_different_for_each_number() -> None:
    solutions = proofs.solutions(TWIN)
    case = solutions.cases[0]
    assert solutions.seeds(case, 0) == solutions.seeds(case, 0)
    assert solutions.seeds(case, 0) != solutions.seeds(case, 1)


def test_a_reference_holds_when_it_passes_the_whole_bar() -> None:
    assert list(proofs.verdict(REFERENCE, graded(PLOT, fail_to_pass=1.0, repro=1.0))) == []


def test_a_reference_that_misses_is_told_on_each_figure() -> None:
    found = list(proofs.verdict(REFERENCE, graded(PLOT, fail_to_pass=0.9, repro=0.0)))
    assert len(found) == 2
    assert "`fail_to_pass`" in found[0]


def test_a_wrong_solution_holds_when_it_fails_where_it_should_whatever_else_fails() -> None:
    assert list(proofs.verdict(WRONG, graded(PLOT, fail_to_pass=0.2, repro=1.0))) == []
    assert list(proofs.verdict(WRONG, graded(PLOT, fail_to_pass=0.2, repro=0.0))) == []


def test_a_wrong_solution_that_passes_or_fails_elsewhere_is_told() -> None:
    (passed,) = proofs.verdict(WRONG, graded(PLOT, fail_to_pass=1.0, repro=1.0))
    assert passed == "should fail on `fail_to_pass`, but fails on nothing"
    (elsewhere,) = proofs.verdict(WRONG, graded(PLOT, fail_to_pass=1.0, repro=0.0))
    assert elsewhere.endswith("fails on repro")


def test_a_report_that_plots_nothing_is_told() -> None:
    (found,) = proofs.verdict(REFERENCE, graded(fail_to_pass=1.0))
    assert found == "its report has no plot"


def test_a_twin_without_proofs_is_told_where_to_add_them(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as error:
        proofs.declared(tmp_path)
    assert "proofs.yml" in error.value.hint
    with pytest.raises(EngineError):
        proofs.solutions(tmp_path)


def test_proofs_that_are_not_yaml_are_refused_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        proofs.declared(declare(tmp_path, b"- id: a\n  id: b\n"))
    assert [finding.code for finding in refused.value.findings] == ["YML-003"]
    assert refused.value.findings[0].line == 2


@pytest.mark.parametrize(
    "text",
    [
        b"a text\n",
        b"proofs: 7\n",
        b"other: []\n",
        b"- 7\n",
        b"- id: a\n",
        b"- id: a\n  kind: kind\n  fails_on: x\n",
        b"- id: a\n  kind: reference\n  fails_on: x\n",
        b"- id: a\n  kind: wrong\n",
        b"[]\n",
    ],
)
def test_proofs_of_another_form_are_refused_and_never_a_traceback(
    tmp_path: Path, text: bytes
) -> None:
    with pytest.raises(Refused) as refused:
        proofs.declared(declare(tmp_path, text))
    assert all(finding.hint for finding in refused.value.findings)
