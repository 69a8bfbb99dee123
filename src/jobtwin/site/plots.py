"""Plots as inline SVG: readable without colour, in words too, and the same bytes every time.

Everything is drawn in the page's own text colour, so that a plot follows the page from light to
dark. It is as wide as a phone, since text in it shrinks with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.site.markup import templates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH = 340
LEFT, RIGHT = 8, 8
ROW, HEAD, FOOT = 40, 22, 30
PATTERNS = ("empty", "dots", "lines", "cross", "full")
"""How the five levels are told apart, from the lowest: by pattern first, not by colour."""
_NARROW = 18
"""Too narrow for a number inside."""
MARGIN, TALL = 46, 200
"""Of a plot with two scales: room for the upright one's ticks, and the height between its ends."""
SHAPES = ("disc", "square", "cross", "ring")
"""How series are told apart, with `_DASHES`: by shape, not by colour."""
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_LETTER, _SMALL, _ROOM, _LINE = 6.6, 5.9, 316, 14
"""Rough widths of a letter of a label and of its figures, and what both may have in one line."""
_MARKED = 12
"""Shapes along a line: more would hide it."""
_LATE = 0.5
"""From here on along a scale, words beside a line stand before it."""


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
class Direction:
    """One of the two scales of a plot of points."""

    title: str
    ticks: Sequence[tuple[float, str]]
    """Places from 0 to 1, with what stands there."""
    line: tuple[float, str] | None = None
    """Drawn across, with what it is."""


@dataclass(frozen=True, slots=True)
class Course:
    """Points that belong together."""

    name: str
    points: Sequence[tuple[float, float]]
    """(x, y), each from 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    label: str
    said: str
    y: int
    bar_y: int
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


def style() -> bytes:
    """Return the rules that plots are shown by, the same on the site and in a page by itself."""
    return Path(__file__).with_name("templates").joinpath("plots.css").read_bytes()


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
    crowded = any(_wide(row.label, _LETTER) + _wide(row.said, _SMALL) > _ROOM for row in rows)
    deeper = _LINE if crowded else 0
    drawn = [_drawn(row, HEAD + (ROW + deeper) * number, deeper) for number, row in enumerate(rows)]
    steps = max(1, len(ticks) - 1)
    return _render(
        "marks.svg",
        (ROW + deeper) * len(rows),
        crowded=crowded,
        name=name,
        title=title,
        about=about,
        rows=drawn,
        ticks=[(_x(number / steps), said) for number, said in enumerate(ticks)],
        line=(_x(line[0]), line[1]) if line else None,
    )


def _drawn(row: Mark, y: int, deeper: int) -> _Drawn:
    return _Drawn(
        row.label,
        row.said,
        y,
        y + deeper,
        "" if row.value is None else _x(row.value),
        "" if row.low is None else _x(row.low),
        "" if row.low is None or row.high is None else _span(row.low, row.high),
        "" if row.needed is None else _x(row.needed),
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
        "stacks.svg",
        ROW * len(rows),
        name=name,
        title=title,
        about=about,
        rows=drawn,
        legend=legend,
    )


def curves(
    name: str,
    title: str,
    about: str,
    x: Direction,
    y: Direction,
    courses: Sequence[Course],
    *,
    joined: bool = True,
) -> str:
    """Return a plot of points between two scales; those of a course are joined if wanted."""
    return _filled(
        "curves.svg",
        height=HEAD + TALL + 40 + 16 * len(courses),
        left=MARGIN,
        bottom=HEAD + TALL,
        name=name,
        title=title,
        about=about,
        side=LEFT,
        head=HEAD,
        x=_direction(replace(x, ticks=_legible(x.ticks)), _across),
        y=_direction(y, _upright),
        courses=[_course(number, course, joined) for number, course in enumerate(courses)],
    )


@dataclass(frozen=True, slots=True)
class _Course:
    name: str
    shape: str
    dashes: str
    marked: Sequence[tuple[str, str]]
    path: str


@dataclass(frozen=True, slots=True)
class _Direction:
    title: str
    ticks: Sequence[tuple[str, str]]
    line: tuple[str, str] | None
    late: bool


def _legible(ticks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return ticks along the lower side without the words that would run into the next ones."""
    kept: list[tuple[float, str]] = []
    free = float(WIDTH)
    for place, said in reversed(ticks):
        wide = _wide(said, _SMALL)
        # The last words end at their tick, all others stand in the middle of it.
        end = float(_across(place)) + (wide / 2 if kept else 0)
        is_clear = end + _SMALL < free
        kept.append((place, said if is_clear else ""))
        free = end - wide if is_clear else free
    return kept[::-1]


def _course(number: int, course: Course, joined: bool) -> _Course:
    places = [(_across(x), _upright(y)) for x, y in course.points]
    path = "M" + "L".join(f"{x} {y}" for x, y in places) if joined and places else ""
    every = -(-len(places) // _MARKED) if path else 1
    return _Course(course.name, SHAPES[number], _DASHES[number], places[::every], path)


def _direction(given: Direction, placed: Callable[[float], str]) -> _Direction:
    return _Direction(
        given.title,
        [(placed(place), said) for place, said in given.ticks],
        (placed(given.line[0]), given.line[1]) if given.line else None,
        given.line is not None and given.line[0] > _LATE,
    )


def _across(share: float) -> str:
    return f"{MARGIN + share * (WIDTH - RIGHT - MARGIN):.1f}"


def _upright(share: float) -> str:
    return f"{HEAD + (1 - share) * TALL:.1f}"


def _render(template: str, inside: int, **given: object) -> str:
    height = HEAD + inside + FOOT
    return _filled(template, height=height, left=LEFT, bottom=height - FOOT, **given)


def _filled(template: str, **given: object) -> str:
    text = templates().get_template(template).render(width=WIDTH, right=WIDTH - RIGHT, **given)
    # A blank line would end a block of HTML in Markdown.
    return "\n".join(line for line in text.splitlines() if line.strip())


def _wide(text: str, letter: float) -> float:
    return letter * len(text)


def _place(offset: float) -> str:
    return _short(LEFT + offset)


def _short(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")


def _x(value: float) -> str:
    inside = min(1.0, max(0.0, value))
    return _place(inside * (WIDTH - LEFT - RIGHT))


def _span(low: float, high: float) -> str:
    return _short(max(1.0, float(_x(high)) - float(_x(low))))


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
