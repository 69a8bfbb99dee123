"""What jobs outside of the sandbox found at the gates, and the part of the record it becomes.

What comes in here was written by a job in which a learner's Dockerfile or server had its say: it
is taken as hostile, and what cannot be used is a gate that was not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from jobtwin.records.gate import Gate, GateFact
from jobtwin.rules.gates import asked

if TYPE_CHECKING:
    from jobtwin.records.gate import GateOutcome
    from jobtwin.records.twin import Twin

NOBODY_LOOKED = "No job apart, which holds no secret, looked at it."
_UNUSABLE = "What its job wrote cannot be used."


@dataclass(frozen=True, slots=True)
class GateReturn:
    """What came of one gate."""

    outcome: str
    """A `GateOutcome`."""
    detail: str
    """A sentence of our own."""
    evidence: Mapping[str, str] = field(default_factory=dict)


def passed(detail: str, evidence: Mapping[str, str]) -> GateReturn:
    """Return a gate that holds, with what shows it."""
    return GateReturn("passed", detail, evidence)


def failed(detail: str, evidence: Mapping[str, str] | None = None) -> GateReturn:
    """Return a gate that does not hold, by the learner's doing."""
    return GateReturn("failed", detail, evidence or {})


def not_run(detail: str) -> GateReturn:
    """Return a gate of which nobody knows whether it would hold."""
    return GateReturn("not_run", detail)


def recorded(twin: Twin, found: Mapping[str, GateReturn]) -> tuple[Gate, ...] | None:
    """Return every gate that a twin asks for as it is kept; None where it asks for none."""
    nobody = not_run(NOBODY_LOOKED)
    return tuple(_gate(name, found.get(name, nobody)) for name in asked(twin)) or None


def _gate(name: str, found: GateReturn) -> Gate:
    outcome: GateOutcome
    try:
        evidence = [GateFact(name=key, value=value) for key, value in found.evidence.items()]
        kept = {"id": name, "outcome": found.outcome, "detail": found.detail}
        return Gate.model_validate({**kept, "evidence": tuple(evidence[:_MOST_FACTS])})
    except ValidationError:
        outcome = "not_run"
        return Gate(id=name, outcome=outcome, detail=_UNUSABLE)


_MOST_FACTS = 20
