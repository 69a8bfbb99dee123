"""Whether a gold set can measure anything: enough items, spread over levels, each loss explained.

Kappa collapses where one level dominates, and agreement about pass or fail means nothing where all
items pass, so a set is refused before it is sealed and not found wanting after a round.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules.gold import identity
from jobtwin.rules.scoring import LEVELS, exact, level, on_grid, overall, weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.organisation import CalibrationPolicy
    from jobtwin.records.twin import Twin
    from jobtwin.rules.gold import Scored

TOO_FEW = Code(
    "GLD-001",
    "the gold set is too small",
    why="With few ratings a good mentor fails by chance, and a bad one passes.",
    fix="Make at least as many items and ratings as the calibration policy asks for.",
)
SCORES = Code(
    "GLD-002",
    "an item's reference scores do not fit the rubric",
    why="Mentors score every dimension on a grid of 0.05, so the reference does too.",
    fix="Give each dimension of the twin's rubric one score that is a step of 0.05.",
)
LOPSIDED = Code(
    "GLD-003",
    "the levels are spread too unevenly",
    why="Where nearly all is of one level, kappa says little about the grader.",
    fix="Plan every level with at least 5 % and none with more than 40 % of the ratings.",
)
SAME = Code(
    "GLD-004",
    "items repeat each other",
    why="What a mentor has read before is recognised, not judged.",
    fix="Give the base solutions and the defects more variants.",
)
UNEXPLAINED = Code(
    "GLD-005",
    "a lost point has no defect",
    why="A reference score that nobody can point at is an opinion.",
    fix="Name one defect for each dimension that is below the top level.",
)
ONE_VERDICT = Code(
    "GLD-006",
    "nearly all items pass, or nearly all fail",
    why="Agreement about pass or fail is then had for nothing.",
    fix="Let at least a fifth of the items reach the threshold, and a fifth miss it.",
)
LEAST, MOST = 0.05, 0.40
"""Share of the ratings that a level may have."""
REPEATED = 0.25
"""The largest share of the items in which a file may be the same, byte for byte."""
EITHER_VERDICT = 0.2


def check_quality(
    items: Sequence[Scored], twin: Twin, policy: CalibrationPolicy
) -> Iterator[Finding]:
    """Yield everything that keeps items from being a gold set under a policy."""
    dimensions = weights(twin)
    ratings = len(items) * len(dimensions)
    if len(items) < policy.items or ratings < policy.ratings:
        message = f"{len(items)} items, {ratings} ratings; wanted: {policy.items}, {policy.ratings}"
        yield TOO_FEW.at(message)
    fitting = [item for item in items if _fits(item, set(dimensions))]
    for number in (n for n, item in enumerate(items, start=1) if item not in fitting):
        yield SCORES.at(f"item {number}: {', '.join(sorted(dimensions))}, on the grid of 0.05")
    yield from _check_levels(fitting)
    yield from _check_variety(items)
    for number, item in enumerate(items, start=1):
        lost = sum(score < 1 for score in item.scores.values())
        if lost > len(item.defects):
            yield UNEXPLAINED.at(f"item {number}: {lost} dimensions, {len(item.defects)} defects")
    bar = exact(twin.pass_threshold)
    passed = sum(overall(item.scores, dimensions) >= bar for item in fitting)
    if fitting and not EITHER_VERDICT <= passed / len(fitting) <= 1 - EITHER_VERDICT:
        yield ONE_VERDICT.at(f"{passed} of {len(fitting)} items pass")


def _fits(item: Scored, dimensions: set[str]) -> bool:
    return set(item.scores) == dimensions and all(on_grid(s) for s in item.scores.values())


def _check_levels(items: Sequence[Scored]) -> Iterator[Finding]:
    counts = Counter(level(score) for item in items for score in item.scores.values())
    for number in range(1, LEVELS + 1):
        share = counts[number] / max(counts.total(), 1)
        if items and not LEAST <= share <= MOST:
            yield LOPSIDED.at(f"level {number} has {share:.0%} of the ratings")


def _check_variety(items: Sequence[Scored]) -> Iterator[Finding]:
    known = Counter(identity(item.files) for item in items)
    if twice := sum(times - 1 for times in known.values()):
        yield SAME.at(f"{twice} items are copies of another one")
    files = Counter(pair for item in items for pair in item.files.items())
    for (path, _), times in files.most_common(1):
        if times > max(REPEATED * len(items), 1):
            yield SAME.at(f"{path} is the same in {times} of {len(items)} items")
