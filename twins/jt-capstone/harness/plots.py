"""What the report's plots are made of: the faults that the evals noticed, and the gate's checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records.report import Needed, Row, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

FAULTS = {
    "constant": "every answer the same",
    "swapped": "one in three: the answer before",
    "emptied": "one in three without text",
    "echoed": "one in three says the request",
    "wrong_type": "one in four of another type",
    "truncated": "one in four cut off",
    "failing": "one in four an error 503",
    "slow": "some late",
}
CHECKS = {
    "clean_clone_tests": "tests on a clean copy, twice",
    "service_starts": "the service starts",
    "examples_answered": "the examples are answered",
    "bad_input_refused": "bad input is refused",
    "requests_traced": "each request can be traced",
    "metrics_move": "the metrics count",
    "stops_cleanly": "it stops when told to",
    "evals_run": "the evals run",
    "threats_answered": "every threat is answered",
    "runbook": "the runbook is written",
    "reflection": "the reflection is written",
}


def of(figures: Mapping[str, float], killed: Mapping[str, bool]) -> tuple[Rows, ...]:
    """Return the plots."""
    return (
        Rows(
            title="Spoilt services that the evals reject",
            about="Each stands in for the service without a sign of it; 1 is rejected. An eval "
            "suite that lets them pass would let a release like them pass.",
            rows=tuple(
                Row(label=FAULTS[kind], value=float(noticed), among=1)
                for kind, noticed in sorted(killed.items())
            ),
        ),
        Rows(
            title="The gate, check by check",
            about="All of them have to be 1 before two mentors read the work.",
            rows=tuple(
                Row(label=label, value=figures[name], needed=Needed(value=1.0))
                for name, label in CHECKS.items()
            ),
        ),
    )
