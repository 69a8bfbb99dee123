"""Scales of plots: where a value stands between two ends, and at which round values ticks stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.records.report import LEAST

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_PARTS = 5
"""Ticks at the most, beside the first."""
_NOTHING = 1e-9
"""A distance that is not worth a scale."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A direction of a plot."""

    low: float
    high: float
    """Above `low`."""
    ticks: tuple[float, ...]
    """At equal steps from end to end; round values where the ends leave room for it."""
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value stands, from 0 to 1; what is beyond an end stands at it."""
        inside = min(self.high, max(self.low, value))
        if self.logarithmic:
            return math.log(inside / self.low) / math.log(self.high / self.low)
        return (inside - self.low) / (self.high - self.low)


def linear(values: Iterable[float], most: float | None = None) -> Scale:
    """Return a scale from zero, or from below it, to a round value that no other is above.

    With `most` it ends there instead.
    """
    known = list(values)
    low, high = min([0.0, *known]), max([0.0, *known]) if most is None else most
    if high - low < _NOTHING:
        high = low + 1.0
    if most is not None:
        whole = high - low
        equal = tuple(round(low + whole * part / _PARTS, 12) for part in range(_PARTS + 1))
        return Scale(low, high, equal)
    step = _step((high - low) / _PARTS)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    ticks = tuple(round(number * step, 12) for number in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def logarithmic(values: Iterable[float]) -> Scale:
    """Return a scale between powers of ten around all values that are above nothing."""
    known = [value for value in values if value >= LEAST] or [1.0]
    first = math.floor(math.log10(min(known)) + 1e-9)
    last = max(first + 1, math.ceil(math.log10(max(known)) - 1e-9))
    every = -(-(last - first) // _PARTS)
    exponents = range(first, last + every, every)
    ticks = tuple(float(f"1e{exponent}") for exponent in exponents)
    return Scale(ticks[0], ticks[-1], ticks, logarithmic=True)


def _step(least: float) -> float:
    """Return the smallest round number that is not below `least`."""
    power = float(f"1e{math.floor(math.log10(least))}")
    return next(part * power for part in _STEPS if part * power >= least * (1 - 1e-9))
