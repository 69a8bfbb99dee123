"""The figures of a report: each figure of a twin, in the twin's order, beside its bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from jobtwin.records.report import Measure, Needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobtwin.records.twin import Twin


class Judged(Protocol):
    """A figure beside its bar, as grading has it and as an evaluation records it."""

    @property
    def metric(self) -> str:
        """The figure's id."""

    @property
    def comparator(self) -> Literal[">=", "<="]:
        """How it is compared."""

    @property
    def bar(self) -> float:
        """What it is compared with."""

    @property
    def met(self) -> bool:
        """Whether it clears its bar."""


def measures(twin: Twin, values: Mapping[str, float], bar: Iterable[Judged]) -> tuple[Measure, ...]:
    """Return the figures that have a value; raises pydantic's `ValidationError`."""
    lines = {line.metric: line for line in bar}
    found = []
    for metric in twin.metrics:
        if metric.id in values:
            line = lines.get(metric.id)
            found.append(
                Measure(
                    metric=metric.id,
                    title=metric.title,
                    unit=metric.unit,
                    value=values[metric.id],
                    needed=Needed(comparator=line.comparator, value=line.bar) if line else None,
                    met=line.met if line else None,
                )
            )
    return tuple(found)
