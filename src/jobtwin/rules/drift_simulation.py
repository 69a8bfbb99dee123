"""How often hidden gold stops a good mentor, and how late one who has drifted: by the rule itself.

The simulated mentor is that of `simulation`. One review in so many is of a hidden item, whose
reference does not clear the twin; after each of them the policy's rule looks at the latest ones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jobtwin.rules import drift, hidden
from jobtwin.rules.agreement import agreement
from jobtwin.rules.hidden import Graded
from jobtwin.rules.scoring import exact, overall
from jobtwin.rules.simulation import THRESHOLD, WEIGHTS, Dice, graded, slips_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.records.organisation import QueuePolicy

LONGEST = 320
"""So many reviews are looked at."""
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def stopped_after(
    before: float, after: float, drifts_at: int, mentors: int, policy: QueuePolicy
) -> tuple[int | None, ...]:
    """Return after how many reviews each of some mentors was stopped; None where none was.

    Their kappa is `before` up to the review `drifts_at`, and `after` from then on.
    """
    dice = Dice(f"hidden|{before:g}|{after:g}|{drifts_at}")
    slips = slips_for(before), slips_for(after)
    return tuple(_one(dice, slips, drifts_at, policy) for _ in range(mentors))


def _one(dice: Dice, slips: tuple[float, float], drifts_at: int, policy: QueuePolicy) -> int | None:
    seen: list[Graded] = []
    for number in range(1, LONGEST + 1):
        if dice.below(policy.gold_one_in):
            continue
        slip = slips[number > drifts_at]
        at = _BEGIN + timedelta(hours=number)
        seen.append(Graded(f"{number:04}", at, next(_items(dice, slip))))
        latest = hidden.ratings(seen, (), policy)
        if len(latest) < policy.floor_items:
            continue
        if drift.is_below(agreement(latest, WEIGHTS, THRESHOLD, draws=1), policy):
            return number
    return None


def _items(dice: Dice, slip: float) -> Iterator[dict[str, tuple[float, float]]]:
    """Yield what a mentor gives items whose reference does not clear the twin."""
    while True:
        found = graded(dice, slip)
        if overall({name: pair[1] for name, pair in found.items()}, WEIGHTS) < exact(THRESHOLD):
            yield found
