"""One pharmacy's data: products, substances, leaflets, dosing, interactions, withdrawals.

Knows the schema that the scaffold's `docs/data.md` documents and draws a world in it. Which
answers are right in that world is the oracle's business.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from jobtwin.harness.draw import generator

from . import banks
from .banks import Names

Row = dict[str, Any]

BRANDS = 24
SUBSTANCES = 34
SINGLE_STRENGTH_IN = 3
"""Every n-th brand comes in one strength only; the others in two."""
LIGHTEST_LIMITED_KG = 18
"""No largest single dose is reached below this weight, so that children get what they weigh."""


@dataclass(frozen=True, slots=True)
class World:
    """The tables of one data folder: file stem → rows, in the order in which they are written."""

    tables: Mapping[str, list[Row]]
    context_budget: int

    def files(self, prefix: str = "") -> dict[str, bytes]:
        """Return the data folder as `$JOBTWIN_DATA` holds it, each path under `prefix`."""
        service = json.dumps({"context_budget": self.context_budget}, indent=2)
        written = {f"{prefix}{stem}.json": _lines(rows) for stem, rows in self.tables.items()}
        return {**written, f"{prefix}service.json": service.encode() + b"\n"}


def _lines(rows: list[Row]) -> bytes:
    body = ",\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    return f"[\n{body}\n]\n".encode()


def draw_world(seed: bytes, names: Names = banks.NAMES) -> World:
    """Return the world of `seed`; every object depends on its own generator."""
    substances = list(_substances(seed, names))
    products = list(_products(seed, substances, names))
    tables: dict[str, list[Row]] = {
        "products": products,
        "substances": substances,
        "leaflets": [],
        "dosing": [],
        "interactions": [],
        "withdrawals": [],
    }
    for index, product in enumerate(products):
        _add_leaflets(seed, tables, index, product)
    budget = generator(seed, "budget").randrange(820, 1000, 20)
    return World(tables, budget)


def _distinct(random: Random, parts: tuple[tuple[str, ...], ...], count: int) -> list[str]:
    """Return `count` words, no two with the same start, so that none is another's near miss."""
    starts = list(parts[0])
    random.shuffle(starts)
    return [
        start + "".join(random.choice(part) for part in parts[1:])
        for start in (starts + [f"{s}i" for s in starts])[:count]
    ]


def _substances(seed: bytes, names: Names) -> Iterator[Row]:
    random = generator(seed, "substances")
    chosen = _distinct(random, names.substances, SUBSTANCES)
    numbers = random.sample(range(100, 999), SUBSTANCES)
    for number, name in zip(sorted(numbers), chosen, strict=True):
        yield {"id": f"S-{number}", "name": name, "group": random.choice(banks.GROUPS)}


def _products(seed: bytes, substances: list[Row], names: Names) -> Iterator[Row]:
    random = generator(seed, "products")
    brands = _distinct(random, names.brands, BRANDS)
    numbers = iter(sorted(random.sample(range(1000, 9999), 2 * BRANDS)))
    discontinued = set(random.sample(brands, 2))
    for index, brand in enumerate(brands):
        single = index % SINGLE_STRENGTH_IN == 0
        strengths = random.sample((25, 50, 100, 150, 200, 250, 400, 500), 1 if single else 2)
        form = random.choice(banks.FORMS)
        for strength in sorted(strengths):
            yield {
                "id": f"P-{next(numbers)}",
                "name": f"{brand} {strength} mg {form}",
                "brand": brand,
                "strength_mg": strength,
                "form": form,
                "substance": substances[index]["id"],
                "aliases": [f"{brand} {strength}", f"{brand} {strength} mg"],
                "marketed": brand not in discontinued,
            }


def _add_leaflets(seed: bytes, tables: dict[str, list[Row]], index: int, product: Row) -> None:
    random = generator(seed, f"leaflets/{product['id']}")
    major = random.randint(1, 4)
    minors, void_below, drafts = _minors(random, index)
    day = dt.date(2029, 1, 1) + dt.timedelta(days=random.randrange(200))
    dosing, listed = _dosing(random), _listed(random, index, product, tables["substances"])
    for minor in minors:
        version = f"{major}.{minor}"
        key = {"product": product["id"], "version": version}
        status = "draft" if minor in drafts else "approved"
        date = {"status": status, "date": day.isoformat()}
        tables["leaflets"].append({**key, **date, **_sections(random, product, tables)})
        tables["dosing"].append({**key, **dosing})
        tables["interactions"] += [{**key, **row} for row in listed]
        day += dt.timedelta(days=random.randint(25, 90))
        dosing, listed = _revised(random, dosing, listed)
    if void_below is not None:
        tables["withdrawals"].append(
            {
                "product": product["id"],
                "before": f"{major}.{void_below}",
                "reason": random.choice(banks.WITHDRAWAL_REASONS),
                "date": day.isoformat(),
            }
        )


