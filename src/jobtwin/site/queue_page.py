"""The page of the queue: how long people wait for their result, as it really was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules.waits import WINDOW, length, said
from jobtwin.site.markup import cards, minute, percent, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jobtwin.records.twin import Twin
    from jobtwin.rules.waits import Figures, Spread

_INTRO = """# The queue

Every attempt that was measured goes to a mentor, also below the bar. Mentors do not choose: the
oldest attempts that a mentor may grade are put together, and one is drawn. What a mentor has not
handed in when it is due goes back to the front, and to somebody else.
[How a claim works](../how-to/claim.md)."""
_READING = """Waits begin when the work has been measured. Half of the people waited no longer than
the first figure, nine in ten no longer than the second. *If you hand in now* is what to expect:
the waits of late, or longer ones where more are waiting than were graded. All figures are of the
{days} days before {at}, also of those who were not cleared. A dash stands where fewer than {few}
people are behind a figure."""
_STUCK = """!!! warning "{twin}: no mentor may read some of what waits"
    Every mentor is excluded there: not calibrated for it at present, or by a relation. Operators
    have been told; whoever wants to grade it is welcome to [calibrate](../how-to/calibrate.md)."""
_HEAD = (
    "Twin",
    "Waiting now",
    "Until a mentor takes it",
    "Until the result",
    "Reviews in time",
    "Overdue claims",
    "If you hand in now",
)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A twin with its figures."""

    twin: Twin
    figures: Figures
    shown_from: int
    """The fewest people that a figure speaks of."""
    is_stuck: bool = False
    """Whether something waits that every mentor is excluded from."""


def forecast(found: Sequence[QueueRow], twin: Twin) -> str:
    """Return what a twin's page says of the waits now, before any clock runs."""
    mine = next((row.figures for row in found if row.twin.id == twin.id), None)
    if mine is None:
        return ""
    waits = ""
    if mine.mentor:
        half, most = length(mine.mentor.p50), length(mine.mentor.p90)
        waits = f"A mentor takes the work within {half} (p50), or {most} (p90). "
    return waits + said(mine, twin.mentor_sla_hours)


def queue_page(found: Sequence[QueueRow], as_of: datetime) -> str:
    """Return the page."""
    parts = [_INTRO]
    if found:
        parts.append(cards(_HEAD, [_row(row) for row in found]))
        few = found[0].shown_from
        parts.append(_READING.format(days=WINDOW.days, at=minute(as_of), few=few))
        parts += [_STUCK.format(twin=plain(row.twin.title)) for row in found if row.is_stuck]
    else:
        parts.append("No twin can be started yet.")
    return "\n\n".join(parts) + "\n"


def _row(row: QueueRow) -> tuple[str, ...]:
    found = row.figures
    waiting = f"fewer than {row.shown_from}" if found.waiting is None else f"{found.waiting:,}"
    return (
        f"[{plain(row.twin.title)}](../twins/{row.twin.id}.md)",
        waiting,
        _spread(found.mentor),
        _spread(found.result),
        "–" if found.in_time is None else f"{percent(found.in_time)} of {found.results:,}",
        "–" if found.lapsed is None else f"{found.lapsed:,}",
        _spread(found.forecast),
    )


def _spread(found: Spread | None) -> str:
    return f"{length(found.p50)} / {length(found.p90)}" if found else "–"
