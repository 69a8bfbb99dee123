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
REPORT = "report/tradeoff.json"


@cache
def _harness() -> Any:
    return load(_HERE.parent)


def _part(name: str) -> Any:
    return importlib.import_module(f"{_harness().__name__}.{name}")


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0); the graded world is small where `case` is."""
    if case not in ("small", "full"):
        raise ValueError(f"there is no case {case!r}")
    graded = hashlib.sha256(f"safety|graded|{index}".encode()).digest()
    if case == "small":
        graded = _part("cases").SMALL + graded[:16]
    return Seeds(hashlib.sha256(f"safety|kit|{index}".encode()).digest(), graded)


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = dict(_harness().kit(given.kit).files)
    if proof_id == "untouched":
        return Submission(kit)
    files = {**kit, **_files(_HERE / "reference"), REPORT: _report(given)}
    if proof_id != "reference":
        for change in _wrong()[proof_id]:
            files[change["file"]] = _changed(files[change["file"]], change)
    return Submission(files)


def _report(given: Seeds) -> bytes:
    """Return the trade-off curve of the reference as it was measured on the kit of these seeds."""
    known = parse((_HERE / "measured.yml").read_bytes()).data
    name = next(str(n) for n in range(99) if seeds("full", n).kit == given.kit)
    if given.graded.startswith(_part("cases").SMALL):
        name = "small"
    return (json.dumps(known.get(name, known["0"]), indent=2) + "\n").encode()


@cache
def _wrong() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = parse((_HERE / "wrong.yml").read_bytes()).data
    return found


def _changed(content: bytes, change: dict[str, str]) -> bytes:
    """Return a file with one passage replaced, which stands in it once, or another file."""
    if "from" in change:
        return (_HERE.parent / change["from"]).read_bytes()
    if "put" in change:
        return change["put"].encode()
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
