"""The declared solutions, really run in sandboxes: each ends as declared.

But for the reference and the untouched kit, a solution runs only as far as the figure that it must
fail on needs. `jobtwin check --deep jt-capstone` runs the whole gate for each, with all mutants.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import SandboxUnavailable
from jobtwin.harness import grading
from jobtwin.harness.contract import Plan, Submission
from jobtwin.harness.proofs import declared, solutions
from jobtwin.harness.reporting import report_of
from jobtwin.harness.run import run
from jobtwin.harness.sandbox import choose
from jobtwin.harness.twin_code import load, part
from jobtwin.records.base import load as load_record
from jobtwin.records.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Mapping

TWIN = Path(__file__).parents[3] / "twins" / "jt-capstone"
RECORD = load_record(Twin, (TWIN / "twin.yml").read_bytes(), "twin.yml").record
HARNESS: Any = load(TWIN)
PLANNING: Any = part(HARNESS, "planning")
PROOFS: Any = solutions(TWIN)
FAILS_ON = {proof.id: proof.fails_on for proof in declared(TWIN)}
WRONG = sorted(set(FAILS_ON) - {"reference", "untouched"})
QUICK = {
    "too-few-tests",
    "flaky-tests",
    "tests-that-cannot-fail",
    "service-does-not-start",
    "no-logs",
    "ends-on-bad-input",
    "evals-crash",
    "evals-that-cannot-fail",
    "threats-without-tests",
    "threats-all-accepted",
    "template-runbook",
    "no-reflection",
}
"""Run on every push; the others differ from them by a passage, and run with the deep tests."""
OPERATED = (
    "service_starts",
    "bad_input_refused",
    "requests_traced",
    "metrics_move",
    "stops_cleanly",
)
TESTED = {PLANNING.TESTS, PLANNING.TESTS_AGAIN}
NEEDS = {
    "clean_clone_tests": TESTED,
    "tests_can_fail": {*TESTED, PLANNING.GUTTED},
    "threats_answered": TESTED,
    "risks_mitigated": set(),
    "runbook": set(),
    "reflection": set(),
    **{figure: {PLANNING.OPERATION} for figure in OPERATED},
}
"""Figure → the commands that it is measured by; all others need the evals."""
SEEDS = PROOFS.seeds("small", 0)


def measured(submission: Submission, commands: set[str] | None = None) -> Mapping[str, float]:
    """Return the figures of a submission, from the whole plan or from some of its commands."""
    plan = HARNESS.prepare(SEEDS)
    if commands is not None:
        chosen = tuple(one for one in plan.commands if one.id in commands)
        asked = any(one.service for one in chosen) or PLANNING.OPERATION in commands
        plan = Plan(plan.services if asked else (), (), chosen)
    try:
        sandbox = choose()
    except SandboxUnavailable as missing:
        pytest.skip(f"learner code cannot be run on this machine: {missing}")
    assert RECORD.harness is not None
    entry, limits = grading.entry_points(RECORD.harness), grading.limits(RECORD.harness)
    installed = Path(pytest.__file__).parents[1]
    came = run(plan, submission, replace(entry, at_once=2), sandbox, installed, limits)
    score = HARNESS.score(SEEDS, came, submission)
    report_of(RECORD, score, grading.measure(RECORD, score), "failed")
    figures: Mapping[str, float] = score.metrics
    return figures


def missed(figures: Mapping[str, float]) -> list[str]:
    return [line.metric for line in RECORD.bar if figures[line.metric] < line.value]


@pytest.mark.slow
def test_the_sample_project_passes_the_whole_gate() -> None:
    assert missed(measured(PROOFS.solve("reference", SEEDS))) == []


@pytest.mark.slow
def test_the_untouched_kit_starts_and_fails_on_what_is_the_learners_to_do() -> None:
    figures = measured(PROOFS.solve("untouched", SEEDS))
    assert FAILS_ON["untouched"] in missed(figures)
    assert {"service_starts", "stops_cleanly", "evals_run"}.isdisjoint(missed(figures))


@pytest.mark.slow
@pytest.mark.parametrize(
    "proof",
    [pytest.param(proof, marks=[] if proof in QUICK else pytest.mark.deep) for proof in WRONG],
)
def test_a_broken_project_fails_where_it_is_broken(proof: str) -> None:
    figure = str(FAILS_ON[proof])
    evals = {one.id for one in HARNESS.prepare(SEEDS).commands} - {
        *TESTED,
        PLANNING.GUTTED,
        PLANNING.OPERATION,
    }
    assert figure in missed(measured(PROOFS.solve(proof, SEEDS), NEEDS.get(figure, evals)))
