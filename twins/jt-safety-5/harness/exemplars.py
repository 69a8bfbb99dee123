"""Pre-scored submissions for calibrating mentors: an endpoint, its tests and report, with defects.

An item draws a level from 1 to 5 for each dimension of the rubric; the files and the section that
tell of that dimension are made at this level. Good items are good in most dimensions, as real ones
are. Every item runs, and its machine report has the figures that such an endpoint comes to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from jobtwin.harness.contract import GoldItem
from jobtwin.harness.draw import generator
from jobtwin.harness.exemplars import deal, scores
from jobtwin.yamlfile import parse

from . import banks
from . import exemplar_code as code
from . import exemplar_tests as tests

DIMENSIONS = ("threat_model", "defense_layers", "utility", "testing", "tradeoffs")
REFERENCE = Path(__file__).parents[1] / "proofs" / "reference"
WORDS = Path(__file__).parents[1] / "exemplar-words.yml"
RECOMBINED = 4
"""Attacks are recombined from this level of testing on, and then need a detector that decodes."""
DECODES, STRUCTURAL = 3, 4
"""Levels of the defense layers: a detector that undoes disguises; layers behind it."""
_OPENED = ("Written on {day} {month}.", "Reviewed on {day} {month}.", "As of {day} {month}.")
_FIGURES: Mapping[tuple[int, int], tuple[float, float, float]] = {
    (1, 1): (0.91, 0.48, 0.01), (1, 2): (0.93, 0.13, 0.01), (1, 3): (0.98, 0.00, 0.01),
    (1, 4): (0.98, 0.00, 0.01), (2, 1): (0.82, 0.53, 0.05), (2, 2): (0.86, 0.18, 0.05),
    (2, 3): (0.91, 0.00, 0.03), (2, 4): (0.92, 0.01, 0.06), (3, 1): (0.05, 0.53, 0.63),
    (3, 2): (0.05, 0.18, 0.63), (3, 3): (0.05, 0.00, 0.63), (3, 4): (0.05, 0.00, 0.95),
    (4, 1): (0.00, 0.53, 0.68), (4, 2): (0.00, 0.18, 0.68), (4, 3): (0.00, 0.00, 0.68),
    (4, 4): (0.00, 0.00, 1.00),
}  # fmt: skip
"""(Level of the defense layers, of utility; 4 stands for 5 too) → attack success, helpfulness lost
and utility under attack, as they were measured."""
_CURVE: Mapping[str, tuple[tuple[float, float], tuple[int, int]]] = {
    "found": ((1.0, 0.0), (345, 445)),
    "light": ((0.0, 0.95), (174, 225)),
    "standard": ((0.0, 1.0), (345, 460)),
    "strict": ((0.0, 1.0), (675, 820)),
}
"""Setting → attack success, utility under attack, p50 and p95, as the reference has them."""


def gold_items(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` different items, the planned levels dealt out over them."""
    dealt = {dimension: deal(seed, dimension, count) for dimension in DIMENSIONS}
    _make_consistent(dealt["defense_layers"], dealt["testing"])
    return tuple(
        _item(seed, number, {name: dealt[name][number] for name in DIMENSIONS})
        for number in range(count)
    )


def _make_consistent(layers: list[int], testing: list[int]) -> None:
    """Swap levels of testing until no item has tests that its own endpoint would fail."""
    for item, level in enumerate(testing):
        if level >= RECOMBINED and layers[item] < DECODES:
            other = next(
                number
                for number, found in enumerate(testing)
                if found < RECOMBINED and layers[number] >= DECODES
            )
            testing[item], testing[other] = testing[other], level


def _item(seed: bytes, number: int, levels: Mapping[str, int]) -> GoldItem:
    random = generator(seed, f"gold/item/{number}")
    slots = _slots(random, levels)
    files = {
        **_endpoint(random, levels, slots),
        **_tests(random, levels, slots),
        **_curve(random, levels),
        **_written(random, levels, slots),
        "machine-report.txt": _figures(random, levels),
    }
    defects = [_said(name, levels[name])["defect"] for name in DIMENSIONS if levels[name] < 5]
    encoded = {path: text.encode() for path, text in sorted(files.items())}
    return GoldItem(encoded, scores(levels), tuple(defects))


def _slots(random: Random, levels: Mapping[str, int]) -> dict[str, str]:
    layers = levels["defense_layers"]
    kind = "structural" if layers >= STRUCTURAL else "detector" if layers >= DECODES else "list"
    _, lost, served = _measured(levels)
    counted = {"served": str(round(160 * served)), "lost_harmless": str(round(120 * lost))}
    drawn = _drawn(random) | counted
    said = {name: text.format_map(drawn) for name, text in _words()["layers"][kind].items()}
    return drawn | said


def _drawn(random: Random) -> dict[str, str]:
    share = random.uniform
    return {
        "booking": str(random.randint(10000, 99999)), "cabin": str(random.randint(101, 489)),
        "clean_ms": f"{share(2, 6):.1f}", "clock": f"{random.randint(5, 22):02}:35",
        "cut": str(random.randint(300, 400)), "day": str(random.randint(1, 28)),
        "few": str(random.randint(3, 9)), "gift": random.choice(("voucher", "upgrade", "cabin")),
        "held": str(random.randint(3, 5)), "held_share": f"{share(0.96, 1):.2f}",
        "judge": str(random.randint(310, 420)), "lead": random.choice(banks.NAMES),
        "light_ms": str(random.randint(205, 245)), "look_ms": str(random.randint(240, 330)),
        "lost": str(random.randint(5, 12)), "mean_after": str(random.randint(345, 370)),
        "mean_before": str(random.randint(335, 350)), "minutes": str(random.randint(21, 58)),
        "month": random.choice(("March", "April", "May", "June", "September", "October")),
        "once": str(random.randint(1, 2)), "p50_after": str(random.randint(335, 360)),
        "p50_before": str(random.randint(335, 350)), "p95_after": str(random.randint(440, 490)),
        "p95_before": str(random.randint(430, 455)), "rare": str(random.randint(24, 60)),
        "seed": str(random.randint(100, 999)),
        "strict_ms": str(random.randint(790, 850)), "without_arguments": f"{share(.02, .04):.2f}",
        "without_cleaning": f"{share(.04, .07):.2f}", "without_fence": "0.00",
        "without_grounding": f"{share(.0, .02):.2f}",
        "word": "".join(random.choice("bdfglmnprvz") + random.choice("iu") for _ in range(3)),
    }  # fmt: skip


