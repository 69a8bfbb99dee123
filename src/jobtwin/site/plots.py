"""Plots as inline SVG: readable without colour, in words too, and the same bytes every time.

Everything is drawn in the page's own text colour, so that a plot follows the page from light to
dark. It is as wide as a phone, since text in it shrinks with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.site.credential_page import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 340
LEFT, RIGHT = 8, 8
ROW, HEAD, FOOT = 40, 22, 30
PATTERNS = ("empty", "dots", "lines", "cross", "full")
"""How the five levels are told apart, from the lowest: by pattern first, not by colour."""
_NARROW = 18
"""Too narrow for a number inside."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A row: a value with the range around it, on a scale from 0 to 1."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    said: str
    """The same in figures, at the row's end."""
    needed: float | None = None
    """What the value has to reach in this row."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A row: how many of each kind, drawn as shares of the whole width."""

    label: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Drawn:
    label: str
    said: str
    y: int
    x: str = ""
    low: str = ""
    width: str = ""
    needed: str = ""


@dataclass(frozen=True, slots=True)
class _Segment:
    x: str
    width: str
    pattern: str
    said: str
    """The number inside; nothing where it has no room."""
    middle: str


def marks(
    name: str,
    title: str,
    about: str,
    rows: Sequence[Mark],
    line: tuple[float, str] | None = None,
    *,
    ticks: Sequence[str] = ("0", "0.25", "0.5", "0.75", "1"),
) -> str:
    """Return a plot of values with ranges; `line` is drawn through all rows, with what it is.

    `ticks` are the words at equal steps of the scale. `name` is used for ids and must be the only
    one of its page; texts are escaped here.
    """
    drawn = [
        _Drawn(
            row.label,
            row.said,
            HEAD + ROW * number,
            "" if row.value is None else _x(row.value),
            "" if row.low is None else _x(row.low),
            "" if row.low is None or row.high is None else _span(row.low, row.high),
            "" if row.needed is None else _x(row.needed),
        )
        for number, row in enumerate(rows)
    ]
    steps = max(1, len(ticks) - 1)
    return _render(
        "marks.svg",
        len(rows),
        name=name,
        title=title,
        about=about,
        rows=drawn,
        ticks=[(_x(number / steps), said) for number, said in enumerate(ticks)],
        line=(_x(line[0]), line[1]) if line else None,
    )


def stacks(name: str, title: str, about: str, rows: Sequence[Stack], kinds: Sequence[str]) -> str:
    """Return a plot of shares, each kind with a pattern of its own and its number inside."""
    drawn = [
        (row.label, f"{sum(row.counts):,}", HEAD + ROW * number, _segments(row.counts))
        for number, row in enumerate(rows)
    ]
    step = (WIDTH - LEFT - RIGHT) / len(kinds)
    legend = [
        (_place(step * number), _place(step * number + 18), PATTERNS[number], kind)
        for number, kind in enumerate(kinds)
    ]
    return _render(
        "stacks.svg", len(rows), name=name, title=title, about=about, rows=drawn, legend=legend
    )


def _render(template: str, many: int, **given: object) -> str:
    height = HEAD + ROW * many + FOOT
    text = (
        templates()
        .get_template(template)
        .render(
            width=WIDTH,
            height=height,
            left=LEFT,
            right=WIDTH - RIGHT,
            bottom=height - FOOT,
            **given,
        )
    )
    # A blank line would end a block of HTML in Markdown.
    return "\n".join(line for line in text.splitlines() if line.strip())


def _place(offset: float) -> str:
    return f"{LEFT + offset:.1f}"


def _x(value: float) -> str:
    inside = min(1.0, max(0.0, value))
    return _place(inside * (WIDTH - LEFT - RIGHT))


def _span(low: float, high: float) -> str:
    return f"{max(1.0, float(_x(high)) - float(_x(low))):.1f}"


def _segments(counts: Sequence[int]) -> list[_Segment]:
    whole, before, found = sum(counts), 0, []
    for number, count in enumerate(counts):
        if count:
            x, width = _x(before / whole), _span(before / whole, (before + count) / whole)
            middle = f"{float(x) + float(width) / 2:.1f}"
            said = f"{count:,}" if float(width) >= _NARROW else ""
            found.append(_Segment(x, width, PATTERNS[number], said, middle))
        before += count
    return found
