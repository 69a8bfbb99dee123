"""What the report's plots are made of: detection by kind and by fault, alarms, alerts in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from jobtwin.records.report import Axis, Curves, Needed, Row, Rows, Series

from .mutants import FAMILIES, KINDS, is_adversarial, kind_of
from .rates import clustered, wilson

Tally = Mapping[str, Sequence[bool]]
"""Family of regressions → for each release of it whether it was caught, or named."""
DETECTION = Needed(value=0.8)
ADVERSARIAL = Needed(value=0.5)
NAMED = Needed(value=0.6)
FALSE_ALARM = Needed(comparator="<=", value=0.1)
TOLD = Needed(value=0.6)
CALM = Needed(comparator="<=", value=1)


def of_regressions(caught: Tally, named: Tally, random: Random) -> list[Rows]:
    """Return detection and naming for each kind, and detection for each seeded fault."""
    hidden = {family: group for family, group in caught.items() if is_adversarial(family)}
    rows = [_row("all regressions", caught, random, DETECTION)]
    rows += [_row(kind, _of_kind(caught, kind), random) for kind in KINDS]
    rows += [_row("only adversarial prompts show it", hidden, random, ADVERSARIAL)]
    naming = [_row("all regressions", named, random, NAMED)]
    naming += [_row(kind, _of_kind(named, kind), random) for kind in KINDS]
    faults = [
        Row(
            label=FAMILIES[family].what,
            value=sum(group) / len(group),
            among=len(group),
        )
        for family, group in sorted(caught.items(), key=lambda item: KINDS.index(kind_of(item[0])))
    ]
    return [
        Rows(
            title="Detection by kind",
            about="Share of the releases with a seeded regression that the harness failed; the "
            "bar is the 95 % interval, by drawing whole regressions again.",
            rows=tuple(rows),
        ),
        Rows(
            title="Right kind named",
            about="Share of the same releases whose failing checks name the right kind and no "
            "wrong one, by the kind of the regression.",
            rows=tuple(naming),
        ),
        Rows(
            title="Detection by fault",
            about="Each seeded fault is served with different noise; the share of its releases "
            "that the harness failed.",
            rows=tuple(faults),
        ),
    ]


def of_good(alarms: int, kinds: Counter[str], among: int) -> Rows:
    """Return how many good releases were failed, and by checks of which kind."""
    low, high = wilson(alarms, among)
    first = Row(
        label="failed, or no verdict that counts",
        value=alarms / among,
        low=low,
        high=high,
        among=among,
        needed=FALSE_ALARM,
    )
    others = [
        Row(label=f"by a check of {kind}", value=kinds[kind] / among, among=among) for kind in KINDS
    ]
    return Rows(
        title="False alarms",
        about="Share of the releases as good as the baseline that the harness failed, with its "
        "95 % interval (Wilson), and the kinds of the checks that failed them.",
        rows=(first, *others),
    )


def of_online(delays: Sequence[float], changed: int, in_time: float) -> Curves:
    """Return how many of the changes were told of within which time."""
    told = sorted(delays)
    points = [(0.0, 0.0)]
    for number, delay in enumerate(told, start=1):
        points += [(delay, (number - 1) / changed), (delay, number / changed)]
    points.append((in_time, len(told) / changed))
    return Curves(
        title="Changes in production, told in time",
        about="Share of the changed production traces with an alert of the right kind within so "
        "many minutes of the change; the last point is the limit.",
        x=Axis(title="After the change", unit="minutes"),
        y=Axis(title="Share of the changes told", needed=TOLD),
        series=(Series(name="alerts of the right kind", points=tuple(points)),),
    )


def of_calm(false: Sequence[tuple[str, int, float]]) -> Rows:
    """Return the false alerts a day of each trace: (name, alerts, days)."""
    whole = sum(count for _, count, _ in false) / sum(days for _, _, days in false)
    rows = [Row(label="all traces", value=whole, needed=CALM)]
    rows += [Row(label=name, value=count / days, among=count) for name, count, days in false]
    return Rows(
        title="False alerts a day",
        about="Alerts before a change, or in a trace without one, for each day that was watched.",
        unit="count",
        rows=tuple(rows),
    )


def _of_kind(groups: Tally, kind: str) -> Tally:
    return {family: group for family, group in groups.items() if kind_of(family) == kind}


def _row(label: str, groups: Tally, random: Random, needed: Needed | None = None) -> Row:
    flat = [item for group in groups.values() for item in group]
    if not flat:
        return Row(label=label, among=0, needed=needed)
    low, high = clustered(list(groups.values()), random)
    return Row(
        label=label,
        value=sum(flat) / len(flat),
        low=low,
        high=high,
        among=len(flat),
        needed=needed,
    )
