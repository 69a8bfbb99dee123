"""The gates outside of the sandbox: which ones a twin asks for, and what follows from each.

A gate that failed keeps an attempt from passing. One that could not be run is never taken for one
that held: it blocks nothing, and everybody who relies on the verdict is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records.gate import ARTIFACT_DIGEST, CONTAINER_BUILDS, CONTAINER_STARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.gate import Gate, GateOutcome
    from jobtwin.records.submission import Evaluated
    from jobtwin.records.twin import Twin

WRONG_GATES = Code(
    "AUD-047",
    "an evaluation's gates are not those that its twin asks for",
    why="A gate that is left out would pass in silence; each stands there as passed, failed or "
    "not run.",
    fix="Find out what wrote the evaluation; evaluate the attempt again.",
)


def asked(twin: Twin) -> tuple[str, ...]:
    """Return the ids of the gates that a twin asks for."""
    if twin.harness is None:
        return ()
    container = (CONTAINER_BUILDS, CONTAINER_STARTS) if twin.harness.container else ()
    return (*container, *((ARTIFACT_DIGEST,) if twin.harness.artifact else ()))


def ended(evaluated: Evaluated, outcome: GateOutcome) -> tuple[Gate, ...]:
    """Return the gates of an evaluation with this outcome."""
    return tuple(gate for gate in evaluated.gates or () if gate.outcome == outcome)


def told(evaluated: Evaluated) -> Iterator[str]:
    """Yield what came of each gate, with what was seen; nothing where the twin asks for none."""
    for gate in evaluated.gates or ():
        seen = ", ".join(f"{fact.name} {fact.value}" for fact in gate.evidence)
        yield gate.sentence + (f" ({seen})" if seen else "")


def check_gates(gates: Sequence[Gate] | None, path: str, twin: Twin) -> Iterator[Finding]:
    """Yield a finding when an evaluation leaves out a gate, adds one or names one twice."""
    said, expected = tuple(gate.id for gate in gates or ()), asked(twin)
    if said != expected:
        message = f"it says {', '.join(said) or 'none'}; the pinned twin asks for "
        yield WRONG_GATES.at(message + (", ".join(expected) or "none"), path)
