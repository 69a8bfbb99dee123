"""Alert rules replayed: over the trace of this incident, and over one that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import alerts
from .incident import Incident, fresh_trace
from .trace import Record

FIRE_WITHIN = 45.0
"""Minutes after the onset within which an alert rule must fire."""
TRACES = ("this incident", "a fresh one")


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of the rules."""

    late: Mapping[str, float | None]
    """Trace → minutes from the onset to the first alert; None where none counts."""
    troubles: tuple[str, ...]
    """What is wrong, to be read after the word that names the rules."""


def judged(content: bytes, seed: bytes, incident: Incident) -> Watched:
    """Return what becomes of the rules in a file; `seed` makes the trace that nobody has seen."""
    try:
        rules = alerts.parse_rules(content)
    except alerts.BadRules as bad:
        return Watched(dict.fromkeys(TRACES), (f": {bad}",))
    traces = ((incident.trace, incident.onset), fresh_trace(seed, incident))
    found = [alerted(rules, trace, _minutes(trace, onset)) for trace, onset in traces]
    late = {name: first for name, (first, _) in zip(TRACES, found, strict=True)}
    troubles = [
        f", on the trace of {name}: {trouble}"
        for name, (_, trouble) in zip(TRACES, found, strict=True)
        if trouble
    ]
    return Watched(late, tuple(troubles))


def alerted(
    rules: Sequence[alerts.Rule], trace: Sequence[Record], onset: float
) -> tuple[float | None, str]:
    """Return when after the onset a rule fires first, and what is wrong with the rules, if any.

    `onset` is in minutes from the trace's beginning.
    """
    clean = alerts.samples([(record.at, record.clean) for record in trace])
    for rule in rules:
        if alerts.first_firing(rule, clean) is not None:
            return None, f"rule {rule.name} fires without the failure"
    logged = alerts.samples([(record.at, record.row) for record in trace])
    firings = [first for rule in rules if (first := alerts.first_firing(rule, logged)) is not None]
    if not firings:
        return None, "no rule fires"
    late = min(firings) - onset
    if late > FIRE_WITHIN:
        return late, f"the first rule fires {late:.0f} minutes after the onset"
    return late, ""


def _minutes(trace: Sequence[Record], onset: datetime) -> float:
    return (onset - trace[0].at).total_seconds() / 60
