"""Stopped grading, judged again: by whom, and whether the agreement lay below the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import drift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.calibration import Drifted
    from jobtwin.records.organisation import Mentor, QueuePolicy

WRONG_DRIFT = Code(
    "AUD-134",
    "a mentor's grading was stopped against the policy",
    why="Who may not grade any more follows from hidden items and the floor, for all alike.",
    fix="Find out what wrote the record; have the mentor calibrated again.",
)


def check_drifted(
    record: Drifted, path: str, mentor: Mentor | None, before: int, policy: QueuePolicy | None
) -> Iterator[Finding]:
    """Yield what is wrong with a record that stops grading.

    `before` is how many there were of this mentor and twin, `policy` the one in force that it
    names.
    """
    if mentor is None:
        yield WRONG_DRIFT.at(f"`{record.mentor}` is no mentor", path)
    if record.number != before + 1:
        yield WRONG_DRIFT.at(f"it is number {record.number} after {before} others", path)
    if policy is None:
        yield WRONG_DRIFT.at("the policy it names was not in force", path)
    elif not drift.is_below(record.agreement, policy):
        yield WRONG_DRIFT.at("its figures do not lie below the policy's floor", path)
