"""The online half as your predecessor left it: a moving average and a threshold by eye."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import mean
from typing import Any

WINDOW = 60
SLOW_MS = 620.0


def watch(events: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the alerts of a trace, each with the moment of the event that raised it."""
    last: deque[float] = deque(maxlen=WINDOW)
    alerts = []
    is_firing = False
    for event in events:
        last.append(event["latency_ms"])
        is_slow = len(last) == WINDOW and mean(last) > SLOW_MS
        if is_slow and not is_firing:
            alerts.append({"at": event["at"], "kind": "latency"})
        is_firing = is_slow
    return alerts
