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

cases: tuple[str, ...] = ("small", "full")

_HERE = Path(__file__).parent


@cache
def _harness() -> Any:
    return load(_HERE.parent)


def _part(name: str) -> Any:
    return importlib.import_module(f"{_harness().__name__}.{name}")


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0); both worlds are small where `case` is."""
    if case not in cases:
        raise ValueError(f"there is no case {case!r}")
    found = [hashlib.sha256(f"rag|{kind}|{index}".encode()).digest() for kind in ("kit", "graded")]
    if case == "small":
        found = [_part("corpus").SMALL_MARK + seed[:16] for seed in found]
    return Seeds(found[0], found[1])


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = dict(_part("handout").repository(given.kit))
    if proof_id == "untouched":
        return Submission(kit)
    files = {**kit, **_files(_HERE / "reference"), **_report(proof_id, given)}
    if proof_id != "reference":
        for change in _wrong()[proof_id]:
            files[change["file"]] = _changed(files, kit, change)
    return Submission(files)


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


@cache
def _wrong() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = parse((_HERE / "wrong.yml").read_bytes()).data
    return found


def _changed(files: dict[str, bytes], kit: dict[str, bytes], change: dict[str, str]) -> bytes:
    """Return a file of the kit, or of the reference with one passage replaced."""
    if "from_kit" in change:
        return kit[change["file"]]
    text, passage = files[change["file"]].decode(), change["find"].strip()
    if text.count(passage) != 1:
        raise ValueError(f"{change['file']} does not hold once: {passage}")
    return text.replace(passage, change["replace"].strip()).encode()


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
