"""The declared solutions, really run under load; skipped where the machine is too noisy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobtwin import yamlfile
from jobtwin.errors import EngineError, SandboxUnavailable
from jobtwin.harness.contract import Plan
from jobtwin.harness.proofs import solutions
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import Limits, choose
from jobtwin.harness.twin_code import load

TWIN = Path(__file__).parents[3] / "twins" / "jt-latency-3"
PROOFS = {
    proof["id"]: proof.get("fails_on")
    for proof in yamlfile.parse((TWIN / "proofs" / "proofs.yml").read_bytes()).data
}
BAR = {"p99_ms": 800, "cost_usd": 0.00025, "quality_loss": 0.01}
ENTRY = EntryPoints(service_command=("python", "-m", "serve"), query_seconds=16, at_once=1)
QUICK = ("no-cache", "one-completion-for-all", "no-hedging")


def graded(proof: str) -> Any:
    """Return the figures on the unseen trace alone, which is short."""
    try:
        sandbox = choose()
    except SandboxUnavailable as unavailable:
        pytest.skip(f"no sandbox on this machine: {unavailable}")
    harness, proofs = load(TWIN), solutions(TWIN)
    seeds = proofs.seeds("small", 0)
    submission = proofs.solve(proof, seeds)
    plan = Plan(harness.prepare(seeds).services[:1])
    limits = Limits(processes=512, open_files=2048)
    returned = run(plan, submission, ENTRY, sandbox, Path(pytest.__file__).parents[1], limits)
    try:
        return harness.score(seeds, returned, submission).metrics
    except EngineError as error:
        pytest.skip(f"nothing was measured: {error.message}")


@pytest.mark.slow
def test_the_reference_answers_rightly_within_the_budget() -> None:
    metrics = graded("reference")
    assert metrics["cost_usd"] <= 0.0003  # a short trace repeats less
    assert metrics["quality_loss"] <= BAR["quality_loss"]
    assert metrics["p50_ms"] <= 400


@pytest.mark.slow
@pytest.mark.parametrize("proof", QUICK)
def test_a_wrong_solution_fails_on_its_figure(proof: str) -> None:
    assert graded(proof)[PROOFS[proof]] > BAR[PROOFS[proof]]


@pytest.mark.deep
@pytest.mark.parametrize("proof", sorted({p for p, f in PROOFS.items() if f in BAR} - set(QUICK)))
def test_any_other_wrong_solution_fails_on_its_figure(proof: str) -> None:
    assert graded(proof)[PROOFS[proof]] > BAR[PROOFS[proof]]


def test_every_wrong_solution_is_python_that_compiles() -> None:
    proofs = solutions(TWIN)
    seeds = proofs.seeds("full", 0)
    for proof in PROOFS:
        for path, content in proofs.solve(proof, seeds).files.items():
            if path.endswith(".py"):
                compile(content, path, "exec")
