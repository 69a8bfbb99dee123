"""The declared solutions, really run: what must pass passes, and what must fail fails there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobtwin import yamlfile
from jobtwin.errors import SandboxUnavailable
from jobtwin.harness.proofs import solutions
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import Limits, choose
from jobtwin.harness.twin_code import load

TWIN = Path(__file__).parents[3] / "twins" / "jt-incident-4"
PROOFS = {
    proof["id"]: proof.get("fails_on")
    for proof in yamlfile.parse((TWIN / "proofs" / "proofs.yml").read_bytes()).data
}
BAR = ("fail_to_pass", "pass_to_pass", "regression_test", "repro", "monitoring")
ENTRY = EntryPoints(
    service_command=("python", "-m", "serve"),
    test_command=("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/regression"),
)
CASES = ("context", "dose", "find", "latest")
IN_EVERY_CLASS = ("reference", "untouched", "special-case", "partial-fix", "narrow-test")
ROTATED = sorted(set(PROOFS) - set(IN_EVERY_CLASS))
RUNS = [(proof, case) for proof in IN_EVERY_CLASS for case in CASES] + [
    (proof, CASES[number % len(CASES)]) for number, proof in enumerate(ROTATED)
]


@pytest.fixture(scope="module")
def graded() -> Any:
    try:
        sandbox = choose()
    except SandboxUnavailable as unavailable:
        pytest.skip(f"no sandbox on this machine: {unavailable}")
    harness = load(TWIN)
    proofs = _proofs()
    environment = Path(pytest.__file__).parents[1]

    def grade(proof: Any, case: Any, index: Any = 0) -> Any:
        seeds = proofs.seeds(case, index)
        submission = proofs.solve(proof, seeds)
        plan = harness.prepare(seeds)
        returned = run(plan, submission, ENTRY, sandbox, environment, Limits())
        return harness.score(seeds, returned, submission)

    return grade


def _proofs() -> Any:
    return solutions(TWIN)


@pytest.mark.slow
@pytest.mark.parametrize(("proof", "case"), RUNS)
def test_a_declared_solution_ends_as_declared(graded: Any, proof: Any, case: Any) -> None:
    score = graded(proof, case)
    below = {metric for metric in BAR if score.metrics[metric] < 1}
    if PROOFS[proof] is None:
        assert not below, score.notes
        assert score.metrics["post_mortem"] == 1
        assert not score.notes
    else:
        assert PROOFS[proof] in below, score.metrics
        assert score.notes
    if proof == "narrow-test":
        # It fails before, passes on both fixes, and is fooled by the special-case fix alone.
        assert score.metrics["regression_test"] == 0.75


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_service_and_the_oracle_agree_on_every_hidden_question(graded: Any, case: Any) -> None:
    """Untouched, the service is right where the oracle says so and wrong everywhere else."""
    metrics = graded("untouched", case).metrics
    assert metrics["fail_to_pass"] == 0
    assert metrics["pass_to_pass"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("proof", ["vacuous-test", "narrow-test", "faking-conftest"])
def test_a_bad_regression_test_costs_nothing_else(graded: Any, proof: Any) -> None:
    metrics = graded(proof, "find").metrics
    assert [metric for metric in BAR if metrics[metric] < 1] == ["regression_test"]


@pytest.mark.deep
@pytest.mark.parametrize("index", range(1, 6))
@pytest.mark.parametrize("case", CASES)
def test_the_reference_passes_on_other_seeds(graded: Any, case: Any, index: Any) -> None:
    score = graded("reference", case, index)
    assert all(score.metrics[metric] == 1 for metric in BAR), score.notes