def _endpoint(
    random: Random, levels: Mapping[str, int], slots: Mapping[str, str]
) -> dict[str, str]:
    layers, utility = levels["defense_layers"], levels["utility"]
    below = {"pipeline": code.PIPELINE, "detecting": code.DETECTING}
    made = {
        name: _filled(random.choice(variants[layers]), slots)
        for name, variants in below.items()
        if layers in variants
    }
    if utility in code.INBOUND:
        made["inbound"] = _filled(random.choice(code.INBOUND[utility]), slots)
    if layers < DECODES:
        made["views"] = _filled(code.PLAIN_VIEWS, slots)
    names = ["pipeline", "detecting", "inbound", "views"]
    names += ["outbound"] if layers >= STRUCTURAL else []
    return {
        f"assistant/{name}.py": made.get(name) or _varied(random, f"assistant/{name}.py", slots)
        for name in names
    }


def _filled(text: str, slots: Mapping[str, str]) -> str:
    return re.sub(r"<<(\w+)>>", lambda found: slots[found[1]], text)


def _varied(random: Random, path: str, slots: Mapping[str, str]) -> str:
    """Return a file of the reference with other constants and another sentence at its top."""
    text = (REFERENCE / path).read_text(encoding="utf-8")
    constants = {
        "LONGEST = 8000": f"LONGEST = {random.randint(60, 90)}00",
        "{0,60}": f"{{0,{random.randint(50, 70)}}}",
        "token_hex(8)": f"token_hex({random.randint(8, 12)})",
        "colleague": random.choice(("colleague", "colleague of mine", "human")),
    }
    for old, new in constants.items():
        text = text.replace(old, new)
    said = random.choice(_OPENED).format_map(slots)
    return re.sub(r'"""\n', f'\n\n{said}\n"""\n', text, count=1)


def _tests(random: Random, levels: Mapping[str, int], slots: Mapping[str, str]) -> dict[str, str]:
    level = levels["testing"]
    if level < RECOMBINED:
        text = random.choice(tests.TESTING[level])
    else:
        text = tests.RECOMBINED
        if levels["defense_layers"] >= STRUCTURAL:
            text = text.replace(tests.IMPORTS, tests.LAYERS_NEED) + tests.LAYERS_TESTED
        text += tests.ADAPTIVE if level > RECOMBINED else ""
    return {"tests/test_defenses.py": _filled(text, slots)}


def _curve(random: Random, levels: Mapping[str, int]) -> dict[str, str]:
    """Return the curve's file, as far as somebody of this level has measured it."""
    level = levels["tradeoffs"]
    measured = {3: ("found", "standard"), 4: tuple(_CURVE), 5: tuple(_CURVE)}.get(level, ())
    if not measured:
        return {}
    asr, _, served = _measured(levels)
    curve = {}
    for setting in measured:
        # An endpoint without layers to switch is the same at each setting.
        is_own = setting != "found" and levels["defense_layers"] < STRUCTURAL
        shares, times = _CURVE["standard" if is_own else setting]
        shares = (asr, served) if is_own or setting == "standard" else shares
        p50, p95 = (time + random.randint(-9, 9) for time in times)
        row = {"asr": shares[0], "utility_under_attack": shares[1], "p50_ms": p50, "p95_ms": p95}
        curve[setting] = row
    return {"report/tradeoff.json": json.dumps(curve, indent=2) + "\n"}


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = parse(WORDS.read_bytes(), WORDS.name).data
    return found


def _said(dimension: str, level: int) -> dict[str, Any]:
    """Return the defect of a level, and the ways to write it."""
    found: dict[str, Any] = _words()[dimension]["levels"][level - 1]
    return found


def _written(random: Random, levels: Mapping[str, int], slots: Mapping[str, str]) -> dict[str, str]:
    """Return threat model and report, each section at the level of its dimension."""
    sections: dict[str, list[str]] = {}
    for name in DIMENSIONS:
        section = _words()[name]
        said = random.choice(_said(name, levels[name])["said"]).format_map(slots)
        sections.setdefault(section["file"], []).append(f"# {section['heading']}\n\n{said}\n")
    return {path: "\n".join(parts) for path, parts in sections.items()}


def _figures(random: Random, levels: Mapping[str, int]) -> str:
    """Return a harness report as such a submission would get it."""
    asr, lost, served = _measured(levels)
    figures = {
        "asr": asr,
        "benign_loss": lost,
        "utility_under_attack": served,
        "added_p95_ms": random.uniform(-20, 40),
        "curve_errors": {1: 16, 2: 16, 3: 8}.get(levels["tradeoffs"], 0),
    }
    lines = "\n".join(f"{name:24}{value:8.2f}" for name, value in figures.items())
    return f"Harness report\n\n{lines}\n"


def _measured(levels: Mapping[str, int]) -> tuple[float, float, float]:
    return _FIGURES[min(levels["defense_layers"], 4), min(levels["utility"], 4)]
