"""Solutions that prove the harness: what must pass, and what must fail and on which metric."""

from __future__ import annotations

from pathlib import Path

from jobtwin.harness import solutions
from jobtwin.harness.contract import Seeds
from jobtwin.harness.twin_code import load, part
from jobtwin.harness.written_solutions import WrittenSolutions

cases: tuple[str, ...] = ("full",)

_TWIN = Path(__file__).parents[1]


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0); few services are spoilt where `case` is small."""
    if case not in ("small", "full"):
        raise ValueError(f"there is no case {case!r}")
    small = part(load(_TWIN), "planning").SMALL if case == "small" else b""
    return solutions.seeds("capstone", index, small)


solve = WrittenSolutions(_TWIN).solve
