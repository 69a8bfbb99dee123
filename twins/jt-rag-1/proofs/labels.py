"""What no field of a graded question may tell: what kind of document answers it."""

from __future__ import annotations

from pathlib import Path

from jobtwin.harness.contract import Seeds
from jobtwin.harness.predicting import Labelled
from jobtwin.harness.twin_code import load, part


def labelled(given: Seeds) -> tuple[Labelled, ...]:
    """Return the graded questions as the service gets them, with the stratum of the document."""
    asked = part(load(Path(__file__).parents[1]), "questions").questions(given.graded)
    return (
        Labelled(
            "graded questions", [one.asked() for one in asked], [one.stratum for one in asked]
        ),
    )
