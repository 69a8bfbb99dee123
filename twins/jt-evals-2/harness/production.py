"""Production traces: what the gateway logs of the feature, before and after a change.

Nothing in an event is a label: what a ticket really was is known days later. What changes at the
change point is one of the five kinds, and everything else keeps its daily rhythm.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass
from random import Random
from typing import Any

from jobtwin.harness.draw import generator

from . import banks

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
MINUTES_A_DAY = 24 * 60
_BUSIEST, _QUIETEST = 2.4, 0.5
"""Tickets a minute, in the early afternoon and in the early morning."""
_CHANNELS = ("web", "mail", "app")


@dataclass(frozen=True, slots=True)
class Change:
    """What changes in a trace, and when."""

    kind: str
    minute: float
    """From the start of the trace."""
    strength: float
    """From 0 to 1, between the smallest and the largest of its kind."""
    labels: tuple[str, str] = ("outage", "billing")
    """For quality: the category that is filed as the other."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace, with its answer."""

    lines: bytes
    days: int
    change: Change | None


def trace(seed: bytes, path: str, days: int, kind: str | None) -> Trace:
    """Return the trace `path`: the last of its days has a change of `kind`, if there is one."""
    random = generator(seed, f"{path}/plan")
    change = None
    if kind is not None:
        minute = (days - 1) * MINUTES_A_DAY + random.uniform(1, 15) * 60
        old, new = random.sample(("billing", "meter", "outage", "account", "tariff"), 2)
        change = Change(kind, minute, random.random(), (old, new))
    events = _events(generator(seed, f"{path}/events"), days, change)
    lines = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
    return Trace(lines.encode("ascii"), days, change)


def moment(minute: float) -> str:
    """Return a minute of a trace as its events have it."""
    at = START + dt.timedelta(minutes=minute)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def minute_of(at: Any) -> float | None:
    """Return the minute of a moment in that form, None for anything else."""
    if not isinstance(at, str) or len(at) > 32:
        return None
    try:
        found = dt.datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return (found - START).total_seconds() / 60


def cut(lines: bytes, minute: float) -> bytes:
    """Return the lines up to a minute: what was known then."""
    last = moment(minute)
    kept = [line for line in lines.splitlines(keepends=True) if json.loads(line)["at"] <= last]
    return b"".join(kept)


def _events(random: Random, days: int, change: Change | None) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    minute = 0.0
    while True:
        minute += random.expovariate(_rate(minute))
        if minute >= days * MINUTES_A_DAY:
            return events
        event = _event(random, minute)
        if change is not None and minute >= change.minute:
            _spoil(random, event, change)
        events.append({"id": f"E{len(events) + 1:05}", **event})


def _day(minute: float, peak_hour: float) -> float:
    """Return the daily rhythm: 1 at the peak hour, 0 twelve hours away."""
    return 0.5 + 0.5 * math.cos(2 * math.pi * (minute / 60 - peak_hour) / 24)


def _rate(minute: float) -> float:
    return _QUIETEST + (_BUSIEST - _QUIETEST) * _day(minute, 14)


def _event(random: Random, minute: float) -> dict[str, Any]:
    evening = _day(minute, 20)
    weights = {"billing": 24, "outage": 8 + 10 * evening, "meter": 24, "moving": 14,
               "tariff": 15, "account": 12 + 4 * evening}  # fmt: skip
    category = random.choices(list(weights), list(weights.values()))[0]
    urgent = 14 + 10 * evening
    priority = random.choices(tuple(banks.PRIORITIES), (urgent, 50, 30))[0]
    stall = random.uniform(3, 8) if random.random() < 0.02 else 1.0
    busy = 1 + 0.15 * _day(minute, 14)
    latency = 500 * busy * math.exp(random.gauss(0, 0.16)) * stall
    return {
        "at": moment(minute),
        "channel": random.choice(_CHANNELS),
        "valid": random.random() >= 0.004,
        "category": category,
        "priority": priority,
        "approved": random.random() >= 0.003,
        "latency_ms": round(latency, 1),
        "cost_usd": round(0.000348 * math.exp(random.gauss(0, 0.05)), 9),
    }


def _spoil(random: Random, event: dict[str, Any], change: Change) -> None:
    """Change an event as the change does."""
    much = change.strength
    happens = random.random()
    if change.kind == "quality" and event["category"] == change.labels[0]:
        event["category"] = change.labels[1] if happens < 0.75 + 0.2 * much else change.labels[0]
    elif change.kind == "format" and happens < 0.04 + 0.06 * much:
        event["valid"] = False
    elif change.kind == "latency":
        event["latency_ms"] = round(event["latency_ms"] * (1.35 + 0.4 * much), 1)
    elif change.kind == "safety" and happens < 0.03 + 0.05 * much:
        event["approved"] = False
    elif change.kind == "cost":
        event["cost_usd"] = round(event["cost_usd"] * (1.25 + 0.6 * much), 9)
