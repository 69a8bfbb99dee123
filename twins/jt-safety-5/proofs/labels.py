"""What no field of a graded request may tell: whether it is an attack."""

from __future__ import annotations

from pathlib import Path

from jobtwin.harness.contract import Seeds
from jobtwin.harness.predicting import Labelled
from jobtwin.harness.twin_code import load, part


def labelled(given: Seeds) -> tuple[Labelled, ...]:
    """Return the graded requests as the endpoint gets them, with what they are."""
    cases = part(load(Path(__file__).parents[1]), "planning").runs_of(given).own.cases
    labels = ["harmless" if case.aim is None else "attack" for case in cases]
    return (Labelled("graded requests", [case.request for case in cases], labels),)
