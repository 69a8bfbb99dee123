"""The declared solutions, really run in sandboxes on small worlds: each ends as declared.

`jobtwin check --deep jt-rag-1` runs the same on full worlds too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import EngineError, SandboxUnavailable
from jobtwin.harness import environment, grading
from jobtwin.harness.proofs import declared, solutions, verdict
from jobtwin.harness.sandbox import choose
from jobtwin.harness.twin_code import load
from jobtwin.records.base import load as load_record
from jobtwin.records.twin import Twin

TWIN = Path(__file__).parents[3] / "twins" / "jt-rag-1"
RECORD = load_record(Twin, (TWIN / "twin.yml").read_bytes(), "twin.yml").record
LOCK = (TWIN / "environment.lock").read_bytes()
HARNESS: Any = load(TWIN)
PROOFS: Any = solutions(TWIN)
DECLARED = {proof.id: proof for proof in declared(TWIN)}
QUICK = ("reference", "untouched", "no-ocr", "malformed", "crashes", "lies-about-readiness")
"""Run on every push; the others differ from them by a passage, and run with the deep tests."""
TOLD = {
    "malformed": "count as empty: `results` is not a list",
    "crashes": "count as empty: crashed",
    "too-slow": "count as empty: timed_out",
}
"""What a service that misbehaves is told."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> grading.Machine:
    cache = Path.home() / ".cache" / "jobtwin"
    try:
        environment.install(LOCK, cache)
        return grading.Machine(choose(), cache)
    except (SandboxUnavailable, EngineError) as missing:
        pytest.skip(f"learner code cannot be run on this machine: {missing}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "proof",
    [pytest.param(proof, marks=[] if proof in QUICK else pytest.mark.deep) for proof in DECLARED],
)
def test_a_declared_solution_ends_as_declared(proof: str, machine: grading.Machine) -> None:
    seeds = PROOFS.seeds("small", 0)
    submission = PROOFS.solve(proof, seeds)
    graded = grading.grade(RECORD, HARNESS, seeds, submission, machine, LOCK)
    assert list(verdict(DECLARED[proof], graded)) == [], graded.score.notes
    assert any(TOLD.get(proof, "") in note for note in graded.score.notes)
