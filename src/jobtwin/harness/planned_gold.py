"""Gold items by the plan that lies in a twin's `gold/`: what a harness needs no code for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.harness import solutions
from jobtwin.harness.contract import GoldItem
from jobtwin.records.base import load
from jobtwin.records.gold_plan import GoldPlan
from jobtwin.rules import gold_plan

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.records.twin import Twin

PLAN = "gold/plan.yml"


def items(folder: Path, twin: Twin, seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` items of a twin's plan; raises `Refused` with everything wrong with it."""
    beside = solutions.folder((folder / PLAN).parent)
    plan = load(GoldPlan, (folder / PLAN).read_bytes(), PLAN)
    if findings := list(gold_plan.check_plan(plan, twin, beside)):
        raise Refused(findings)
    wanted = plan.record.model_copy(update={"items": count})
    return tuple(
        GoldItem(item.files, item.scores, item.defects)
        for item in gold_plan.build(wanted, twin, beside, seed)
    )
