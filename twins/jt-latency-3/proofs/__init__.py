"""Solutions that prove the harness: what must pass, and what must fail and on which metric."""

from __future__ import annotations

import hashlib
import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jobtwin.harness.contract import Seeds, Submission
from jobtwin.harness.twin_code import load
from jobtwin.yamlfile import parse

cases: tuple[str, ...] = ("full",)

_HERE = Path(__file__).parent


@cache
def _harness() -> Any:
    return load(_HERE.parent)


def _part(name: str) -> Any:
    return importlib.import_module(f"{_harness().__name__}.{name}")


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0); the graded world is small where `case` is."""
    if case not in ("small", "full"):
        raise ValueError(f"there is no case {case!r}")
    graded = hashlib.sha256(f"latency|graded|{index}".encode()).digest()
    if case == "small":
        graded = _part("planning").SMALL + graded[:16]
    return Seeds(hashlib.sha256(f"latency|kit|{index}".encode()).digest(), graded)


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = dict(_harness().kit(given.kit).files)
    if proof_id == "untouched":
        return Submission(kit)
    changes = {"reference": [], **_changes("wrong.yml"), **_changes("levers.yml")}[proof_id]
    files = kit if proof_id in _changes("levers.yml") else {**kit, **_files(_HERE / "reference")}
    for change in changes:
        files[change["file"]] = _changed(files[change["file"]], change)
    report = _report(given, kit, is_false=proof_id == "false-report")
    return Submission({**files, "report.json": report})


def _report(given: Seeds, kit: dict[str, bytes], *, is_false: bool) -> bytes:
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


@cache
def _changes(name: str) -> dict[str, list[dict[str, str]]]:
    """Return the solutions of a file: proof → passages that are replaced, or whole files."""
    found: dict[str, list[dict[str, str]]] = parse((_HERE / name).read_bytes()).data
    return found


def _changed(content: bytes, change: dict[str, str]) -> bytes:
    """Return a file with one passage replaced, which stands in it once, or another file."""
    if "from" in change:
        return (_HERE.parent / change["from"]).read_bytes()
    text, passage = content.decode(), change["find"].strip()
    if text.count(passage) != 1:
        raise ValueError(f"{change['file']} does not hold once: {passage}")
    return text.replace(passage, change["replace"].strip()).encode()


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts
    }
