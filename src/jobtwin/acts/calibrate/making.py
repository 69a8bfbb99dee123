"""How a gold set is made: from the twin's harness, or from a plan with solutions and defects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.harness import twin_code
from jobtwin.records.base import load
from jobtwin.records.gold_plan import GoldPlan
from jobtwin.rules import gold_live, gold_plan, hidden
from jobtwin.rules.gold_quality import check_quality

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from jobtwin.records.organisation import CalibrationPolicy
    from jobtwin.records.twin import Twin
    from jobtwin.rules.gold import Scored

MAX_BESIDE = 64 << 20
"""Bytes of all files beside a plan."""


def made_by_plan(path: Path, twin: Twin, entropy: bytes) -> Sequence[Scored]:
    """Return a plan's items; raises `Refused` with everything that is wrong with it."""
    plan = load(GoldPlan, path.read_bytes(), str(path))
    beside = _beside(path.parent)
    if findings := list(gold_plan.check_plan(plan, twin, beside)):
        raise Refused(findings)
    return gold_plan.build(plan.record, twin, beside, entropy)


def _beside(folder: Path) -> dict[str, bytes]:
    """Return the regular files below a folder by their paths; links are left out."""
    found: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or "__pycache__" in path.parts:
            continue
        size += path.stat().st_size
        if size > MAX_BESIDE:
            raise Refused([gold_plan.UNKNOWN.at(f"{folder} holds more than {MAX_BESIDE:,} bytes")])
        found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def items_for(
    twin: Twin, folder: Path, plan: Path | None, entropy: bytes, count: int
) -> Sequence[Scored]:
    """Return items for a twin: by the plan that is named, else the twin's own, else its harness."""
    own = folder / "gold" / "plan.yml"
    chosen = plan or (own if own.is_file() else None)
    if chosen:
        return made_by_plan(chosen, twin, entropy)
    return twin_code.load(folder).gold(entropy, count)


def for_queue(
    items: Sequence[Scored], twin: Twin, kit: Path | None, without: Collection[str]
) -> Sequence[Scored]:
    """Return the items that may ride in the queue, as attempts; raises `Refused`.

    `kit` is the folder of the carrier's kit, as he has it after starting; without one, items must
    be whole repositories already. Items that clear the twin are left out.
    """
    scaffold = _kit(kit) if kit else {}
    found = [gold_live.live(item, scaffold, without) for item in gold_live.unclear(items, twin)]
    if kit is None and any(not _is_whole(item) for item in items):
        raise Refused([gold_live.NOT_LIVE.at("files lie neither in work/ nor in inbox/")])
    if findings := list(gold_live.check_live(found, scaffold)):
        raise Refused(findings)
    return found


def _kit(folder: Path) -> dict[str, bytes]:
    found = _beside(folder)
    return {path: body for path, body in found.items() if not path.startswith(".git/")}


def _is_whole(item: Scored) -> bool:
    return all(path.startswith((hidden.WORK, hidden.INBOX)) for path in item.files)


def refuse_weak(items: Sequence[Scored], twin: Twin, policy: CalibrationPolicy) -> None:
    """Raise `Refused` with everything that keeps items from measuring anything."""
    if findings := list(check_quality(items, twin, policy)):
        raise Refused(findings)


def in_clear(items: Sequence[Scored]) -> Mapping[str, bytes]:
    """Return items with their scores, by path, for whoever makes the set; never to be published."""
    files = {
        f"item-{number:02}/{path}": content
        for number, item in enumerate(items, start=1)
        for path, content in item.files.items()
    }
    reference = {
        f"item-{number:02}": {"scores": dict(item.scores), "defects": list(item.defects)}
        for number, item in enumerate(items, start=1)
    }
    return files | {"reference.json": json.dumps(reference, indent=2).encode() + b"\n"}
