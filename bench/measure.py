"""Results of a run: medians with their spread, for people and for machines."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Say = Callable[[str], None]
"""Tells on stderr what is going on."""

HEADINGS = ("what", "unit", "ours", "spread", "anchor", "its value", "spread", "ratio", "runs")


@dataclass(frozen=True, slots=True)
class Result:
    """One measured thing beside its anchor, a value for each run."""

    id: str
    unit: str
    ours: Sequence[float]
    anchor: str | None = None
    """What stands beside it; None where there is nothing honest or it could not be run."""
    anchor_values: Sequence[float] = ()

    @property
    def ratio(self) -> float | None:
        """Our median divided by the anchor's: above 1 is good for a rate, bad for a time."""
        if not self.anchor_values:
            return None
        return statistics.median(self.ours) / statistics.median(self.anchor_values)

    def as_json(self) -> dict[str, object]:
        """Return the result for machines; figures are medians, `runs` says of how many."""
        return {
            "id": self.id,
            "unit": self.unit,
            "ours": round(statistics.median(self.ours), 4),
            "anchor": self.anchor,
            "anchor_value": _rounded_median(self.anchor_values),
            "ratio": self.ratio and round(self.ratio, 4),
            "runs": len(self.ours),
        }


def to_json(results: Sequence[Result]) -> str:
    """Return the whole run as JSON text."""
    return json.dumps({"results": [result.as_json() for result in results]}, indent=2) + "\n"


def to_text(results: Sequence[Result]) -> str:
    """Return a table; the spread is the lowest and the highest run."""
    rows = [HEADINGS, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.id,
        result.unit,
        *_figures(result.ours),
        result.anchor or "none",
        *_figures(result.anchor_values),
        "" if result.ratio is None else f"{result.ratio:.2f}",
        str(len(result.ours)),
    )


def _figures(values: Sequence[float]) -> tuple[str, str]:
    if not values:
        return "", ""
    return _short(statistics.median(values)), f"{_short(min(values))} to {_short(max(values))}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rounded_median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 4) if values else None
