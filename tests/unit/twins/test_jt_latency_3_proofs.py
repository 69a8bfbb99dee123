"""The declared solutions, really run under load: every one on a short trace, on whole ones deep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin import yamlfile
from jobtwin.errors import NothingMeasured, SandboxUnavailable
from jobtwin.harness.contract import Plan, Returned, Submission
from jobtwin.harness.proofs import solutions
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import Limits, choose
from jobtwin.harness.twin_code import load

if TYPE_CHECKING:
    from collections.abc import Mapping

TWIN = Path(__file__).parents[3] / "twins" / "jt-latency-3"
PROOFS = {
    proof["id"]: proof.get("fails_on")
    for proof in yamlfile.parse((TWIN / "proofs" / "proofs.yml").read_bytes()).data
}
BAR = {"p99_ms": 800, "cost_usd": 0.00025, "quality_loss": 0.01, "report_error": 0.10}
ON_THE_KIT = ("reference", "false-report")
"""What only shows with the two runs on the kit's trace."""
AT_ONCE = 4
SHORT = 3
"""A short world in which facts that have changed are asked for again."""
LIMITS = Limits(wall_seconds=180, processes=512, open_files=2048)
ENTRY = EntryPoints(service_command=("python", "-m", "serve"), query_seconds=16, at_once=1)
HARNESS = load(TWIN)
SOLUTIONS = solutions(TWIN)


def carried_out(plan: Plan, submission: Submission, at_once: int) -> Returned:
    try:
        sandbox = choose()
    except SandboxUnavailable as unavailable:
        pytest.skip(f"no sandbox on this machine: {unavailable}")
    entry, installed = replace(ENTRY, at_once=at_once), Path(pytest.__file__).parents[1]
    return run(plan, submission, entry, sandbox, installed, LIMITS)


@pytest.fixture(scope="module")
def on_a_short_trace() -> Mapping[str, Mapping[str, float]]:
    """The figures of every solution: some at a time, so that only gross slowness tells.

    The reference, which must be quick enough, has the machine to itself as far as that goes.
    """
    seeds = SOLUTIONS.seeds("small", SHORT)
    unseen = HARNESS.prepare(seeds).services[0]
    handed = {proof: SOLUTIONS.solve(proof, seeds) for proof in PROOFS}
    services = [replace(unseen, id=proof, files=one.files) for proof, one in handed.items()]
    first = [one for one in services if one.id == "reference"]
    others = [one for one in services if one.id != "reference"]
    came = {
        **carried_out(Plan(tuple(first)), Submission({}), 1).services,
        **carried_out(Plan(tuple(others)), Submission({}), AT_ONCE).services,
    }
    calm = {proof: replace(one, noise_ms=0.0) for proof, one in came.items()}
    return {
        proof: HARNESS.score(seeds, Returned({unseen.id: calm[proof]}), handed[proof]).metrics
        for proof in PROOFS
    }


@pytest.mark.slow
def test_the_reference_answers_rightly_for_a_tenth_of_the_cost(on_a_short_trace: Any) -> None:
    metrics = on_a_short_trace["reference"]
    assert metrics["quality_loss"] <= BAR["quality_loss"]
    # Its second requests follow the clock, so beside other runs it costs more than by itself.
    assert metrics["cost_usd"] <= on_a_short_trace["untouched"]["cost_usd"] / 10


@pytest.mark.slow
@pytest.mark.parametrize("proof", sorted(set(PROOFS) - set(ON_THE_KIT)))
def test_a_wrong_solution_fails_on_its_figure(proof: str, on_a_short_trace: Any) -> None:
    assert on_a_short_trace[proof][PROOFS[proof]] > BAR[PROOFS[proof]]


def graded(proof: str, index: int) -> Mapping[str, float]:
    """Return the figures on whole traces; what is about the unseen one runs on this alone."""
    seeds = SOLUTIONS.seeds("full", index)
    submission, plan = SOLUTIONS.solve(proof, seeds), HARNESS.prepare(seeds)
    if proof not in ON_THE_KIT:
        plan = Plan(plan.services[:1])
    returned = carried_out(plan, submission, 1)
    try:
        return HARNESS.score(seeds, returned, submission).metrics
    except NothingMeasured as unfit:
        pytest.skip(f"nothing was measured: {unfit.message}")


@pytest.mark.deep
@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("proof", sorted(set(PROOFS) - {"reference"}))
def test_a_wrong_solution_fails_on_its_figure_on_whole_traces(proof: str, index: int) -> None:
    assert graded(proof, index)[PROOFS[proof]] > BAR[PROOFS[proof]]


@pytest.mark.deep
@pytest.mark.parametrize("index", range(3))
def test_the_reference_meets_the_whole_bar(index: int) -> None:
    metrics = graded("reference", index)
    assert {name: metrics[name] for name, most in BAR.items() if metrics[name] > most} == {}


def test_every_solution_is_python_that_compiles() -> None:
    seeds = SOLUTIONS.seeds("full", 0)
    for proof in PROOFS:
        for path, content in SOLUTIONS.solve(proof, seeds).files.items():
            if path.endswith(".py"):
                compile(content, path, "exec")


def test_each_usual_lever_alone_is_a_wrong_solution_of_its_own() -> None:
    levers = yamlfile.parse((TWIN / "proofs" / "levers.yml").read_bytes()).data
    assert len(levers) >= 8
    assert set(levers) == {proof for proof in PROOFS if proof.startswith("only-")}
