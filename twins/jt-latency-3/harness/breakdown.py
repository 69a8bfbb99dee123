"""What the figures are made of, for the report's plots: tail, cost, kinds of question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from jobtwin.records.report import Axis, Curves, Needed, Plot, Row, Rows, Series

from .measuring import TARGET_MS, Measured
from .rightness import Judged
from .tail import TAIL, wilson
from .trace import Change, Fact, Question, Trace

MOST_USD = 0.00025
POINTS = 40
"""Of a curve at most."""
Kind = Callable[[Question, frozenset[Fact]], bool]
KINDS: Mapping[str, Kind] = {
    "single facts": lambda one, _: len(one.facts) == 1,
    "comparisons": lambda one, _: len(one.facts) > 1,
    "facts that changed": lambda one, changed: bool(set(one.facts) & changed),
}


def plots(
    trace: Trace, unseen: Measured, old: Judged, before: Measured, after: Measured
) -> tuple[Plot, ...]:
    """Return what the report page draws; `old` is the service as found on the unseen trace."""
    handed_in = {"handed in, kit's trace": after, "handed in, unseen trace": unseen}
    tail = _tail({"as found, kit's trace": before, **handed_in})
    return tail, _cost(before, handed_in), _quality(trace, unseen.judged, old)


def _tail(runs: Mapping[str, Measured]) -> Curves:
    return Curves(
        title="How many questions take longer",
        about="Share of the questions that take longer than a time, counted from the moment at "
        "which each was due. The p99 is where a curve crosses 1 %; no answer counts as 60 s.",
        x=Axis(
            title="Time from the arrival",
            unit="milliseconds",
            logarithmic=True,
            needed=Needed(comparator="<=", value=TARGET_MS),
        ),
        y=Axis(
            title="Share of the questions",
            logarithmic=True,
            needed=Needed(comparator="<=", value=TAIL),
        ),
        series=tuple(Series(name=name, points=_slower(one.times)) for name, one in runs.items()),
    )


def _slower(times: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return (time, share that takes as long or longer), closer together towards the slowest."""
    ordered = sorted(times, reverse=True)
    ranks = {round(len(ordered) ** (step / (POINTS - 1))) for step in range(POINTS)}
    return tuple((ordered[rank - 1], rank / len(ordered)) for rank in sorted(ranks, reverse=True))


def _cost(before: Measured, runs: Mapping[str, Measured]) -> Rows:
    return Rows(
        title="What a question costs",
        about="By the model server's own account, failed and cancelled requests included. "
        f"As found, the service costs ${before.cost_usd:.4f} on the kit's trace.",
        unit="usd",
        rows=tuple(
            Row(
                label=name,
                value=one.cost_usd,
                among=len(one.times),
                needed=Needed(comparator="<=", value=MOST_USD),
            )
            for name, one in runs.items()
        ),
    )


def _quality(trace: Trace, found: Judged, old: Judged) -> Rows:
    changed = frozenset(one.fact for one in trace.items if isinstance(one, Change))
    return Rows(
        title="Right answers by kind of question",
        about="On the unseen trace, beside the service as found; with 95 % intervals after Wilson.",
        rows=tuple(
            _row(f"{kind}, {name}", [judged.right[place] for place in places])
            for kind, places in _places(trace, changed).items()
            for name, judged in (("as found", old), ("handed in", found))
        ),
    )


def _places(trace: Trace, changed: frozenset[Fact]) -> dict[str, list[int]]:
    """Return the questions of each kind, by their place in the trace."""
    return {
        kind: [place for place, one in trace.questions if belongs(one, changed)]
        for kind, belongs in KINDS.items()
    }


def _row(label: str, right: Iterable[bool]) -> Row:
    held = list(right)
    low, high = wilson(sum(held), len(held))
    share = sum(held) / len(held) if held else None
    return Row(label=label, value=share, low=low, high=high, among=len(held))
