"""What an evaluation says that receipts tell, against the receipts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import deadline, from_receipts, receipts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.submission import Evaluated, Started
    from jobtwin.records.twin import Twin
    from jobtwin.rules.receipts import Numbered

TOLD_OTHERWISE = Code(
    "AUD-149",
    "an evaluation says something else of the receipts than they do",
    why="Mentors see it as evidence beside the score that they give.",
    fix="Find out what wrote the evaluation; tell the mentors who saw it.",
)


def check_told(
    record: Evaluated,
    path: str,
    twin: Twin,
    started: Started,
    every: Sequence[Numbered],
    grace: int,
) -> Iterator[Finding]:
    """Yield a finding where the evidence from receipts is not what all of them tell.

    `grace` is in seconds after the last deadline.
    """
    counted = receipts.counted(every, deadline.last(started) + timedelta(seconds=grace))
    if record.counts and record.told != from_receipts.told(twin, started, counted):
        yield TOLD_OTHERWISE.at("its `told` is not what the attempt's receipts say", path)
