"""Which questions are asked: the hidden ones, and what patients type on an ordinary day."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from jobtwin.harness.draw import generator

from .oracle import Oracle
from .world import Row, World

Request = dict[str, Any]

QUESTIONS = {
    "dose": ("How much may I take?", "what DOSE is right for me", "How often can he have it?"),
    "interaction": (
        "Can I take them together?",
        "do these two interact",
        "May I combine them, and at what dose?",
    ),
    "storage": ("Does it belong in the fridge?", "how do I store it", "when does it expire"),
    "driving": ("May I drive afterwards?", "can I use a machine at work", "Is the car allowed?"),
}
UNCLEAR = ("Is it any good?", "hello", "What colour are they?", "Thanks!")
STRANGERS = (
    "grandmother's herbal tea",
    "vitamin gummies",
    "42",
    "the white ones",
    "nasal rinse",
    "zzzzzz",
    "cough drops, cherry",
    "ointment",
)


def near_miss(random: Random, name: str) -> str:
    """Return `name` with one late letter of its first word changed: a sound-alike."""
    word, _, rest = name.partition(" ")
    place = random.randrange(5, len(word))
    letter = random.choice([c for c in "aeiounrst" if c != word[place]])
    return f"{word[:place]}{letter}{word[place + 1 :]}{' ' + rest if rest else ''}"


def spelled(random: Random, product: Row) -> str:
    """Return one of the ways in which a patient types a product that we do carry."""
    name: str = random.choice((product["name"], *product["aliases"]))
    dress = random.randrange(6)
    if dress == 0:
        return name.upper()
    if dress == 1:
        return name.lower().replace(" mg", "mg")
    if dress == 2:
        return name.replace(" ", "® ", 1)
    if dress == 3:
        return f"  {name.replace(' ', '-', 1)} "
    return name


def hidden(world: World, seed: bytes) -> tuple[Request, ...]:
    """Return the graded questions of `world`, shuffled by `seed`: no expectation in sight."""
    requests = [
        *_doses(world, seed),
        *_interactions(world, seed),
        *_leaflet_asks(world, seed),
        *_names(world, seed),
        *_free_text(world, seed),
    ]
    generator(seed, "queries/order").shuffle(requests)
    return tuple(requests)


def _marketed(world: World) -> list[Row]:
    return [row for row in world.tables["products"] if row["marketed"]]


def _doses(world: World, seed: bytes) -> Iterator[Request]:
    oracle = Oracle(world)
    for product in _marketed(world):
        random = generator(seed, f"queries/dose/{product['id']}")
        leaflet = oracle.in_force(product["id"])
        versions = [r for r in world.tables["dosing"] if r["product"] == product["id"]]
        version = leaflet["version"] if leaflet else versions[-1]["version"]
        row = oracle.dosing(product["id"], version)
        edge = row["max_single_mg"] // row["mg_per_kg"]
        weights = (
            random.randint(row["min_weight_kg"], edge - 1),
            edge + random.randint(2, 6),
            random.randint(60, 120),
        )
        for weight in weights:
            yield {"product": spelled(random, product), "ask": "dose", "weight_kg": weight}
        if random.randrange(4) == 0:
            light = row["min_weight_kg"] - random.randint(1, 3)
            yield {"product": spelled(random, product), "ask": "dose", "weight_kg": light}
        if random.randrange(6) == 0:
            yield {"product": spelled(random, product), "ask": "dose"}


def _interactions(world: World, seed: bytes) -> Iterator[Request]:
    oracle = Oracle(world)
    for product in _marketed(world):
        random = generator(seed, f"queries/interaction/{product['id']}")
        for substance in _partners(world, oracle, product, random):
            other = _typed_other(random, world, substance)
            yield {"product": spelled(random, product), "ask": "interaction", "with": other}
        if random.randrange(6) == 0:
            yield {"product": spelled(random, product), "ask": "interaction"}
        if random.randrange(6) == 0:
            own = _typed_other(random, world, product["substance"])
            yield {"product": spelled(random, product), "ask": "interaction", "with": own}


def _partners(world: World, oracle: Oracle, product: Row, random: Random) -> list[str]:
    """Return substances to ask about: early and late in the leaflet's list, and not in it."""
    leaflet = oracle.in_force(product["id"])
    if leaflet is None:
        return [world.tables["substances"][0]["id"]]
    listed = [r["substance"] for r in oracle.interactions(product["id"], leaflet["version"])]
    known = {*listed, product["substance"]}
    absent = [row["id"] for row in world.tables["substances"] if row["id"] not in known]
    return [random.choice(listed[:2]), *listed[-2:], random.choice(absent)]


