"""Pre-scored reports for calibrating mentors, whose sections are at planned levels.

An item draws a level from 1 to 5 for each dimension of the rubric; the section of the report that
tells of that dimension is worded at this level. Good items are good in most dimensions.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from jobtwin.harness.contract import GoldItem
from jobtwin.harness.draw import generator
from jobtwin.harness.exemplars import Levels, planned, scores
from jobtwin.yamlfile import parse

DIMENSIONS = ("ingestion", "retrieval", "citations", "evaluation_honesty", "tradeoffs")
TOLD_IN = {
    "report/REPORT.md": ("ingestion", "citations", "evaluation_honesty"),
    "report/TRADEOFFS.md": ("retrieval", "tradeoffs"),
}
WORDS = Path(__file__).parents[1] / "exemplar-words.yml"


def gold_items(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` different items, the planned levels dealt out over them."""
    dealt = planned(seed, DIMENSIONS, count)
    return tuple(_item(seed, number, levels) for number, levels in enumerate(dealt))


def _item(seed: bytes, number: int, levels: Levels) -> GoldItem:
    words: dict[str, Any] = parse(WORDS.read_bytes()).data
    random = generator(seed, f"gold/item/{number}")
    figures = _figures(levels, random)
    parts = {path: [words["opening"].format(**figures)] for path in TOLD_IN}
    defects = []
    for dimension in DIMENSIONS:
        section = words["sections"][dimension]
        level = levels[dimension]
        text = f"## {section['title']}\n\n{section['levels'][level - 1].format(**figures)}"
        next(own for path, own in parts.items() if dimension in TOLD_IN[path]).append(text)
        if level < 5:
            defects.append(f"{dimension}: {section['defects'][level - 1]}")
    files = {path: ("\n\n".join(own) + "\n").encode() for path, own in parts.items()}
    return GoldItem(files, scores(levels), tuple(defects))


def _figures(levels: Levels, random: Random) -> dict[str, str]:
    """Return the numbers of one item's report, as good as its levels imply."""
    good = (levels["ingestion"] + levels["retrieval"]) / 10
    recall = 0.42 + 0.5 * good + random.uniform(-0.02, 0.02)
    return {
        "recall": f"{recall:.2f}",
        "low": f"{recall - 0.06:.2f}",
        "high": f"{min(0.99, recall + 0.05):.2f}",
        "scan": f"{recall - random.uniform(0.02, 0.1):.2f}",
        "image": f"{recall - random.uniform(0.05, 0.15):.2f}",
        "multi": f"{recall - random.uniform(0.0, 0.12):.2f}",
        "cite": f"{recall - random.uniform(0.15, 0.3):.2f}",
        "ocr_pages": str(random.randrange(190, 260)),
        "minutes": str(random.randrange(3, 11)),
        "gain": f"0.{random.randrange(11, 34)}",
        "milliseconds": str(random.randrange(40, 420)),
        "held": str(random.randrange(30, 60)),
        "declined": str(random.randrange(3, 9)),
        "commit": f"{random.getrandbits(28):07x}",
    }
