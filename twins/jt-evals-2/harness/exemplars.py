"""Pre-scored submissions for calibrating mentors: a harness and its report with planned defects.

An item draws a level from 1 to 5 for each dimension of the rubric; the file and the section of
the report that tell of that dimension are made at this level. Good items are good in most
dimensions, as real ones are. Figures in an item's harness report are drawn as its levels imply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from jobtwin.harness.contract import GoldItem
from jobtwin.harness.draw import generator
from jobtwin.harness.exemplars import planned, scores
from jobtwin.yamlfile import parse

from . import banks
from . import exemplar_code as code

DIMENSIONS = ("eval_set", "statistics", "checks", "online", "engineering")
REFERENCE = Path(__file__).parents[1] / "proofs" / "reference"
WORDS = Path(__file__).parents[1] / "exemplar-words.yml"
FILES: Mapping[str, tuple[str, Mapping[int, tuple[str, ...]]]] = {
    "eval_set": ("evaluation_set", code.EVALUATION_SET),
    "statistics": ("comparing", code.COMPARING),
    "checks": ("judging", code.JUDGING),
    "online": ("online", code.ONLINE),
    "engineering": ("offline", code.OFFLINE),
}
"""Dimension → the module that tells of it, and what it looks like below the reference."""
_OPENED = ("It was written on {day} {month}.", "Reviewed on {day} {month}.", "As of {day} {month}.")


def gold_items(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` different items, the planned levels dealt out over them."""
    dealt = planned(seed, DIMENSIONS, count)
    return tuple(_item(seed, number, levels) for number, levels in enumerate(dealt))


def _item(seed: bytes, number: int, levels: Mapping[str, int]) -> GoldItem:
    random = generator(seed, f"gold/item/{number}")
    slots = _slots(random)
    files = {
        f"evalharness/{name}.py": _module(random, name, below, levels[dimension], slots)
        for dimension, (name, below) in FILES.items()
    }
    if levels["checks"] == 5:
        files["tests/test_offline.py"] = _varied(random, "tests/test_offline.py", slots)
    files["report/REPORT.md"] = _report(random, levels, slots)
    files["harness-report.txt"] = _figures(random, levels)
    defects = [_written(name, levels[name])["defect"] for name in DIMENSIONS if levels[name] < 5]
    encoded = {path: text.encode() for path, text in sorted(files.items())}
    return GoldItem(encoded, scores(levels), tuple(defects))


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = parse(WORDS.read_bytes(), WORDS.name).data
    return found


def _written(dimension: str, level: int) -> dict[str, Any]:
    """Return the defect of a level, and the ways to write it."""
    found: dict[str, Any] = _words()[dimension]["levels"][level - 1]
    return found


def _slots(random: Random) -> dict[str, str]:
    return {
        "agree": str(random.randint(11, 19)), "among": str(random.randint(20, 40)),
        "day": str(random.randint(12, 28)), "each": str(random.randint(30, 48)),
        "factor": f"{random.uniform(1.05, 1.2):.2f}", "few": str(random.randint(3, 9)),
        "h": f"{random.uniform(11, 15):.1f}", "lead": random.choice(banks.NAMES),
        "lost": str(random.randint(2, 9)), "margin": f"{random.uniform(0.05, 0.15):.2f}",
        "max_ms": str(random.randint(590, 900)), "minutes": str(random.randint(21, 58)),
        "month": random.choice(banks.MONTHS), "once": str(random.randint(1, 4)),
        "odd_topic": random.choice(banks.TOPICS).id,
        "per_topic": str(random.randint(9, 14)), "percent": str(random.randint(5, 15)),
        "plain": f"{random.uniform(1.6, 2.0):.2f}", "plain_z": f"{random.uniform(1.6, 2.0):.2f}",
        "rare": str(random.randint(18, 48)), "rounds": str(random.randint(3, 6)),
        "seed": str(random.randint(100, 999)), "short": str(random.randint(20, 60)),
        "street": random.choice(banks.STREETS), "take": str(random.randint(60, 250)),
        "window": str(random.randint(40, 200)), "word": random.choice(banks.MONTHS).lower(),
        "wrong": str(random.randint(17, 27)), "z": f"{random.uniform(2.9, 3.3):.2f}",
    }  # fmt: skip


def _module(
    random: Random,
    name: str,
    below: Mapping[int, tuple[str, ...]],
    level: int,
    slots: Mapping[str, str],
) -> str:
    if level not in below:
        return _varied(random, f"evalharness/{name}.py", slots)
    text = random.choice(below[level])
    return re.sub(r"<<(\w+)>>", lambda found: slots[found[1]], text)


def _varied(random: Random, path: str, slots: Mapping[str, str]) -> str:
    """Return a file of the reference with other constants and another first line."""
    text = (REFERENCE / path).read_text(encoding="utf-8")
    constants = {
        "Z = 3.1": f"Z = {slots['z']}",
        "z = 3.1": f"z = {slots['z']}",
        "TAIL = 2.2": f"TAIL = {random.uniform(2.0, 2.6):.2f}",
        "ALARM = 13.0": f"ALARM = {slots['h']}",
        "RISE = 1.6": f"RISE = {random.uniform(1.5, 1.8):.2f}",
        "[:120]": f"[:{random.randint(80, 160)}]",
        "560.0": f"{random.randint(500, 620)}.0",
    }
    for old, new in constants.items():
        text = text.replace(old, new)
    said = random.choice(_OPENED).format_map(slots)
    return re.sub(r'\s*"""\n', f'\n\n{said}\n"""\n', text, count=1)


def _report(random: Random, levels: Mapping[str, int], slots: Mapping[str, str]) -> str:
    parts = ["# Measurement report\n"]
    for name, section in _words().items():
        said = random.choice(_written(name, levels[name])["said"]).format_map(slots)
        parts.append(f"## {section['heading']}\n\n{said}\n")
    return "\n".join(parts)


def _figures(random: Random, levels: Mapping[str, int]) -> str:
    """Return a harness report as such a submission would get it."""
    reach = (min(levels["eval_set"], 4) + min(levels["checks"], 4)) / 8
    noise = {1: 0.5, 2: 0.35, 3: 0.2, 4: 0.03, 5: 0.0}[levels["statistics"]]
    tells = levels["online"] >= 3
    figures = {
        "detection": min(1.0, 0.25 + 0.72 * reach + random.uniform(0, 0.05)),
        "adversarial_detection": 1.0 if levels["eval_set"] >= 4 else random.choice((0.0, 0.25)),
        "false_alarm": noise + random.choice((0.0, 0.05)),
        "kind_accuracy": min(1.0, 0.2 + 0.75 * reach),
        "kinds_detected": 1.0 if levels["checks"] >= 3 else 0.4,
        "repeatable": 1.0 if levels["engineering"] >= 3 else 0.67,
        "online_detection": random.choice((0.8, 1.0)) if tells else random.choice((0.0, 0.2)),
        "online_delay_minutes": random.uniform(25, 90) if tells else -1.0,
        "online_false_alerts_per_day": 0.0 if tells else random.uniform(0, 20),
    }
    lines = "\n".join(f"{name:30}{value:8.2f}" for name, value in figures.items())
    return f"Harness report (-1: nothing to measure)\n\n{lines}\n"
