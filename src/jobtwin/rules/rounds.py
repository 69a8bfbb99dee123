"""Which gold set a mentor is handed and when, what must hold in the answers, how a result is told.

A set counts as seen from the moment it is handed, and every hand-out counts as a round, answered
or not: otherwise sets could be looked through until one suits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records.base import stamp
from jobtwin.rules.eligibility import too_soon
from jobtwin.rules.scoring import on_grid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.calibration import (
        Agreement,
        Calibrated,
        GoldSet,
        Handed,
        ItemAnswer,
        Round,
    )
    from jobtwin.records.organisation import CalibrationPolicy

NO_FRESH_SET = Code(
    "CAL-003",
    "there is no gold set left for you",
    why="Whoever has seen an item does not judge it afresh, and a set is used up after so many.",
    fix="Ask the operators to seal another set: `jobtwin calibrate seal`.",
)
TOO_SOON = Code(
    "CAL-004",
    "there were too many rounds",
    why="Trying until it fits would measure luck, not agreement.",
    fix="Wait until the date named, and discuss the rubric's anchors meanwhile.",
)
NOT_HANDED = Code(
    "CAL-005",
    "the round does not answer what you were handed last",
    why="The platform hands a set out and counts it, so that no round can be left out.",
    fix="Make the round again with `jobtwin calibrate round` from an up-to-date clone.",
)
ITEMS = Code(
    "CAL-007",
    "the answers are not one for each item",
    why="Left-out items would be those that one is unsure of.",
    fix="Score each item of the set exactly once.",
)
DIMENSIONS = Code(
    "CAL-008",
    "an answer does not score the rubric's dimensions",
    why="Every dimension of the rubric is part of what agreement is measured on.",
    fix="Give each dimension of the twin's rubric one score.",
)
OFF_GRID = Code(
    "CAL-009",
    "a score is not a step of 0.05",
    why="Scores of reviews lie on this grid, so those of a calibration do too.",
    fix="Write the nearest of 0.00, 0.05, … 1.00.",
)
TOO_LATE = Code(
    "CAL-010",
    "the time for answers is over",
    why="A set that lies about for long is talked about.",
    fix="Ask for another set; this one counts as a round without a result.",
)
Ratings = dict[str, dict[str, tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Turn:
    """One hand-out to a mentor, and what the round that answered it came to."""

    handed: Handed
    calibrated: Calibrated | None = None
    digest: str = ""
    """Of the `calibrated` record."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A gold set as it stands: how many mentors were handed it, and whether it is retired."""

    gold_set: GoldSet
    mentors: int
    is_retired: bool
    artifacts: frozenset[str] = frozenset()
    """What its items are, whatever they are called; empty where nobody has opened it."""


def turns(
    handed: Iterable[Handed], calibrated: Iterable[tuple[str, Calibrated]]
) -> tuple[Turn, ...]:
    """Return a mentor's turns at a twin in order; `calibrated` come with their digests."""
    results = {record.number: (record, digest) for digest, record in calibrated}
    return tuple(
        Turn(item, *results.get(item.number, (None, "")))
        for item in sorted(handed, key=lambda item: item.number)
    )


def open_turn(taken: Sequence[Turn], at: datetime) -> Handed | None:
    """Return the hand-out that waits for its answers, None when there is none."""
    last = taken[-1] if taken else None
    return last.handed if last and last.calibrated is None and at <= last.handed.due else None


def to_extend(taken: Sequence[Turn], rubric: str, at: datetime) -> str | None:
    """Return the digest of the result that the next round is pooled with, None for a fresh one.

    Only the one just before, for the same rubric, and not longer than a calibration holds.
    """
    last = taken[-1] if taken else None
    if last is None or last.calibrated is None or last.calibrated.ruling != "extend":
        return None
    fits = last.calibrated.rubric == rubric and at < last.calibrated.expires
    return last.digest if fits else None


def check_turn(
    taken: Sequence[Turn],
    known: Iterable[Handed],
    rubric: str,
    policy: CalibrationPolicy,
    at: datetime,
) -> Iterator[Finding]:
    """Yield why a mentor is not handed another set now; an extension needs no waiting.

    `taken` are his turns under his present id, `known` what he was handed under any.
    """
    rounds = sorted(one.at for one in known if one.rubric == rubric and one.extends is None)
    again = too_soon(rounds, policy.rounds_per_90_days, at)
    if again and to_extend(taken, rubric, at) is None:
        yield TOO_SOON.at(f"the next round may be taken on {stamp(again)}")


def choose(
    shelf: Iterable[Shelf], known: Iterable[Handed], rubric: str, policy: CalibrationPolicy
) -> GoldSet | None:
    """Return the set that is handed next: the oldest one that is fresh to the mentor.

    `known` is what he was handed so far, under any id.
    """
    sets = sorted(shelf, key=lambda item: (item.gold_set.made, item.gold_set.id))
    names = {one.gold_set for one in known}
    seen = {item for one in sets if one.gold_set.id in names for item in one.artifacts}
    fresh = (
        one.gold_set
        for one in sets
        if is_usable(one, rubric)
        and one.mentors < policy.mentors_per_set
        and one.gold_set.id not in names
        and not one.artifacts & seen
    )
    return next(fresh, None)