def _typed_other(random: Random, world: World, substance: str) -> str:
    carriers = [row for row in world.tables["products"] if row["substance"] == substance]
    if carriers and random.randrange(2):
        return str(random.choice(carriers)["brand"])
    name: str = next(row["name"] for row in world.tables["substances"] if row["id"] == substance)
    return random.choice((name, name.title(), f" {name}"))


def _leaflet_asks(world: World, seed: bytes) -> Iterator[Request]:
    for product in world.tables["products"]:
        random = generator(seed, f"queries/leaflet/{product['id']}")
        yield {"product": spelled(random, product), "ask": "storage"}
        if random.randrange(3):
            yield {"product": spelled(random, product), "ask": "driving"}


def _names(world: World, seed: bytes) -> Iterator[Request]:
    """Sound-alikes of what we carry, brands in two strengths, and plain strangers."""
    substance = world.tables["substances"][-1]["name"]
    for product in _marketed(world):
        random = generator(seed, f"queries/names/{product['id']}")
        yield _asking(random, near_miss(random, product["name"]), substance)
        if random.randrange(2):
            yield _asking(random, near_miss(random, product["brand"]), substance)
        if random.randrange(3) == 0:
            yield _asking(random, product["brand"], substance)
        if random.randrange(3) == 0:
            name = _typed_other(random, world, product["substance"])
            other = world.tables["products"][0]
            if other["substance"] != product["substance"]:
                far = near_miss(random, name.strip())
                yield {"product": other["name"], "ask": "interaction", "with": far}
    for stranger in STRANGERS:
        yield _asking(generator(seed, f"queries/strangers/{stranger}"), stranger, substance)


def _asking(random: Random, name: str, other: str) -> Request:
    ask = random.choice(("dose", "interaction", "storage", "driving"))
    return {"product": name, "ask": ask, **_needed(ask, 70, other)}


def _needed(ask: str, weight: int, other: str) -> Request:
    """Return what a request of this kind needs beside the product."""
    if ask == "dose":
        return {"weight_kg": weight}
    return {"with": other} if ask == "interaction" else {}


def _free_text(world: World, seed: bytes) -> Iterator[Request]:
    products = _marketed(world)
    for ask, questions in sorted(QUESTIONS.items()):
        for number, question in enumerate(questions):
            random = generator(seed, f"queries/text/{ask}/{number}")
            product = random.choice(products)
            other = random.choice(world.tables["substances"])["name"]
            needed = _needed(ask, 19, other)
            yield {"product": product["name"], "question": question, **needed}
    for question in UNCLEAR:
        random = generator(seed, f"queries/unclear/{question}")
        yield {"product": random.choice(products)["name"], "question": question}


def ordinary(world: World, oracle: Oracle, random: Random) -> Request:
    """Return one request of an ordinary day, most of them unremarkable."""
    products = _marketed(world)
    product = random.choice(products)
    kind = random.randrange(100)
    if kind < 4:
        return _asking(random, random.choice(STRANGERS), world.tables["substances"][0]["name"])
    if kind < 14:
        return _asking(
            random, near_miss(random, product["name"]), world.tables["substances"][0]["name"]
        )
    name = spelled(random, product)
    if kind < 46:
        return {"product": name, "ask": "dose", "weight_kg": random.choice(_WEIGHTS)}
    if kind < 82:
        partner = random.choice(_partners(world, oracle, product, random))
        return {"product": name, "ask": "interaction", "with": _typed_other(random, world, partner)}
    return {"product": name, "ask": "storage" if kind < 91 else "driving"}


_WEIGHTS = (9, 12, 14, 16, 18, 20, 22, 25, 28, 31, 35, 42, 54, 63, 71, 88)
