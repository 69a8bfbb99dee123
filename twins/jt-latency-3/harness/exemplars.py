"""Pre-scored submissions for calibrating mentors: a service and its write-up with planned defects.

An item draws a level from 1 to 5 for each dimension of the rubric; the section of the write-up and
the code that tell of that dimension are made at this level. Good items are good in most dimensions,
as real ones are. Figures in an item's text are drawn as its levels imply.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from jobtwin.harness.contract import GoldItem
from jobtwin.harness.draw import generator
from jobtwin.harness.exemplars import planned, scores
from jobtwin.yamlfile import parse

from .exemplar_code import TWIN, model, pipeline

DIMENSIONS = ("measurement", "diagnosis", "latency_engineering", "quality_cost", "tradeoffs")
WORDS = TWIN / "exemplar-words.yml"


def gold_items(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` different items, the planned levels dealt out over them."""
    dealt = planned(seed, DIMENSIONS, count)
    return tuple(_item(seed, number, levels) for number, levels in enumerate(dealt))


def _item(seed: bytes, number: int, levels: Mapping[str, int]) -> GoldItem:
    random = generator(seed, f"gold/item/{number}")
    words: dict[str, Any] = parse(WORDS.read_bytes()).data
    figures = _figures(random, levels["latency_engineering"])
    sections, defects = [], []
    for dimension in DIMENSIONS:
        kept = words[dimension]
        said = random.choice(kept["levels"][levels[dimension] - 1])
        sections.append(f"## {random.choice(kept['titles'])}\n\n{_filled(said, figures)}\n")
        if levels[dimension] < 5:
            defects.append(f"{dimension}: {kept['defects'][levels[dimension] - 1]}")
    random.shuffle(sections)
    files = {
        "WRITE-UP.md": ("# " + random.choice(words["openings"]) + "\n\n" + "\n".join(sections)),
        "report.json": _report(random, figures),
        "profile.json": _profile(random, levels["diagnosis"]),
        "answers/pipeline.py": pipeline(random, levels),
        "answers/model.py": model(random, levels["latency_engineering"]),
    }
    return GoldItem(
        {p: t.encode() for p, t in sorted(files.items())}, scores(levels), tuple(defects)
    )


def _figures(random: Random, level: int) -> dict[str, int]:
    """Return what an item's text is filled with; the tail is as its engineering implies."""
    low, high = {1: (3300, 3900), 2: (2100, 3000), 3: (1050, 1500), 4: (640, 760), 5: (560, 690)}[
        level
    ]
    return {
        "before_p50": random.randint(3800, 4250),
        "before_p99": random.randint(9800, 11900),
        "p50": random.randint(260, 330) if level > 1 else random.randint(2000, 2600),
        "p99": random.randint(low, high),
        "spread": random.randint(9, 40),
        "runs": random.randint(3, 7),
        "hits": random.randint(31, 55),
        "stalls": random.randint(17, 24),
        "hedge": random.randint(31, 38) * 10,
        "day": random.randint(2, 28),
    }


def _filled(text: str, figures: Mapping[str, int]) -> str:
    for name, value in figures.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def _report(random: Random, figures: Mapping[str, int]) -> str:
    before = {"p50_ms": figures["before_p50"], "p99_ms": figures["before_p99"]}
    after = {"p50_ms": figures["p50"], "p99_ms": figures["p99"]}
    cost = {"cost_usd": round(random.uniform(0.00019, 0.00027), 6)}
    value = {
        "trace_sha256": f"{random.getrandbits(256):064x}",
        "before": {**before, "cost_usd": 0.00744, "quality": 0.97},
        "after": {**after, **cost, "quality": round(random.uniform(0.96, 0.985), 3)},
        "changes": ["one call", "fewer notes", "short answers"],
    }
    return json.dumps(value, indent=2) + "\n"


def _profile(random: Random, level: int) -> str:
    """Return what the instrumentation says: nothing, one question, the median, or the tail too."""
    steps = {"search": random.randint(2, 9), "model": random.randint(240, 300), "http": 7}
    slow = {**steps, "model": random.randint(2100, 3900), "stalled": random.randint(300, 420)}
    value: dict[str, Any] = {"unit": "ms", "questions": [0, 1, 400, 400, 400][level - 1]}
    if level == 2:
        value["steps"] = slow
    if level >= 3:
        value["p50"] = steps
    if level >= 4:
        value["p99"] = {**slow, "retry": random.randint(90, 160), "queue": 0}
        value["cost_usd_by_model"] = {"sim-medium": round(random.uniform(0.00016, 0.00022), 6)}
    if level == 5:
        value["budget"] = {"search": 10, "hedge_after": 340, "second_call": 400, "http": 20}
    return json.dumps(value, indent=2) + "\n"
