"""What no field of a note may tell: whether it will change on the way."""

from __future__ import annotations

import json
from pathlib import Path

from jobtwin.harness.contract import Seeds
from jobtwin.harness.predicting import Labelled
from jobtwin.harness.twin_code import load, part


def labelled(given: Seeds) -> tuple[Labelled, ...]:
    """Return the notes of the unseen trace as a service gets them."""
    harness = load(Path(__file__).parents[1])
    trace = part(harness, "planning").runs_of(given).unseen.trace
    ids = {one.note["id"] for one in trace.items if isinstance(one, part(harness, "trace").Change)}
    rows = json.loads(part(harness, "trace").notes(trace.world))
    return (Labelled("notes", rows, ["changes" if row["id"] in ids else "stays" for row in rows]),)
