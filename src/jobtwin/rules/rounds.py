"""What must hold in a mentor's calibration round, and how its result is told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records.base import stamp
from jobtwin.rules.eligibility import too_soon
from jobtwin.rules.scoring import on_grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.calibration import Calibrated, GoldSet, ItemAnswer, Round
    from jobtwin.records.organisation import CalibrationPolicy

SET_SEEN = Code(
    "CAL-003",
    "this gold set was answered before",
    why="Whoever has seen an item's result does not judge it afresh.",
    fix="Ask for a set that is new to you.",
)
TOO_SOON = Code(
    "CAL-004",
    "there were too many rounds",
    why="Trying until it fits would measure luck, not agreement.",
    fix="Wait until the date named, and discuss the rubric's anchors meanwhile.",
)
ROUND_NUMBER = Code(
    "CAL-005",
    "the round's number is not the next",
    why="Rounds are counted, so that none can be left out or handed in twice.",
    fix="Write the number named, and sign the file again.",
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


def extends(before: Calibrated | None, rubric: str) -> bool:
    """Say whether the next round for a rubric is the extension of the one before it."""
    return before is not None and before.ruling == "extend" and before.rubric == rubric


def check_turn(
    given: Loaded[Round],
    earlier: Sequence[Calibrated],
    rubric: str,
    policy: CalibrationPolicy,
    at: datetime,
) -> Iterator[Finding]:
    """Yield what is wrong with a round's set, number and time among the mentor's earlier ones.

    `rubric` is the digest of the one that the round is for. An extension needs no waiting.
    """
    if given.record.gold_set in {item.gold_set for item in earlier}:
        yield given.finding(SET_SEEN, f"you answered `{given.record.gold_set}` before", "gold_set")
    if given.record.number != len(earlier) + 1:
        yield given.finding(ROUND_NUMBER, f"this is your round {len(earlier) + 1}", "number")
    befores = [None, *earlier]
    full = [
        item.at
        for before, item in zip(befores, earlier, strict=False)
        if not extends(before, item.rubric)
    ]
    again = too_soon(full, policy.rounds_per_90_days, at)
    if again and not extends(befores[-1], rubric):
        yield given.finding(TOO_SOON, f"the next round may be taken on {stamp(again)}", "number")


def check_answers(
    answers: Sequence[ItemAnswer], gold_set: GoldSet, dimensions: Iterable[str], path: str
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
        "few ratings make it too uncertain. The next set is pooled with this one.",
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
    return "\n".join([words[record.ruling], *head, *table])


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
