"""The page of the figures: how learners fare, how scores spread, how long it takes, who agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules.results import LEVELS
from jobtwin.rules.waits import length
from jobtwin.site import plots
from jobtwin.site.kappa_history import kappa_history
from jobtwin.site.markup import minute, percent, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.twin import Twin
    from jobtwin.rules.results import Outcomes
    from jobtwin.rules.waits import Spread
    from jobtwin.site.mentor_page import MentorHistory
    from jobtwin.site.queue_page import QueueRow

_INTRO = """# Figures

How learners fare, how scores spread, how long results take, and how well mentors agree with
references. Everything is counted from the records of this repository as of {at}; every plot stands
as a table too. Where fewer than {few} people are behind a row, the row is not there."""
_DIFFICULTY = """A learner counts once, by the first attempt. The bar goes from the lower to the
upper quartile of the overall score, the dot is the median: half of the people are not above it.
The short dashed line is the twin's threshold; to pass, its quantitative bar has to be met too."""
_LEVELS = """First attempts, by the level of each dimension after all reviews. Level 1 is the lowest
of the rubric's five anchors. A number that has no room in the plot stands in the table."""
_WAITS = """The dot is the wait of the median, the bar ends at that of nine in ten; the scale ends
at {longest}. [More about waits](../queue/index.md)."""
_KAPPA = """Each round that a mentor was measured in, passed or not, the oldest first; *hidden* is
what hidden items in the queue came to, where that stopped the mentor's grading. The dot is
Cohen's kappa on the five levels, the bar its 90% interval; the dashed line is what a round has to
reach. [Kappa in plain words](../explanation/kappa-in-plain-words.md)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page is made from."""

    twins: Sequence[tuple[Twin, Outcomes | None]]
    """Those that can be started."""
    waits: Sequence[QueueRow]
    mentors: Sequence[MentorHistory]
    shown_from: int
    kappa: float | None
    """What a round has to reach by the policy in force."""


def analytics_page(found: Figures, as_of: datetime) -> str:
    """Return the page."""
    parts = [_INTRO.format(at=minute(as_of), few=found.shown_from)]
    shown = [(twin, got) for twin, got in found.twins if got]
    parts += ["## How hard the twins are", *_difficulty(shown)]
    parts += ["## How scores spread", *_spread(shown)]
    parts += ["## How long results take", *_waits(found.waits)]
    parts += ["## How well mentors agree", *_mentors(found)]
    return "\n\n".join(parts) + "\n"


_NOBODY = "There is nothing to show yet: too few people have a result."


def _difficulty(shown: Sequence[tuple[Twin, Outcomes]]) -> Iterator[str]:
    if not shown:
        yield _NOBODY
        return
    yield _DIFFICULTY
    marks = [
        plots.Mark(
            twin.id,
            got.overall.middle,
            got.overall.low,
            got.overall.high,
            f"{percent(round(got.passed_first, 3))} passed at once",
            twin.pass_threshold,
        )
        for twin, got in shown
    ]
    about = "; ".join(
        f"{row.label}: median {row.value:g}, quartiles {row.low:g} and {row.high:g}, "
        f"threshold {row.needed:g}, {row.said}"
        for row in marks
    )
    yield plots.marks(
        "difficulty",
        "Overall score of first attempts, for each twin",
        about,
        marks,
    )
    overall = "Overall: quartiles and median"
    head = ("Twin", "People", "Bar met at first", "Passed at first", "Passed so far", overall)
    rows = [
        (
            f"[{plain(twin.title)}](../twins/{twin.id}.md)",
            f"{got.learners:,}",
            percent(round(got.bar_met, 3)),
            percent(round(got.passed_first, 3)),
            percent(round(got.passed, 3)),
            f"{got.overall.low:g} · **{got.overall.middle:g}** · {got.overall.high:g}",
        )
        for twin, got in shown
    ]
    yield table(head, rows)


def _spread(shown: Sequence[tuple[Twin, Outcomes]]) -> Iterator[str]:
    if not shown:
        yield _NOBODY
        return
    yield _LEVELS
    kinds = [f"level {number}" for number in range(1, LEVELS + 1)]
    for twin, got in shown:
        titles = {dimension.id: dimension.title for dimension in twin.rubric}
        stacks = [plots.Stack(titles[name], counts) for name, counts in got.levels.items()]
        about = "; ".join(_counted(row, kinds) for row in stacks)
        yield f"### {plain(twin.title)}"
        title = f"Levels of first attempts at {twin.title}"
        yield plots.stacks(f"levels-{twin.id}", title, about, stacks, kinds)
        rows = [(plain(row.label), *(f"{count:,}" for count in row.counts)) for row in stacks]
        yield table(("People at level", *(f"{n}" for n in range(1, LEVELS + 1))), rows)


def _counted(row: plots.Stack, kinds: Sequence[str]) -> str:
    parts = (f"{count} at {kind}" for count, kind in zip(row.counts, kinds, strict=True))
    return f"{row.label}: {', '.join(parts)}"


def _waits(rows: Sequence[QueueRow]) -> Iterator[str]:
    shown = [(row.twin, row.figures.result) for row in rows if row.figures.result]
    if not shown:
        yield "There is nothing to show yet: too few people had a result in the last 30 days."
        return
    longest = max(spread.p90 for _, spread in shown)
    yield _WAITS.format(longest=length(longest))
    marks = [
        plots.Mark(twin.id, spread.p50 / longest, 0.0, spread.p90 / longest, _words(spread))
        for twin, spread in shown
    ]
    about = "; ".join(f"{row.label}: {row.said}" for row in marks)
    ends = ("0", length(longest))
    yield plots.marks("waits", "Waits until the result, for each twin", about, marks, ticks=ends)
    head = ("Twin", "Half waited no longer than", "Nine in ten no longer than")
    yield table(
        head, [(f"`{twin.id}`", length(span.p50), length(span.p90)) for twin, span in shown]
    )


def _words(spread: Spread) -> str:
    return f"{length(spread.p50)}, nine in ten {length(spread.p90)}"


def _mentors(found: Figures) -> Iterator[str]:
    shown = [history for history in found.mentors if history.rounds]
    if not shown:
        yield "No mentor was measured yet."
        return
    yield _KAPPA
    for history in shown:
        yield f"### {plain(history.mentor.name)}"
        yield kappa_history(history.mentor.id, history.rounds, found.kappa)
        yield f"[These rounds as a table](../mentors/{history.mentor.id}/index.md)."