def _minors(random: Random, index: int) -> tuple[list[int], int | None, set[int]]:
    """Return (minor versions, first minor that is not void or None, drafts) of a product.

    The shapes rotate over the products, so that every world holds each of them: versions passing
    from one digit to two, plain ones, drafts, and everything withdrawn.
    """
    shape = index % 8
    start = random.randint(1, 3)
    if shape in (1, 4):
        return [7, 8, 9, 10][random.randint(0, 1) :], 10, set()
    if shape == 6:
        return [8, 9, 10, 11], 9, set()
    if shape == 3:
        return [7, 8, 9, 11, 12][random.randint(0, 2) :], 11, {12}
    if index == 16:
        return [6, 8, 9], 10, set()
    if index == 8:
        return [start, start + 1], start + 2, set()
    if shape in (0, 5):
        return [start, start + 2, start + 3], start + 2, set()
    if shape == 2:
        return [start, start + 1, start + 4], None, {start + 4}
    return [10, 11, 13], 11, set()


def _dosing(random: Random) -> Row:
    step = random.choice((5, 10, 25))
    rate = random.randint(4, 15)
    minimum = max(random.randint(6, 12), -(-step // rate))
    single = -(-rate * random.randint(24, 48) // step) * step
    per_day = random.randint(2, 4)
    return {
        "mg_per_kg": rate,
        "step_mg": step,
        "doses_per_day": per_day,
        "min_weight_kg": minimum,
        "max_single_mg": single,
        "max_daily_mg": single * per_day - step * random.randint(0, 3),
    }


def _listed(random: Random, index: int, product: Row, substances: list[Row]) -> list[Row]:
    own = next(row["name"] for row in substances if row["id"] == product["substance"])
    others = [row for row in substances if row["id"] != product["substance"]]
    count = random.randint(10, 14) if index % 3 else random.randint(3, 5)
    drawn = random.sample(others, count)
    return [_interaction(random, product, other, own) for other in drawn]


def _interaction(random: Random, product: Row, other: Row, own: str) -> Row:
    severity = random.choice(banks.SEVERITIES)
    text = random.choice(banks.INTERACTIONS[severity])
    names = {"brand": product["brand"], "substance": own, "other": other["name"]}
    return {"substance": other["id"], "severity": severity, "text": text.format(**names)}


def _revised(random: Random, dosing: Row, listed: list[Row]) -> tuple[Row, list[Row]]:
    """Return what the next version says: the maximum moves and an old warning is sharpened."""
    step = dosing["step_mg"]
    least = -(-dosing["mg_per_kg"] * LIGHTEST_LIMITED_KG // step) * step
    single = max(dosing["max_single_mg"] + random.choice((-2, -1, 1, 2)) * step, least)
    daily = single * dosing["doses_per_day"] - step * random.randint(0, 2)
    sharpened = random.randrange(len(listed))
    rows = [
        {**row, "severity": "avoid"} if place == sharpened else row
        for place, row in enumerate(listed)
    ]
    return {**dosing, "max_single_mg": single, "max_daily_mg": daily}, rows


def _sections(random: Random, product: Row, tables: Mapping[str, list[Row]]) -> Row:
    substance = next(row for row in tables["substances"] if row["id"] == product["substance"])
    names = {
        "brand": product["brand"],
        "substance": substance["name"],
        "group": substance["group"],
    }
    driving = random.choice(sorted(banks.DRIVING))
    storage = {"max_c": random.choice((8, 20, 25, 30)), "open_days": random.randint(7, 90)}
    texts = [
        ("1.1", "use", random.choice(banks.USES)),
        *(("2.1", "warning", text) for text in random.sample(banks.WARNINGS, 3)),
        ("2.2", "interaction", "Tell your pharmacist about everything else that you take."),
        ("2.4", "driving", banks.DRIVING[driving]),
        ("2.4", "driving", "The effect can last until the next morning."),
        ("3.1", "dose", "The dose depends on body weight. Never take more than the maximum."),
        ("3.1", "dose", "Leave at least four hours between two doses."),
        *(("4.1", "side_effects", text) for text in random.sample(banks.SIDE_EFFECTS, 2)),
        ("5.1", "storage", random.choice(banks.STORAGE).format(**storage)),
        ("5.1", "storage", "Keep out of the sight and reach of children."),
    ]
    sections = [
        {"section": number, "topic": topic, "text": text.format(**names)}
        for number, topic, text in texts
    ]
    return {"sections": sections, "storage": storage, "driving": driving}
