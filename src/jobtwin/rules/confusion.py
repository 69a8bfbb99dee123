"""Which levels mentors mix up, pooled: never of fewer than several, so that nobody reads an item.

Pooled over whole groups only. Two tables that differ by one mentor would show that mentor's own,
and with it, item by item, what the reference says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules.agreement import Table, table
from jobtwin.rules.scoring import LEVELS, anchor, level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.rules.rounds import Ratings

TOO_FEW_MENTORS = Code(
    "CAL-015",
    "there are too few mentors to pool over",
    why="A table of one mentor's levels against the reference tells what the reference says.",
    fix="Wait until as many mentors as the policy's `pooled_from` have answered.",
)


def pooled(rounds: Sequence[Ratings]) -> Table:
    """Return how often each level was given for each level of the reference."""
    pairs = (pair for ratings in rounds for scores in ratings.values() for pair in scores.values())
    return table([(level(given), level(reference)) for given, reference in pairs])


def shown(found: Table, mentors: int, items: int) -> str:
    """Return a table in Markdown, with what it says in words."""
    names = [f"{number} ({anchor(number):.2f})" for number in range(1, LEVELS + 1)]
    head = f"Pooled over {mentors} mentors, {items} items and {found.total:,} ratings."
    lines = [
        f"{head} Rows: the level that mentors gave; columns: the reference's.",
        "",
        f"| given | {' | '.join(names)} | all |",
        "|---|" + "---|" * (LEVELS + 1),
    ]
    for name, row in zip(names, found.cells, strict=True):
        lines.append(f"| {name} | {' | '.join(map(str, row))} | {sum(row)} |")
    lines += [f"| all | {' | '.join(map(str, found.columns))} | {found.total} |", ""]
    return "\n".join([*lines, lean(found)])


def lean(found: Table) -> str:
    """Say in words whether the mentors score higher or lower than the reference."""
    above = sum(count for i, row in enumerate(found.cells) for j, count in enumerate(row) if i > j)
    below = found.total - found.within(0) - above
    return (
        f"The same level in {_percent(found.within(0), found.total)}, a higher one in "
        f"{_percent(above, found.total)}, a lower one in {_percent(below, found.total)}."
    )


def _percent(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.0%}"
