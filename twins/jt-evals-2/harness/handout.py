"""What the learner starts from: the inherited harness, the archive, releases, and quiet days."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jobtwin.harness import scaffold
from jobtwin.harness.contract import Kit
from jobtwin.harness.draw import generator

from . import banks, production
from .mutants import COUNTS, harmless, mutant
from .planning import FULL
from .tickets import mislabelled, tickets
from .triage import known_good

SCAFFOLD = Path(__file__).parents[1] / "scaffold"
ARCHIVE = 600
QUIET_DAYS = 2
BLAMED = ("2026-01-13", "2026-02-03")
FAULTY = {
    "2026-01-27": ("lost-categories", "relabelled"),
    "2026-02-10": ("long-tail", "slower"),
    "2026-02-24": ("obedient", "half-guarded"),
}
"""Release → the families that it may be of: one of quality, of latency, of safety."""


@lru_cache(maxsize=4)
def hand_out(kit_seed: bytes) -> Kit:
    """Return the kit of `kit_seed`."""
    facts = _facts(kit_seed)
    files = scaffold.filled(scaffold.read(SCAFFOLD), facts)
    rows = mislabelled(kit_seed, tickets(kit_seed, "archive", ARCHIVE))
    quiet = production.trace(kit_seed, "quiet", QUIET_DAYS, None)
    replies = {topic.id: topic.reply for topic in banks.TOPICS}
    data = {
        "data/tickets.jsonl": "".join(_line(row) for row in rows).encode(),
        "data/replies.json": (json.dumps(replies, indent=2) + "\n").encode(),
        "data/production.jsonl": quiet.lines,
        **{f"releases/{name}.json": content for name, content in _releases(kit_seed).items()},
    }
    return Kit(dict(sorted({**files, **data}.items())), facts)


def _facts(kit_seed: bytes) -> dict[str, str]:
    random = generator(kit_seed, "facts")
    lead, day = random.choice(banks.NAMES), random.choice(("9:30", "10:00", "11:15", "14:00"))
    return {
        "lead": lead,
        "meeting": f"Thursday, {day}",
        "regressions": str(sum(COUNTS.values())),
        "copies": {2: "two", 3: "three"}[FULL.copies],
        "good": str(FULL.good),
    }


def _line(row: dict[str, str]) -> str:
    return json.dumps(row, ensure_ascii=True) + "\n"


def _releases(kit_seed: bytes) -> dict[str, bytes]:
    random = generator(kit_seed, "releases")
    found: dict[str, dict[str, Any]] = {"known-good": {"fault": None, "settings": known_good()}}
    for name in BLAMED:
        found[name] = {"fault": None, "settings": harmless(random)}
    for name, families in FAULTY.items():
        fault = mutant(kit_seed, random.choice(families))
        found[name] = {"fault": fault.what, "settings": fault.settings}
    return {name: (json.dumps(one, indent=2) + "\n").encode() for name, one in found.items()}
