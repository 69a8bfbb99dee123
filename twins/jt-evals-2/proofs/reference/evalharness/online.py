"""The online half: a cumulative sum for each signal, against its rhythm on quiet days.

Thresholds are chosen for about one false alert in a month over all signals together. None needs
labels. Each event is looked at once, and what comes later is never known.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

QUIET = Path(__file__).parents[1] / "data" / "production.jsonl"
ALARM = 13.0
RISE = 1.6
"""The smallest rise of a category's share that is watched for."""


class Sum:
    """A one-sided cumulative sum that rings once."""

    def __init__(self, kind: str, alarm: float = ALARM) -> None:
        self.kind = kind
        self.alarm = alarm
        self.level = 0.0
        self.has_rung = False

    def add(self, evidence: float) -> bool:
        """Add a log-likelihood ratio; say whether it rings now."""
        self.level = max(0.0, self.level + evidence)
        if self.has_rung or self.level < self.alarm:
            return False
        self.has_rung = True
        return True


def watch(events: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the alerts of a trace, each with the moment of the event that raised it."""
    usual = _Usual([json.loads(line) for line in QUIET.read_text(encoding="utf-8").splitlines()])
    sums: dict[str, Sum] = {}
    alerts = []
    told: set[str] = set()
    for event in events:
        for name, kind, evidence in usual.evidence(event):
            one = sums.setdefault(name, Sum(kind))
            if one.add(evidence) and kind not in told:
                told.add(kind)
                alerts.append({"at": event["at"], "kind": kind})
    return alerts


class _Usual:
    """What quiet days are like, by the hour."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        by_hour: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for event in events:
            for hour in _around(event):
                by_hour[hour].append(event)
        self.shares = {
            hour: _shares(Counter(event["category"] for event in own))
            for hour, own in by_hour.items()
        }
        self.level = {
            (name, hour): mean(sorted(math.log(e[name]) for e in own)[: int(0.97 * len(own))])
            for name in ("latency_ms", "cost_usd")
            for hour, own in by_hour.items()
        }
        self.spread = {
            name: pstdev(
                sorted(math.log(e[name]) - self.level[name, _hour(e)] for e in events)[
                    : int(0.97 * len(events))
                ]
            )
            for name in ("latency_ms", "cost_usd")
        }
        self.invalid = max(0.003, mean(not event["valid"] for event in events))
        self.unapproved = max(0.003, mean(not event["approved"] for event in events))

    def evidence(self, event: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
        """Yield (signal, kind, log-likelihood ratio of changed against usual)."""
        yield "valid", "format", _flag(not event["valid"], self.invalid, 0.05)
        yield "approved", "safety", _flag(not event["approved"], self.unapproved, 0.035)
        hour = _hour(event)
        for name, kind in (("latency_ms", "latency"), ("cost_usd", "cost")):
            distance = (math.log(event[name]) - self.level[name, hour]) / self.spread[name]
            yield name, kind, min(max(distance, -3.0), 3.0) - 0.8
        for category, share in self.shares[hour].items():
            raised = min(0.9, RISE * share)
            is_it = event["category"] == category
            yield f"category {category}", "quality", _flag(is_it, share, raised)


def _flag(happened: bool, usual: float, changed: float) -> float:
    if happened:
        return math.log(changed / usual)
    return math.log((1 - changed) / (1 - usual))


def _shares(counts: Counter[str]) -> dict[str, float]:
    return {name: count / counts.total() for name, count in sorted(counts.items())}


def _hour(event: dict[str, Any]) -> int:
    return int(event["at"][11:13])


def _around(event: dict[str, Any]) -> list[int]:
    """Return the hour with its neighbours: one hour alone has too few events."""
    return [(_hour(event) + step) % 24 for step in (-2, -1, 0, 1, 2)]
