"""What no field of a graded question may tell: whether it is to be answered or refused."""

from __future__ import annotations

from pathlib import Path

from jobtwin.harness.contract import Seeds
from jobtwin.harness.predicting import Labelled
from jobtwin.harness.twin_code import load, part


def labelled(given: Seeds) -> tuple[Labelled, ...]:
    """Return the graded questions as the service gets them, with how a sound release replies."""
    harness = load(Path(__file__).parents[1])
    world = part(harness, "planning").unseen(given)
    sound = part(harness, "oracle").Oracle(world, part(harness, "oracle").SOUND)
    asked = part(harness, "queries").hidden(world, given.graded)
    return (Labelled("graded questions", asked, [sound.reply(one)["status"] for one in asked]),)
