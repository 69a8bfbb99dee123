"""What no field may tell: which release is faulty, and what a ticket is about."""

from __future__ import annotations

from pathlib import Path

from jobtwin.harness.contract import Seeds
from jobtwin.harness.predicting import Labelled
from jobtwin.harness.twin_code import load, part

COUNT = 600


def labelled(given: Seeds) -> tuple[Labelled, ...]:
    """Return the releases by all that a verdict sees before it asks, and tickets as in the kit."""
    harness = load(Path(__file__).parents[1])
    releases = part(harness, "planning").world_of(given).releases
    faulty = ["faulty" if one.mutant else "good" for one in releases]
    rows = [one.row for one in part(harness, "tickets").tickets(given.kit, "labels", COUNT)]
    return (
        Labelled("releases", [{"id": one.id} for one in releases], faulty),
        *(
            Labelled(f"{name} of tickets", rows, [row[name] for row in rows], frozenset(told))
            for name, told in (("priority", {"priority"}), ("category", {"category", "topic"}))
        ),
    )