def is_usable(one: Shelf, rubric: str) -> bool:
    """Say whether a set may be handed out for a rubric at all."""
    fits = one.gold_set.rubric == rubric and one.gold_set.use == "rounds"
    return fits and not one.is_retired


def check_round(given: Loaded[Round], taken: Sequence[Turn], at: datetime) -> Iterator[Finding]:
    """Yield why a round does not answer the mentor's last hand-out, or no longer."""
    last = taken[-1] if taken else None
    if last is None or last.calibrated is not None:
        yield given.finding(NOT_HANDED, "you hold no set: ask for one first", "gold_set")
        return
    wanted = (last.handed.number, last.handed.gold_set)
    if (given.record.number, given.record.gold_set) != wanted:
        message = f"you were handed `{wanted[1]}` as number {wanted[0]}"
        yield given.finding(NOT_HANDED, message, "gold_set")
    elif at > last.handed.due:
        yield given.finding(TOO_LATE, f"it was due {stamp(last.handed.due)}", "number")


def paired(
    set_id: str, answers: Iterable[ItemAnswer], reference: Mapping[str, Mapping[str, float]]
) -> Ratings:
    """Return (given, reference) by item and dimension; raises KeyError for what has none."""
    return {
        f"{set_id}/{answer.item}": {
            name: (score, reference[answer.item][name]) for name, score in answer.scores.items()
        }
        for answer in answers
    }


def check_answers(
    answers: Sequence[ItemAnswer], gold_set: GoldSet, dimensions: Collection[str], path: str
) -> Iterator[Finding]:
    """Yield what is wrong with answers: items, dimensions and grid."""
    wanted = set(dimensions)
    counts = Counter(answer.item for answer in answers)
    for item in gold_set.items:
        if counts[item.id] != 1:
            yield ITEMS.at(f"`{item.id}` is scored {counts[item.id]} times", path)
    for unknown in sorted(set(counts) - {item.id for item in gold_set.items}):
        yield ITEMS.at(f"`{unknown}` is not an item of the set", path)
    for answer in answers:
        if set(answer.scores) != wanted:
            wrong = ", ".join(sorted(set(answer.scores) ^ wanted))
            yield DIMENSIONS.at(f"`{answer.item}`: missing or unknown: {wrong}", path)
        for name, score in answer.scores.items():
            if not on_grid(score):
                yield OFF_GRID.at(f"`{answer.item}`, {name}: {score:g}", path)


def result(record: Calibrated, policy: CalibrationPolicy) -> str:
    """Return what the mentor is told: figures over all items, never one item's result."""
    found = record.agreement
    words = {
        "calibrated": f"**Calibrated for {record.twin}** until {stamp(record.expires)}, "
        f"for at most {record.expires_after_reviews} reviews.",
        "extend": "**Not yet: one more set is needed.** The agreement is good enough, but too "
        "few ratings make it too uncertain. Comment "
        f"`/calibrate {record.twin}`: you get fresh items, and both sets are judged together.",
        "recalibrate": "**Not calibrated this time.** Read the anchors again with another "
        "mentor before the next round.",
    }
    rows = [
        ("Cohen's kappa, five levels", _figure(found.kappa), f">= {policy.kappa:g}"),
        ("its 90 % interval, lower end", _figure(found.kappa_low), f">= {policy.kappa_low:g}"),
        (
            "pass or fail alike",
            _figure(found.verdict_agreement),
            f">= {policy.verdict_agreement:g}",
        ),
        ("items", str(found.items), f">= {policy.items}"),
        ("ratings", str(found.ratings), f">= {policy.ratings}"),
        ("kappa, quadratic weights", _figure(found.weighted_kappa), ""),
        ("same level", _figure(found.exact), ""),
        ("at most one level apart", _figure(found.adjacent), ""),
        ("Gwet's AC1", _figure(found.ac1), ""),
        ("mean error of the overall score", _figure(found.mean_absolute_error), ""),
    ]
    table = [f"| {name} | {value} | {bar} |" for name, value, bar in rows]
    head = ["", "| figure | yours | needed |", "|---|---|---|"]
    return "\n".join([words[record.ruling], *head, *table, *_explained(found)])


def _explained(found: Agreement) -> Iterator[str]:
    """Say why a figure is undefined, where one is."""
    if found.kappa is None:
        yield ""
        yield (
            "Kappa is undefined: you and the reference gave one and the same level throughout. "
            "Chance alone would agree as well, so this says nothing about you and cannot count."
        )
    elif found.weighted_kappa is None or found.kappa_low is None:
        yield ""
        yield "A figure is undefined where too few levels occur for chance to be told from skill."


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
