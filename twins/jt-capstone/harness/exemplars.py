"""Pre-scored capstones for calibrating mentors: what two readers would open, at planned levels.

An item is one of a dozen services that somebody could have built. It has a level from 1 to 5 for
each dimension of the rubric, and the files that tell of that dimension are made at this level.
Figures in them agree with one another. The words are in exemplar-words.yml.
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
from jobtwin.harness.exemplars import Levels, planned, scores
from jobtwin.yamlfile import parse

DIMENSIONS = (
    "problem_framing",
    "system_design",
    "production_quality",
    "evals_coverage",
    "security_posture",
    "reflection",
    "polish",
)
WORDS = Path(__file__).parents[1] / "exemplar-words.yml"
REPORT = "gate-report.txt"
_SLOT = re.compile(r"<<(\w+)>>")


def gold_items(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` different items, the planned levels dealt out over them."""
    subjects = list(_words()["subjects"])
    generator(seed, "gold/subjects").shuffle(subjects)
    return tuple(
        _item(seed, number, subjects[number % len(subjects)], levels)
        for number, levels in enumerate(planned(seed, DIMENSIONS, count))
    )


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = parse(WORDS.read_bytes(), WORDS.name).data
    return found


def _item(seed: bytes, number: int, subject: Mapping[str, str], levels: Levels) -> GoldItem:
    random = generator(seed, f"gold/item/{number}")
    facts = _facts(random, subject)
    files = {REPORT: _gate(random, levels, facts)}
    defects = []
    for dimension, level in levels.items():
        written = _words()["dimensions"][dimension][level - 1]
        for path, variants in written["files"].items():
            files[path] = _filled(random.choice(variants), facts)
        if written["defect"]:
            defects.append(f"{dimension}: {written['defect']}")
    encoded = {path: text.encode() for path, text in sorted(files.items())}
    return GoldItem(encoded, scores(levels), tuple(defects))


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda slot: facts[slot[1]], text)


def _facts(random: Random, subject: Mapping[str, str]) -> dict[str, str]:
    """Return what the texts of one item are filled with."""
    said = {f"{name}_cap": subject[name][0].upper() + subject[name][1:] for name in _OPENING}
    return {
        **subject,
        **said,
        **_measured(random),
        **_sizes(random),
        "slug": subject["name"].lower(),
        "month": random.choice(_words()["months"]),
        "person": random.choice(_words()["people"]),
        "digest": f"{random.getrandbits(160):040x}",
        "image": f"{random.getrandbits(256):064x}",
        "version": f"0.{random.randint(3, 19)}.{random.randint(0, 9)}",
        "before": f"0.{random.randint(1, 2)}.{random.randint(0, 9)}",
    }


_OPENING = ("users", "measure", "beyond", "asset")
"""Facts with which a sentence may begin."""


def _measured(random: Random) -> dict[str, str]:
    """Return figures that one service could have had at once."""
    score, cases = random.randint(84, 93), random.randint(120, 260)
    margin = round(196 * (score / 100 * (1 - score / 100) / cases) ** 0.5)
    budget, cents = random.randint(8, 30) * 100, random.uniform(0.4, 2.0)
    faults = random.randint(18, 30)
    return {
        "score": str(score), "low": str(score - margin), "high": str(score + margin),
        "floor": str(score - random.randint(3, 8)), "below": str(score - random.randint(9, 20)),
        "cases": str(cases), "seen": str(cases + random.randint(40, 400)),
        "budget": str(budget), "p99": str(round(budget * random.uniform(0.6, 0.95))),
        "timeout": str(round(budget * 0.8)), "cents": f"{cents:.1f}",
        "spent": f"{cents * random.uniform(0.5, 0.9):.2f}",
        "faults": str(faults), "caught": str(faults - random.randint(1, 4)),
        "kappa": str(random.randint(71, 88)), "agree": str(random.randint(83, 95)),
        "doubt": f"0.{random.randint(5, 8)}", "alarms": str(random.randint(0, 1)),
    }  # fmt: skip


def _sizes(random: Random) -> dict[str, str]:
    return {
        "count": str(random.randint(14, 70)), "day": str(random.randint(2, 27)),
        "day6": str(random.randint(5, 9)), "dims": str(random.choice((384, 768, 1024, 1536))),
        "few": str(random.randint(2, 9)), "limit": str(random.randint(8, 40) * 50),
        "lines": str(random.randint(60, 900)), "minutes": str(random.randint(11, 49)),
        "port": str(random.randint(10, 99)), "queue": str(random.randint(2, 20) * 50),
        "rate": str(random.randint(3, 24) * 10), "slow": str(random.randint(31, 79)),
        "visits": str(random.randint(2, 6)),
    }  # fmt: skip


def _gate(random: Random, levels: Levels, facts: Mapping[str, str]) -> str:
    """Return what the gate would say of a repository with these facts."""
    production, evals = levels["production_quality"], levels["evals_coverage"]
    figures: dict[str, float] = {
        "clean_clone_tests": float(production >= 3),
        "tests_executed": random.randint(4, 9) if production < 3 else int(facts["count"]),
        "tests_can_fail": round(min(1.0, 0.2 * production + random.uniform(0, 0.1)), 2),
        "service_starts": float(production >= 2),
        "requests_traced": {1: 0.0, 2: 0.0, 3: 0.5, 4: 1.0, 5: 1.0}[production],
        "stops_cleanly": float(production >= 3),
        "eval_cases": random.randint(4, 18) if evals < 3 else int(facts["cases"]),
        "evals_can_fail": float(evals >= 3),
        "mutants_killed": {1: 0.0, 2: 0.25, 3: 0.625, 4: 0.875, 5: 1.0}[evals],
        "risks_mitigated": max(0, levels["security_posture"] - 2) * random.randint(1, 2),
        "reflection": float(levels["reflection"] >= 2),
    }
    lines = "\n".join(f"{name:22}{value:8.2f}" for name, value in figures.items())
    artifact = "passed" if levels["polish"] >= 2 else "failed: it could not be fetched"
    container = "passed" if production >= 3 else "failed: it does not start as an ordinary user"
    return (
        f"The gate before the mentors\n\n{lines}\n\ncontainer: {container}\nartifact: {artifact}\n"
    )
