"""A production trace: when questions arrive, what they ask, and facts that change on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from jobtwin.harness.draw import generator

from .world import ATTRIBUTES, PUBLIC, Wording, World, draw_value, draw_world, note_of

RATE = 20.0
"""Questions a second."""
UNIQUE = 0.70
"""Share of the questions that were not asked before, word for word."""
COMPARISONS = 0.25
HOT = 0.10
"""Share of the questions that ask for a fact which changes."""

Fact = tuple[str, str]
"""(product, attribute)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the facts that its answer must hold."""

    at: float
    """Seconds from the start."""
    text: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that is another from a moment on."""

    at: float
    fact: Fact
    value: str
    note: dict[str, str]


@dataclass(frozen=True, slots=True)
class Trace:
    """Questions and changes of one run, with the answers."""

    world: World
    items: tuple[Question | Change, ...]
    """In the order of arrival."""

    @property
    def questions(self) -> list[tuple[int, Question]]:
        """The questions, each with its place among the items."""
        return [(n, one) for n, one in enumerate(self.items) if isinstance(one, Question)]

    @property
    def facts(self) -> frozenset[Fact]:
        """What is asked for."""
        return frozenset(fact for _, one in self.questions for fact in one.facts)

    def texts(self, fact: Fact) -> list[str]:
        """Return the note of a fact, and what it is changed to."""
        changed = [one for one in self.items if isinstance(one, Change) and one.fact == fact]
        return [self.world.notes[fact].text, *(one.note["text"] for one in changed)]

    @property
    def bodies(self) -> tuple[dict[str, Any], ...]:
        """What is posted, in order."""
        return tuple(_body(one) for one in self.items)

    def values(self, fact: Fact, at: float, grace: float) -> set[str]:
        """Return what is true of a fact at a moment, or became so within `grace` seconds."""
        now = {self.world.values[fact]}
        for one in self.items:
            if isinstance(one, Change) and one.fact == fact:
                if one.at <= at - 1:
                    now = {one.value}
                elif one.at <= at + grace:
                    now.add(one.value)
        return now


def draw_trace(seed: bytes, count: int, wording: Wording = PUBLIC) -> Trace:
    """Return a trace of `count` questions, in the world of `seed`."""
    world, random = draw_world(seed, wording), generator(seed, "trace")
    changes = _changes(world, generator(seed, "changes"), count)
    at = 0.0
    items: list[Question | Change] = list(changes)
    asked: list[Question] = []
    hot = [one.fact for one in changes]
    for _ in range(count):
        at += random.expovariate(RATE)
        question = _question(world, random, at, hot, asked)
        asked.append(question)
        items.append(question)
    return Trace(world, tuple(sorted(items, key=lambda one: one.at)))


def _changes(world: World, random: Random, count: int) -> list[Change]:
    length = count / RATE
    facts = random.sample(sorted(world.values), max(2, count // 90))
    found = []
    for fact in facts:
        value = draw_value(random, fact[1], unlike=world.values[fact])
        note = note_of(random, world.notes[fact].id, fact, value, world.wording)
        at = length * random.uniform(0.35, 0.6)
        found.append(Change(at, fact, value, note.as_json()))
    return found


def _question(
    world: World, random: Random, at: float, hot: list[Fact], asked: list[Question]
) -> Question:
    chance = random.random()
    if chance < HOT:
        return _single(world, random, at, random.choice(hot))
    if chance < HOT + (1 - UNIQUE - HOT) * 1.3 and asked:
        again = random.choice(asked)
        return Question(at, again.text, again.facts)
    kind = random.choice(sorted(ATTRIBUTES))
    if random.random() < COMPARISONS:
        a, b = random.sample(world.products, 2)
        text = world.wording.attributes[kind].compared.format(a=a, b=b)
        return Question(at, text, ((a, kind), (b, kind)))
    return _single(world, random, at, (random.choice(world.products), kind))


def _single(world: World, random: Random, at: float, fact: Fact) -> Question:
    text = random.choice(world.wording.attributes[fact[1]].asked).format(p=fact[0])
    return Question(at, text, (fact,))


def _body(one: Question | Change) -> dict[str, Any]:
    if isinstance(one, Question):
        return {"kind": "question", "text": one.text}
    return {"kind": "event", "type": "note_changed", "note": one.note}


def as_lines(trace: Trace) -> bytes:
    """Return a trace as the kit holds it, with answers: one JSON object a line."""
    lines = []
    for one, body in zip(trace.items, trace.bodies, strict=True):
        line: dict[str, Any] = {"at": round(one.at, 4), **body}
        if isinstance(one, Question):
            line["values"] = [sorted(trace.values(fact, one.at, 20)) for fact in one.facts]
        lines.append(json.dumps(line) + "\n")
    return "".join(lines).encode()


def digest(lines: bytes) -> str:
    """Return the digest by which a report names its trace."""
    return hashlib.sha256(lines).hexdigest()


def notes(world: World) -> bytes:
    """Return the catalogue's notes as they stand in the data."""
    rows: Mapping[str, dict[str, str]] = {one.id: one.as_json() for one in world.notes.values()}
    return (json.dumps([rows[name] for name in sorted(rows)], indent=1) + "\n").encode()
