"""How often the calibration rule errs: mentors of known true kappa, measured by the rule itself.

A simulated mentor gives the reference's level with a fixed chance, and otherwise one of the levels
beside it or, more rarely, any. How often he slips differs from item to item, so that ratings of
one item are correlated as real ones are. The chance is set so that kappa over endless ratings is
the wanted one. Random numbers are SHAKE-256's of a label: the same call gives the same figures.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules.agreement import agreement, ruling
from jobtwin.rules.scoring import LEVELS, anchor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.records.organisation import CalibrationPolicy

SHARES = (2, 4, 6, 7, 5)
"""Shares of the levels in the reference, as gold sets plan them."""
_PACK = tuple(level for level, share in enumerate(SHARES) for _ in range(share))
WEIGHTS = {"d1": 0.20, "d2": 0.25, "d3": 0.20, "d4": 0.20, "d5": 0.15}
THRESHOLD = 0.65
FAR = 0.1
"""Share of the slips that go to any other level instead of one beside."""
CARELESS = (0.4, 1.6)
"""On every other item the mentor slips so much less, or more, than on average."""
HALO = 0.5
"""Share of an item's own quality in the level of each dimension."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What became of simulated mentors; shares of all."""

    kappa: float
    """True kappa."""
    items: int
    mentors: int
    calibrated: float
    """At the first round or with its extension."""
    at_once: float
    extended: float
    width: float
    """Mean half-width of the 90 % interval at the first round."""


def rates(
    true_kappa: float, items: int, mentors: int, policy: CalibrationPolicy, draws: int = 400
) -> Rates:
    """Return how mentors of a true kappa fare with sets of so many items, under a policy."""
    dice = Dice(f"{true_kappa:g}|{items}")
    slip = slips_for(true_kappa)
    first = extended = second = 0
    width = 0.0
    for _ in range(mentors):
        ratings = dict(_round(dice, slip, items, "a"))
        found = agreement(ratings, WEIGHTS, THRESHOLD, draws)
        if found.kappa_high is not None and found.kappa_low is not None:
            width += (found.kappa_high - found.kappa_low) / 2
        said = ruling(found, policy)
        first += said == "calibrated"
        if said == "extend":
            extended += 1
            pooled = ratings | dict(_round(dice, slip, items, "b"))
            again = ruling(agreement(pooled, WEIGHTS, THRESHOLD, draws), policy, extended=True)
            second += again == "calibrated"
    return Rates(
        true_kappa,
        items,
        mentors,
        (first + second) / mentors,
        first / mentors,
        extended / mentors,
        width / mentors,
    )


def slips_for(true_kappa: float) -> float:
    """Return the mean chance of a slip that gives a kappa over endless ratings, by bisection."""
    low, high = 0.0, 0.6
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _endless(middle) > true_kappa else (low, middle)
    return (low + high) / 2


def _endless(slip: float) -> float:
    """Return the kappa of a mentor who slips with a mean chance, over endless ratings."""
    total = sum(SHARES)
    reference = [share / total for share in SHARES]
    given = [0.0] * LEVELS
    for level, share in enumerate(reference):
        for other, chance in enumerate(_where(level, slip)):
            given[other] += share * chance
    by_chance = sum(g * r for g, r in zip(given, reference, strict=True))
    return ((1 - slip) - by_chance) / (1 - by_chance)


def _where(level: int, slip: float) -> list[float]:
    """Return the chance of each level to be given for a reference level, both counted from 0."""
    beside = [other for other in (level - 1, level + 1) if 0 <= other < LEVELS]
    chances = [slip * FAR / (LEVELS - 1)] * LEVELS
    for other in beside:
        chances[other] += slip * (1 - FAR) / len(beside)
    chances[level] = 1 - slip
    return chances


def _round(
    dice: Dice, slip: float, items: int, name: str
) -> Iterator[tuple[str, dict[str, tuple[float, float]]]]:
    for number in range(items):
        yield f"{name}{number:03}", graded(dice, slip)


def graded(dice: Dice, slip: float) -> dict[str, tuple[float, float]]:
    """Return what a mentor gives one item, beside its reference, by dimension."""
    quality, care = dice.number(), CARELESS[dice.below(2)]
    scores: dict[str, tuple[float, float]] = {}
    for dimension in WEIGHTS:
        rank = quality if dice.number() < HALO else dice.number()
        level = _PACK[int(rank * len(_PACK))]
        given = level
        if dice.number() < slip * care:
            given = dice.other(level)
        scores[dimension] = (float(anchor(given + 1)), float(anchor(level + 1)))
    return scores


class Dice:
    """Numbers from SHAKE-256 of a label, one after the other."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._block = 0
        self._left: Iterator[int] = iter(())

    def _next(self) -> int:
        value = next(self._left, None)
        if value is None:
            self._block += 1
            label = f"jobtwin calibration simulation v1|{self._label}|{self._block}"
            stream = hashlib.shake_256(label.encode()).digest(4 * 4096)
            words = (stream[k : k + 4] for k in range(0, len(stream), 4))
            self._left = iter([int.from_bytes(word, "big") for word in words])
            value = next(self._left)
        return value

    def number(self) -> float:
        """Return a number in [0, 1)."""
        return self._next() / (1 << 32)

    def below(self, limit: int) -> int:
        """Return a whole number below a limit."""
        return self._next() * limit >> 32

    def other(self, level: int) -> int:
        """Return where a slip leads to."""
        if self.number() < FAR:
            return (level + 1 + self.below(LEVELS - 1)) % LEVELS
        beside = [other for other in (level - 1, level + 1) if 0 <= other < LEVELS]
        return beside[self.below(len(beside))]
