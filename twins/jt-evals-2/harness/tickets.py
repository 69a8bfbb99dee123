"""Tickets of the energy retailer: a topic, said in a customer's words, with an urgency."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random

from jobtwin.harness.draw import generator

from . import banks

WRONG_LABELS = 0.04
"""Share of the reference labels in the kit that somebody got wrong."""
_ALARMING = 0.02


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket with what the feature should make of it."""

    id: str
    text: str
    category: str
    priority: str
    topic: str

    @property
    def row(self) -> dict[str, str]:
        """Return it as the kit's file has it."""
        return asdict(self)


def tickets(seed: bytes, path: str, count: int) -> tuple[Ticket, ...]:
    """Return `count` different tickets, in production's proportions, rightly labelled."""
    random = generator(seed, path)
    found: dict[str, Ticket] = {}
    while len(found) < count:
        ticket = _ticket(random, f"T{len(found) + 1:04}")
        found.setdefault(ticket.text, ticket)
    return tuple(found.values())


def mislabelled(seed: bytes, rows: tuple[Ticket, ...]) -> tuple[dict[str, str], ...]:
    """Return the tickets as rows in which some labels are wrong, as in any real archive."""
    random = generator(seed, "labels")
    given = []
    for ticket in rows:
        row = ticket.row
        if random.random() < WRONG_LABELS:
            name, among = random.choice(
                (("category", tuple(banks.CATEGORIES)), ("priority", tuple(banks.PRIORITIES)))
            )
            row[name] = random.choice([label for label in among if label != row[name]])
        given.append(row)
    return tuple(given)


def _ticket(random: Random, name: str) -> Ticket:
    weights = [3 if topic.category in ("billing", "meter") else 2 for topic in banks.TOPICS]
    topic = random.choices(banks.TOPICS, weights)[0]
    priority = random.choices(("high", "normal", "low"), (2, 5, 3))[0]
    slots = {
        "amount": str(random.randint(31, 980)),
        "hour": str(random.randint(1, 23)),
        "minutes": str(random.randint(6, 55)),
        "month": random.choice(banks.MONTHS),
        "name": random.choice(banks.NAMES),
        "number": f"{random.randint(10**6, 10**7 - 1)}",
        "rooms": str(random.randint(2, 7)),
        "street": random.choice(banks.STREETS),
        "year": str(random.randint(1998, 2025)),
    }
    said = random.choice(topic.said).format(**slots)
    parts = [random.choice(banks.OPENINGS), f"{said[0].upper()}{said[1:]}."]
    asides = random.sample(banks.ASIDES, random.choice((0, 0, 1, 1, 2)))
    parts += [aside.format(**slots) for aside in asides]
    if random.random() < _ALARMING:
        parts.append(random.choice(banks.ALARMING))
    parts.append(random.choice(banks.URGENCY[priority]))
    parts.append(random.choice(banks.CLOSINGS).format(**slots))
    return Ticket(name, " ".join(parts), topic.category, priority, topic.id)
