"""An evaluation's report as HTML: its figures, its plots, and every plot as a table too.

The same for everybody: a part of a credential's page, or a page that stands alone and needs
neither the site nor a script. Everything is escaped by Jinja2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.records.report import Curves, read
from jobtwin.rules.ledger import digest
from jobtwin.site import plots, scales
from jobtwin.site.credential_page import PublishedFile
from jobtwin.site.markup import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.records.report import Axis, Measure, Needed, Report, Row, Rows
    from jobtwin.records.twin import Unit
    from jobtwin.site.scales import Scale

_WORDS = {">=": "at least", "<=": "at most"}
_UNITS = {"minutes": " min", "milliseconds": " ms"}
_AXIS = {"minutes": ", minutes", "milliseconds": ", ms", "usd": ", US$"}
MISSING = "–"
_MOST_OF_IT = 0.5
"""From here on the scale of a share goes to the whole."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A plot with the words around it."""

    title: str
    about: str
    drawn: str
    """SVG, escaped already."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The same as a table."""


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report that a credential names, and the file that the site serves of it."""

    title: str
    file: PublishedFile


@dataclass(frozen=True, slots=True)
class Line:
    """A figure in the table of all figures."""

    title: str
    value: str
    bar: str
    ruling: str


def report_page(report: Report) -> bytes:
    """Return a page that needs nothing but itself; the same report gives the same bytes."""
    html = templates().get_template("report_alone.html")
    text = html.render(report=report, lines=lines(report), plots=shown(report), level=2)
    return text.encode("utf-8")


def shown(report: Report) -> tuple[Shown, ...]:
    """Return the plots of a report, drawn, with ids that no other plot of a page has."""
    return tuple(
        _curves(plot, f"report-{count}")
        if isinstance(plot, Curves)
        else _rows(plot, f"report-{count}")
        for count, plot in enumerate(report.plots, start=1)
    )


def kept(content: bytes, path: str) -> KeptReport:
    """Return what a credential's page shows of a report that it serves at `path`."""
    file = PublishedFile(path, digest(content), len(content))
    return KeptReport(read(content, path).title, file)


def lines(report: Report) -> tuple[Line, ...]:
    """Return every figure of a report in words."""
    return tuple(_line(measure) for measure in report.figures)


def quantity(value: float | None, unit: Unit) -> str:
    """Return a value with its unit: 0.81, 41 min, 588 ms, $0.00006; a dash for None."""
    if value is None:
        return MISSING
    return ("$" if unit == "usd" else "") + _figure(value) + _UNITS.get(unit, "")


def _figure(value: float) -> str:
    """Return four digits that count, however small: costs of a request are far below a cent."""
    return f"{float(f'{value:.4g}'):,.12f}".rstrip("0").rstrip(".")


def needed(bar: Needed, unit: Unit) -> str:
    """Return a bar in words: at least 0.8, at most 1,200 ms."""
    return f"{_WORDS[bar.comparator]} {quantity(bar.value, unit)}"


def _line(measure: Measure) -> Line:
    ruling = {True: "met", False: "missed", None: ""}[measure.met]
    bar = needed(measure.needed, measure.unit) if measure.needed else ""
    return Line(measure.title, quantity(measure.value, measure.unit), bar, ruling)


def _rows(plot: Rows, name: str) -> Shown:
    most = plot.most
    if most is None and plot.unit == "fraction":
        most = 1.0
    scale = scales.linear([value for row in plot.rows for value in _values(row)], most)
    marks = [
        plots.Mark(
            row.label,
            _place(scale, row.value),
            _place(scale, row.low),
            _place(scale, row.high),
            _interval(row, plot.unit),
            _place(scale, row.needed.value) if row.needed else None,
        )
        for row in plot.rows
    ]
    *first, last = scale.ticks
    ticks = [*(_figure(tick) for tick in first), quantity(last, plot.unit)]
    about = "; ".join(f"{mark.label}: {mark.said}" for mark in marks)
    return Shown(
        plot.title,
        plot.about,
        plots.marks(name, plot.title, about, marks, ticks=ticks),
        ("", "Value", "95% interval", "Of", "Needed"),
        tuple(_cells(row, plot.unit) for row in plot.rows),
    )


def _values(row: Row) -> list[float]:
    """Return everything of a row that has a place on the scale."""
    known = (row.value, row.low, row.high, row.needed.value if row.needed else None)
    return [value for value in known if value is not None]


def _interval(row: Row, unit: Unit) -> str:
    said = quantity(row.value, unit)
    if row.low is not None:
        said += f" ({quantity(row.low, unit)} to {quantity(row.high, unit)})"
    return said


def _cells(row: Row, unit: Unit) -> tuple[str, ...]:
    between = f"{quantity(row.low, unit)} to {quantity(row.high, unit)}"
    return (
        row.label,
        quantity(row.value, unit),
        between if row.low is not None else MISSING,
        f"{row.among:,}" if row.among is not None else MISSING,
        needed(row.needed, unit) if row.needed else MISSING,
    )


def _curves(plot: Curves, name: str) -> Shown:
    every = [point for series in plot.series for point in series.points]
    x = _scale(plot.x, [point[0] for point in every])
    y = _scale(plot.y, [point[1] for point in every])
    courses = [
        plots.Course(one.name, [(x.place(px), y.place(py)) for px, py in one.points])
        for one in plot.series
    ]
    drawn = plots.curves(
        name,
        plot.title,
        _told(plot),
        _direction(plot.x, x),
        _direction(plot.y, y),
        courses,
        joined=plot.joined,
    )
    return Shown(
        plot.title,
        plot.about,
        drawn,
        ("Series", plot.x.title, plot.y.title),
        tuple(
            (one.name, quantity(px, plot.x.unit), quantity(py, plot.y.unit))
            for one in plot.series
            for px, py in one.points
        ),
    )


def _scale(axis: Axis, values: Sequence[float]) -> Scale:
    known = [*values, *([axis.needed.value] if axis.needed else [])]
    if axis.unit == "fraction" and max(known, default=0.0) > _MOST_OF_IT:
        known.append(1.0)
    return scales.logarithmic(known) if axis.logarithmic else scales.linear(known)


def _direction(axis: Axis, scale: Scale) -> plots.Direction:
    line = None
    if axis.needed:
        line = (scale.place(axis.needed.value), needed(axis.needed, axis.unit))
    return plots.Direction(
        axis.title + _AXIS.get(axis.unit, ""),
        [(scale.place(tick), _figure(tick)) for tick in scale.ticks],
        line,
    )


def _told(plot: Curves) -> str:
    """Return in a sentence where each series begins and ends."""
    parts = []
    for one in plot.series:
        if one.points:
            (x0, y0), (x1, y1) = one.points[0], one.points[-1]
            ends = [
                f"{quantity(y, plot.y.unit)} at {quantity(x, plot.x.unit)}"
                for x, y in ((x0, y0), (x1, y1))
            ]
            parts.append(f"{one.name}: {len(one.points)} points, from {ends[0]} to {ends[1]}")
        else:
            parts.append(f"{one.name}: no point")
    return "; ".join(parts)


def _place(scale: Scale, value: float | None) -> float | None:
    return None if value is None else scale.place(value)
