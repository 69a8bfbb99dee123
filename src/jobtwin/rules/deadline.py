"""When a checkpoint closes, and whether something arrived in time.

Knows neither git nor forge: every moment is the server's and is given.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobtwin.records.submission import Deadline

if TYPE_CHECKING:
    from jobtwin.records.organisation import Cohort
    from jobtwin.records.submission import Started
    from jobtwin.records.twin import Checkpoint, Twin


def deadlines(twin: Twin, cohort: Cohort, start: datetime) -> tuple[Deadline, ...]:
    """Return when each checkpoint closes, in the twin's order.

    A checkpoint counts from the start or from the deadline of the one it comes after, however
    early that one was handed in. Raises KeyError when the cohort gives no window that is needed.
    """
    windows = {window.twin: timedelta(days=window.days) for window in cohort.windows}
    closing: dict[str, datetime] = {}
    for checkpoint in twin.checkpoints:
        begins = closing[checkpoint.after] if checkpoint.after else start
        closing[checkpoint.id] = begins + _length(checkpoint, twin, windows)
    return tuple(Deadline(checkpoint=name, at=at) for name, at in closing.items())


def _length(checkpoint: Checkpoint, twin: Twin, windows: dict[str, timedelta]) -> timedelta:
    if checkpoint.minutes is not None:
        return timedelta(minutes=checkpoint.minutes)
    return windows[twin.id]


def lacks_window(twin: Twin, cohort: Cohort) -> bool:
    """Say whether a checkpoint counts in the cohort's days, and the cohort gives it none."""
    needed = any(checkpoint.minutes is None for checkpoint in twin.checkpoints)
    return needed and twin.id not in {window.twin for window in cohort.windows}


def closes(started: Started, checkpoint: str) -> datetime:
    """Return when a checkpoint of an attempt closes; raises KeyError for an unknown one."""
    return {deadline.checkpoint: deadline.at for deadline in started.deadlines}[checkpoint]


def last(started: Started) -> datetime:
    """Return when the attempt closes for good."""
    return max(deadline.at for deadline in started.deadlines)


def is_on_time(at: datetime, deadline: datetime, grace_seconds: int) -> bool:
    """Say whether something arrived in time; the closing second itself still counts."""
    return at <= deadline + timedelta(seconds=grace_seconds)
