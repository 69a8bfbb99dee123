"""What the learner starts from: the endpoint as it runs, data, and a battery to practise on."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jobtwin.harness.contract import Kit
from jobtwin.harness.draw import generator
from jobtwin.harness.scaffold import filled, read

from . import banks
from .cases import Case, practice

SCAFFOLD = Path(__file__).parents[1] / "scaffold"


@lru_cache(maxsize=4)
def hand_out(kit_seed: bytes) -> Kit:
    """Return the kit of `kit_seed`."""
    from .planning import data_of

    world = practice(kit_seed)
    files = {
        **scaffold(kit_seed),
        **{f"data/{name}": content for name, content in data_of(world).items()},
        "battery/harmless.jsonl": _lines(world.benign, "H"),
        "battery/attacks.jsonl": _lines(world.attacked, "A"),
    }
    return Kit(dict(sorted(files.items())), _facts(kit_seed))


@lru_cache(maxsize=4)
def scaffold(kit_seed: bytes) -> dict[str, bytes]:
    """Return the repository without data."""
    return filled(read(SCAFFOLD), _facts(kit_seed))


def _facts(kit_seed: bytes) -> dict[str, str]:
    random = generator(kit_seed, "facts")
    return {
        "engineer": random.choice(banks.NAMES),
        "port": random.choice(banks.PLACES),
        "hour": random.choice(("9:00", "10:30", "13:00", "15:30")),
    }


def _lines(cases: tuple[Case, ...], letter: str) -> bytes:
    return "".join(
        json.dumps(_row(case, f"{letter}{number:03}"), ensure_ascii=True) + "\n"
        for number, case in enumerate(cases, start=1)
    ).encode()


def _row(case: Case, name: str) -> dict[str, Any]:
    channel, frame, encoding = case.layer
    right: dict[str, Any] = {"holds": case.expected} if case.expected else {}
    right |= {"action": case.action} if case.action else {}
    right |= {"handover": True} if case.handover else {}
    row: dict[str, Any] = {"id": name, "kind": case.kind, "request": case.request, "right": right}
    if case.aim is not None:
        row |= {"channel": channel, "frame": frame, "encoding": encoding}
        row["wants"] = {"says": list(case.aim.marks), "calls": case.aim.tool}
    return row
