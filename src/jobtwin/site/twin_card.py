"""The twin card: how hard a twin is and how far its harness can be trusted, as far as measured.

Shows what attempts here and the twin's declared solutions came to, with when and how often. What
was not measured of the twin as it is now is said to be so; nothing is estimated.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from jobtwin.records.report import Needed
from jobtwin.site.markup import authored, day, number, percent, plain, table
from jobtwin.site.report_page import needed, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobtwin.records.measured import KitCheck, Measurement, Use
    from jobtwin.records.twin import Bar, Twin
    from jobtwin.rules.results import Outcomes

_FULL = "full"
"""The case whose worlds are as large as an attempt's, where a twin has smaller ones too."""
_INTRO = (
    "What a reference solution reaches and what the kit scores as it is handed out, graded by the "
    "same harness as your work, on worlds of their own. Two figures are the lowest and the "
    "highest of several worlds."
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a twin's card is made from."""

    outcomes: Outcomes | None = None
    """None where too few people have a result."""
    shown_from: int = 0
    """The fewest people that a figure speaks of."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Declared solution → `reference`, `untouched` or `wrong`."""
    measured: Sequence[Measurement] = ()
    """Of the twin and its harness as they are now; what is stale is not among them."""
    mark: str = ""
    """Where given, it stands in the place of what attempts came to."""
    kits: Sequence[KitCheck] = ()
    """Of the twin as it is now."""

    def of(self, kind: str) -> list[Measurement]:
        """Return the measurements of one kind of solution, in worlds of full size."""
        found = [one for one in self.measured if self.kinds.get(one.proof) == kind]
        return [one for one in found if one.case == _FULL] or found


def twin_card(twin: Twin, card: Card) -> str:
    """Return the section's Markdown."""
    parts = [card.mark or attempts(card.outcomes, card.shown_from)]
    if not card.measured:
        parts.append(
            "**Not measured.** No solution was run with this twin and harness as they are now."
        )
        return "\n\n".join(parts)
    return "\n\n".join([*parts, _INTRO, _scores(twin, card), "\n".join(_trust(twin, card))])


def attempts(found: Outcomes | None, shown_from: int) -> str:
    """Return what attempts here came to; `shown_from` are the fewest people to be spoken of."""
    if found is None:
        return (
            f"**Pass rate:** not shown; fewer than {shown_from} people have a result here."
            if shown_from
            else "**Pass rate:** not shown; nobody has a result here."
        )
    return (
        f"**Pass rate:** {percent(round(found.passed_first, 3))} of {found.learners:,} people "
        f"passed at the first attempt, {percent(round(found.passed, 3))} so far; "
        f"{percent(round(found.bar_met, 3))} met the bar below at first. "
        "[More figures](../analytics/index.md)."
    )


def _scores(twin: Twin, card: Card) -> str:
    metrics = {metric.id: metric for metric in twin.metrics}
    head = ("Figure", "Bar", "Reference", "Kit as handed out")
    rows = [
        (
            authored(metrics[line.metric].title),
            needed(Needed(comparator=line.comparator, value=line.value), metrics[line.metric].unit),
            _spread(twin, line, card.of("reference")),
            _spread(twin, line, card.of("untouched")),
        )
        for line in twin.bar
    ]
    return table(head, rows)


def _spread(twin: Twin, line: Bar, runs: Sequence[Measurement]) -> str:
    """Return the lowest and the highest that a figure came to."""
    unit = next(metric.unit for metric in twin.metrics if metric.id == line.metric)
    values = sorted(run.figures[line.metric] for run in runs if line.metric in run.figures)
    ends = list(dict.fromkeys(quantity(value, unit) for value in values[:1] + values[-1:]))
    return " to ".join(ends) or "not measured"


def _trust(twin: Twin, card: Card) -> Iterator[str]:
    """Yield how far the harness can be trusted, a list's item each."""
    held = sum(not one.problems for one in card.measured)
    solutions = {one.proof for one in card.measured}
    yield (
        f"- **Right verdicts:** {held} of {len(card.measured)} runs ended as declared, of "
        f"{len(solutions)} of {len(card.kinds)} solutions: a reference must pass, the kit as it is "
        "handed out must not, and each wrong solution must miss the figure that is meant for it."
    )
    yield f"- **The same again:** {_agreement(card.of('reference'))}"
    reference = card.of("reference")
    if reference:
        took = number(round(median(one.seconds for one in reference)))
        yield f"- **Run time of the reference:** {took} s, the median of its runs."
        yield f"- **Used at most, of the limits below:** {_used(reference)}."
    yield f"- **The kit:** {_kits(card.kits)}"
    yield f"- {_when(twin, card.measured)}"


def _agreement(runs: Sequence[Measurement]) -> str:
    """Return how often a rerun of the same work on the same seed came to the same verdict."""
    by_seed: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for run in sorted(runs, key=lambda one: one.repeat):
        by_seed[run.proof, run.case, run.seed].append(run.outcome)
    again = [(ends[0], other) for ends in by_seed.values() for other in ends[1:]]
    if not again:
        return "not measured; no solution was run twice on one seed."
    same = sum(first == other for first, other in again)
    return f"{same} of {len(again)} reruns of the reference on one seed agree."


def _kits(kits: Sequence[KitCheck]) -> str:
    """Return whether a kit is the same for everybody, and gives nothing away."""
    if not kits:
        return "not checked."
    sound = sum(not one.problems for one in kits)
    return (
        f"{sound} of {len(kits)} came out the same on one core, in another time zone, locale and "
        "hash seed, and held none of the answers."
    )


def _used(runs: Sequence[Measurement]) -> str:
    """Return what one sandbox took at most."""
    parts = [
        _most([run.wall for run in runs], "s", "of its time"),
        _most([run.cpu for run in runs if run.cpu], "s", "of processor time"),
        _most([run.memory for run in runs if run.memory], "MiB", "of memory"),
    ]
    return ", ".join(parts)


def _most(uses: Sequence[Use], unit: str, of: str) -> str:
    if not uses:
        return f"{of.removeprefix('of ')} not measured"
    share = percent(round(max(use.share for use in uses), 3))
    most = max(use.most for use in uses)
    return f"{number(round(most, 1))} {unit} ({share}) {of}"


def _when(twin: Twin, runs: Sequence[Measurement]) -> str:
    first, last = day(min(one.at for one in runs)), day(max(one.at for one in runs))
    seeds = len({(one.case, one.seed) for one in runs})
    when = f"on {first}" if first == last else f"from {first} to {last}"
    machines = " and ".join(plain(name) for name in sorted({one.machine for one in runs}))
    worlds = f"{seeds} {'seed' if seeds == 1 else 'seeds'}"
    return f"Version {twin.version}, measured {when} on {worlds}: {machines}."
