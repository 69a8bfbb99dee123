"""The request trace: a quiet half day, a release, and hours in which some answers are wrong.

Every record knows the row that was logged and the row that a sound release would have logged, so
that an alert rule can be replayed over the failure and over its absence.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from jobtwin.harness.draw import generator

from .oracle import Oracle, Pieces, Reply, Seen, normal
from .queries import Request, ordinary
from .world import World

REQUESTS = 1500
REQUESTS_PER_MINUTE = 3
NOISE_EVERY = 120
"""Of so many requests in a row, one has an outdated copy in each of the gateway's joined fields."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One request as logged (`row`), and as a sound release would have logged it (`clean`)."""

    at: dt.datetime
    request: Request
    reply: Reply
    expected: Reply
    row: Row
    clean: Row

    @property
    def wrong(self) -> bool:
        """Whether the answer was not the right one."""
        return self.reply != self.expected


def draw_trace(
    world: World, sound: Pieces, faulty: Pieces, seed: bytes
) -> tuple[tuple[Record, ...], dt.datetime]:
    """Return the trace and its onset: before it every answer comes from the sound pieces."""
    random = generator(seed, "clock")
    day = dt.date(2031, 1, 1) + dt.timedelta(days=random.randrange(300))
    start = dt.datetime.combine(day, dt.time(5, random.randrange(60)), dt.UTC)
    onset_at = random.randint(780, 940)
    right, broken = Oracle(world, sound), Oracle(world, faulty)
    seconds, records, onset = 0, [], start
    for number in range(REQUESTS):
        chance = generator(seed, f"request/{number}")
        seconds += chance.randrange(1, 2 * 60 // REQUESTS_PER_MINUTE)
        at = start + dt.timedelta(seconds=seconds)
        if number == onset_at:
            onset = at
        serving = broken if number >= onset_at else right
        records.append(_record(chance, number, at, right, serving))
    return tuple(records), onset


def _record(random: Random, number: int, at: dt.datetime, right: Oracle, serving: Oracle) -> Record:
    request = ordinary(right.world, right, random)
    expected, clean = right.watch(request)
    reply, seen = serving.watch(request) if serving is not right else (expected, clean)
    outside = {
        "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "id": f"r-{number:05d}",
        "channel": random.choice(("app", "app", "web", "kiosk")),
        "latency_ms": 12 + random.randrange(40) + (300 if random.randrange(90) == 0 else 0),
    }
    noise = number % NOISE_EVERY // (NOISE_EVERY // 4)
    noise = noise if number % (NOISE_EVERY // 4) == 7 else 0
    row = {**outside, **_logged(right, noise, request, reply, seen)}
    same = seen is clean
    sound_row = row if same else {**outside, **_logged(right, noise, request, expected, clean)}
    return Record(at, request, reply, expected, row, sound_row)


def _logged(right: Oracle, noise: int, request: Request, reply: Reply, seen: Seen) -> Row:
    """Return what the service and the gateway in front of it write down about one request."""
    citation = reply["citation"] or {}
    facts: Mapping[str, Any] = reply["facts"]
    register = _register(right, noise, seen)
    matched = seen.matched_key
    if noise == 1 and matched is not None and seen.product is not None:
        matched = normal(seen.product["name"])
    return {
        "request": request,
        "ask": seen.ask,
        "status": reply["status"],
        "reason": reply["reason"],
        "facts": facts,
        "typed_key": seen.typed_key,
        "matched_key": matched,
        "cited_product": citation.get("product"),
        "cited_version": citation.get("version"),
        "cited_section": citation.get("section"),
        "dose_mg": facts.get("dose_mg"),
        "interaction_found": facts.get("interaction"),
        "section_used": seen.section_used,
        "section_total": seen.section_total,
        "context_chars": seen.context_chars,
        **register,
    }


def _register(right: Oracle, noise: int, seen: Seen) -> Row:
    """Return what the public register says of the product, as the gateway has it."""
    if seen.product is None:
        return {"register_version": None, "register_max_mg": None}
    leaflet = right.in_force(seen.product["id"])
    if leaflet is None:
        return {"register_version": None, "register_max_mg": None}
    version: str = leaflet["version"]
    maximum: int = right.dosing(seen.product["id"], version)["max_single_mg"]
    if noise == 2:
        major, _, minor = version.partition(".")
        version = f"{major}.{max(int(minor) - 1, 0)}"
    if noise == 3:
        maximum = maximum // 2
    return {"register_version": version, "register_max_mg": maximum}


def as_lines(records: Sequence[Record]) -> bytes:
    """Return `incident/trace.jsonl`."""
    lines = (json.dumps(record.row, ensure_ascii=False, sort_keys=True) for record in records)
    return ("\n".join(lines) + "\n").encode()
