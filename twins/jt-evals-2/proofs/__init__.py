"""Solutions that prove the harness: what must pass, and what must fail and on which metric."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jobtwin.harness import solutions
from jobtwin.harness.contract import Harness, Seeds, Submission
from jobtwin.harness.twin_code import load, part

cases: tuple[str, ...] = ("full",)

_HERE = Path(__file__).parent
_TWIN = _HERE.parent


@cache
def _harness() -> Harness:
    return load(_TWIN)


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0); the graded world is small where `case` is."""
    if case not in ("small", "full"):
        raise ValueError(f"there is no case {case!r}")
    small = part(_harness(), "planning").SMALL if case == "small" else b""
    return solutions.seeds("evals", index, small)


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = _harness().kit(given.kit).files
    if proof_id == "untouched":
        return Submission(kit)
    files = {**kit, **solutions.folder(_HERE / "reference")}
    if proof_id == "reference":
        return Submission(files)
    listed = solutions.changes(_HERE / "wrong.yml")[proof_id]
    return Submission(solutions.changed(files, listed, _TWIN, kit))
