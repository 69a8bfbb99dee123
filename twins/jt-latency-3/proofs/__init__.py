"""Solutions that prove the harness: what must pass, and what must fail and on which metric."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jobtwin.harness import solutions
from jobtwin.harness.contract import Files, Harness, Seeds, Submission
from jobtwin.harness.twin_code import load, part
from jobtwin.yamlfile import parse

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
    return solutions.seeds("latency", index, small)


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = _harness().kit(given.kit).files
    if proof_id == "untouched":
        return Submission(kit)
    levers = solutions.changes(_HERE / "levers.yml")
    wrong = {"reference": [], **solutions.changes(_HERE / "wrong.yml"), **levers}
    reference = {} if proof_id in levers else solutions.folder(_HERE / "reference")
    files = solutions.changed({**kit, **reference}, wrong[proof_id], _TWIN, kit)
    report = _report(given, kit, is_false=proof_id == "false-report")
    return Submission({**files, "report.json": report})


def _report(given: Seeds, kit: Files, *, is_false: bool) -> bytes:
    """Return the report that was true when it was measured, or one that flatters itself."""
    known = parse((_HERE / "measured.yml").read_bytes()).data
    index = next(str(n) for n in range(99) if seeds("full", n).kit == given.kit)
    found: dict[str, Any] = known.get(index, known["0"])
    after = dict(found["after"])
    if is_false:
        after["p99_ms"] *= 0.7
    report = {
        "trace_sha256": hashlib.sha256(kit["data/trace.jsonl"]).hexdigest(),
        "before": found["before"],
        "after": after,
        "changes": ["one call instead of three", "three notes", "concise", "memory", "hedging"],
    }
    return (json.dumps(report, indent=2) + "\n").encode()
