"""Solutions that prove the harness: what must pass, and what must fail and on which metric."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from jobtwin.harness import solutions
from jobtwin.harness.contract import Harness, Seeds, Submission
from jobtwin.harness.twin_code import load, part
from jobtwin.yamlfile import parse

cases: tuple[str, ...] = ("small", "full")

_HERE = Path(__file__).parent
_TWIN = _HERE.parent


@cache
def _harness() -> Harness:
    return load(_TWIN)


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0); both worlds are small where `case` is."""
    if case not in cases:
        raise ValueError(f"there is no case {case!r}")
    if case == "full":
        return solutions.seeds("rag", index)
    small = part(_harness(), "corpus").SMALL_MARK
    found = solutions.seeds("rag", index, small)
    return replace(found, kit=small + found.kit[:16])


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = part(_harness(), "handout").repository(given.kit)
    if proof_id == "untouched":
        return Submission(kit)
    files = {**kit, **solutions.folder(_HERE / "reference"), **_report(proof_id, given)}
    if proof_id == "reference":
        return Submission(files)
    listed = solutions.changes(_HERE / "wrong.yml")[proof_id]
    return Submission(solutions.changed(files, listed, _TWIN, kit))


def _report(proof_id: str, given: Seeds) -> dict[str, bytes]:
    """Return the report that was true when it was measured, or one that flatters itself."""
    measured = parse((_HERE / "measured.yml").read_bytes()).data
    for case in cases:
        for index, found in measured[case].items():
            if seeds(case, int(index)).kit == given.kit:
                more = 0.1 if proof_id == "flattering-report" else 0.0
                told = {name: abs(value - more) for name, value in found.items()}
                report = {"figures": {"all": told}}
                return {"report/eval.json": json.dumps(report).encode()}
    return {}
