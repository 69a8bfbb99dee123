"""The report of an evaluation: every figure beside its bar, and what its plots are made of.

One file for everybody: the learner's own `eval`, the mentor's bundle and the credential's evidence
hold the same bytes. Only what the harness knows stands in it: nothing that a learner wrote. How a
plot is drawn is for the site.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from jobtwin import canonicaljson
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records import forms
from jobtwin.records.base import Line, Part, Record, Symbol, TwinId
from jobtwin.records.twin import Unit, Version
from jobtwin.yamlfile import unshowable

NOT_A_REPORT = Code(
    "RPT-001",
    "not a report as an evaluation writes it",
    why="What a mentor and an employer look at is compared byte for byte with what was measured.",
    fix="Take the file from where it was written: `jobtwin eval` writes it anew.",
)

LARGEST = 64 * 1024
"""Bytes of a whole report."""
DIGITS = 6
MOST, LEAST = 1e12, 1e-12
"""What a plot can have on its scales; what is nearer to zero is zero."""


def _rounded(value: float) -> float:
    """Return the value to six significant digits, which machines do not differ in."""
    if not abs(value) <= MOST:
        raise ValueError(f"must be a number between -{MOST:g} and {MOST:g}")
    return float(f"{value:.{DIGITS}g}") if abs(value) >= LEAST else 0.0


def _showable(text: str) -> str:
    if name := unshowable(text):
        raise ValueError(f"holds {name}, which cannot be shown")
    return text


Value = Annotated[float, AfterValidator(_rounded)]
Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=forms.LINE, strip_whitespace=True),
    AfterValidator(_showable),
]
Sentence = Annotated[
    str,
    StringConstraints(min_length=1, max_length=400, pattern=forms.LINE, strip_whitespace=True),
    AfterValidator(_showable),
]


class _Piece(Part):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Needed(_Piece):
    """What a value has to reach."""

    comparator: Literal[">=", "<="] = ">="
    value: Value


class Row(_Piece):
    """One value, as far as it is known, with the interval around it."""

    label: Label
    value: Value | None = None
    low: Value | None = None
    high: Value | None = None
    """Ends of the 95 % interval; both or neither."""
    among: Annotated[int, Field(ge=0)] | None = None
    """How many things the value is a share, a mean or a quantile of."""
    needed: Needed | None = None

    @model_validator(mode="after")
    def _interval(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has two ends")
        return self


class Rows(_Piece):
    """A plot of rows on one scale: strata, kinds, checks."""

    kind: Literal["rows"] = "rows"
    title: Label
    about: Sentence
    """What a reader learns from it and how it was measured."""
    unit: Unit = "fraction"
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=40)]
    most: Value | None = None
    """Where the scale ends; None: 1 for fractions, else where the largest value or need is."""


class Axis(_Piece):
    """What one direction of a plot means."""

    title: Label
    unit: Unit = "fraction"
    logarithmic: bool = False
    """For positive values only; what is not positive is drawn at the edge."""
    needed: Needed | None = None
    """Drawn across the plot."""


class Series(_Piece):
    """Points that belong together."""

    name: Label
    points: Annotated[tuple[tuple[Value, Value], ...], Field(max_length=200)]
    """(x, y)"""


class Curves(_Piece):
    """A plot of points: a trade-off, a distribution, a course of time."""

    kind: Literal["curves"] = "curves"
    title: Label
    about: Sentence
    x: Axis
    y: Axis
    series: Annotated[tuple[Series, ...], Field(min_length=1, max_length=4)]
    joined: bool = True
    """Whether points of a series are joined by lines, in their order."""


Plot: TypeAlias = Rows | Curves
Plots = Annotated[tuple[Annotated[Plot, Field(discriminator="kind")], ...], Field(max_length=12)]


class Measure(_Piece):
    """A figure of the twin, beside its bar where it has one."""

    metric: Symbol
    title: Line
    unit: Unit
    value: Value
    needed: Needed | None = None
    met: bool | None = None
    """By the exact value; None without a bar."""


class Report(Record):
    """What the machine measured in one piece of work: the same bytes wherever it is shown."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    twin: TwinId
    version: Version
    title: Line
    outcome: Literal["passed", "failed", "timed_out", "invalid"]
    figures: tuple[Measure, ...]
    plots: Plots = ()


def write(report: Report) -> bytes:
    """Return the one form in which a report is kept: canonical JSON and a line's end."""
    plain: dict[str, Any] = report.model_dump(mode="json", exclude_none=True)
    return canonicaljson.dumps(plain) + b"\n"


def read(content: bytes, path: str = "") -> Report:
    """Return a report from bytes that `write` may have written; raises `Refused` for others."""
    if len(content) > LARGEST:
        raise Refused([NOT_A_REPORT.at(f"it has {len(content):,} bytes, over {LARGEST:,}", path)])
    try:
        report = Report.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(key) for key in first["loc"])[:200] or "the file"
        raise Refused([NOT_A_REPORT.at(f"`{ascii(where)[1:-1]}` is not right", path)]) from None
    if write(report) != content:
        raise Refused([NOT_A_REPORT.at("the same report is written with other bytes", path)])
    return report
