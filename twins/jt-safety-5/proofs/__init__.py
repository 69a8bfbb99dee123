"""Solutions that prove the harness: what must pass, and what must fail and on which metric."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from jobtwin.harness import solutions
from jobtwin.harness.contract import Harness, Seeds, Submission
from jobtwin.harness.twin_code import load, part
from jobtwin.yamlfile import parse

cases: tuple[str, ...] = ("full",)

REPORT = "report/tradeoff.json"

_HERE = Path(__file__).parent
_TWIN = _HERE.parent


@cache
def _harness() -> Harness:
    return load(_TWIN)


def _small() -> bytes:
    mark: bytes = part(_harness(), "cases").SMALL
    return mark


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0); the graded world is small where `case` is."""
    if case not in ("small", "full"):
        raise ValueError(f"there is no case {case!r}")
    return solutions.seeds("safety", index, _small() if case == "small" else b"")


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = _harness().kit(given.kit).files
    if proof_id == "untouched":
        return Submission(kit)
    files = {**kit, **solutions.folder(_HERE / "reference"), REPORT: _report(given)}
    if proof_id == "reference":
        return Submission(files)
    listed = solutions.changes(_HERE / "wrong.yml")[proof_id]
    return Submission(solutions.changed(files, listed, _TWIN, kit))


def _report(given: Seeds) -> bytes:
    """Return the trade-off curve of the reference as it was measured on the kit of these seeds."""
    known = parse((_HERE / "measured.yml").read_bytes()).data
    name = next(str(n) for n in range(99) if seeds("full", n).kit == given.kit)
    if given.graded.startswith(_small()):
        name = "small"
    return (json.dumps(known.get(name, known["0"]), indent=2) + "\n").encode()
