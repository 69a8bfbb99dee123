"""One seeded incident: the class, the release that carries it, when it began, who complained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from jobtwin.harness.draw import generator, subseed

from . import pieces
from .oracle import Pieces
from .trace import Record, draw_trace
from .world import World, draw_world

CLASSES = tuple(sorted(pieces.MODULES))
"""The published ids of the hallucination classes."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened in the kit's world."""

    seed: bytes
    kind: str
    world: World
    sound: Pieces
    """The kit's pieces with the fault mended."""
    faulty: Pieces
    trace: tuple[Record, ...]
    onset: dt.datetime
    opened: dt.datetime
    """When the pager went off."""
    reported: tuple[Record, ...]
    """The trace's records that customers complained about."""

    @property
    def wrong(self) -> int:
        """How many requests of the trace were answered wrongly: the blast radius."""
        return sum(record.wrong for record in self.trace)


def kind_of(kit_seed: bytes) -> str:
    """Return the class of the incident that `kit_seed` makes."""
    return generator(kit_seed, "incident/class").choice(CLASSES)


@lru_cache(maxsize=4)
def draw_incident(kit_seed: bytes) -> Incident:
    """Return the incident of `kit_seed`."""
    kind = kind_of(kit_seed)
    world = draw_world(subseed(kit_seed, "world"))
    random = generator(kit_seed, "incident/pieces")
    sound = Pieces(*(random.choice(pieces.SOUND) for _ in range(4)))
    faulty = replace(sound, **{kind: random.choice(pieces.FAULTS)})
    trace, onset = draw_trace(world, sound, faulty, subseed(kit_seed, "trace"))
    opened = trace[-1].at + dt.timedelta(minutes=random.randint(1, 4))
    early = opened - dt.timedelta(minutes=20)
    reported = _reported(kit_seed, [r for r in trace if r.wrong and r.at < early])
    return Incident(kit_seed, kind, world, sound, faulty, trace, onset, opened, reported)


def _reported(seed: bytes, wrong: Sequence[Record]) -> tuple[Record, ...]:
    """Pick three complaints about different requests, in the order of time."""
    random = generator(seed, "incident/reported")
    distinct: dict[str, Record] = {}
    for record in wrong:
        distinct.setdefault(str(record.request["product"]).strip().casefold(), record)
    chosen = random.sample(sorted(distinct.values(), key=lambda r: r.at), 3)
    return tuple(sorted(chosen, key=lambda record: record.at))


def fresh_trace(graded_seed: bytes, incident: Incident) -> tuple[tuple[Record, ...], dt.datetime]:
    """Return a trace of the graded world with the same failure injected, and its onset."""
    world = draw_world(subseed(graded_seed, "world"))
    return draw_trace(world, incident.sound, incident.faulty, subseed(graded_seed, "trace"))
