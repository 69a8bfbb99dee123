"""Whether one field of the data gives the answer away: by itself, far above the base rate.

Knows nothing of a twin: rows as learner code sees them, and what the harness holds against them.
Each field is tried as it is, by its length, its beginning and end, its parity, and rows by their
place in the order; learned on one half of the rows and judged on the other.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_GAIN = 0.5
"""Of what lies between the base rate and certainty: more, and the field gives the answer away."""
FEWEST = 20
"""Rows in the half that is judged; fewer say nothing."""
_EDGES = (1, 3)
"""Characters of a text's beginning and end."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows that learner code sees, each with what it is meant to find out."""

    what: str
    rows: Sequence[Mapping[str, Any]]
    labels: Sequence[str]
    open: frozenset[str] = frozenset()
    """Fields that say the label on purpose, in a kit's public half; a nested one as `a.b`."""


@dataclass(frozen=True, slots=True)
class GivenAway:
    """A field that predicts the label."""

    what: str
    field: str
    accuracy: float
    base: float
    """What guessing the most frequent label comes to."""


def given_away(labelled: Labelled) -> tuple[GivenAway, ...]:
    """Return the fields that predict the label by themselves, the best one first."""
    halves: tuple[list[int], list[int]] = ([], [])
    for number in range(len(labelled.labels)):
        # Neither every second row nor the first half: order is one of the things that are tried.
        halves[hashlib.sha256(str(number).encode()).digest()[0] & 1].append(number)
    learned, judged = halves
    if len(judged) < FEWEST or len(set(labelled.labels)) < 2:
        return ()
    counts = Counter(labelled.labels[number] for number in judged)
    base = max(counts.values()) / len(judged)
    found = []
    for field, values in _fields(labelled).items():
        accuracy = _accuracy(values, labelled.labels, learned, judged)
        if accuracy - base >= MOST_GAIN * (1 - base) and accuracy > base:
            found.append(GivenAway(labelled.what, field, accuracy, base))
    return tuple(sorted(found, key=lambda one: -one.accuracy))


def _fields(labelled: Labelled) -> dict[str, list[Any]]:
    """Return everything that is tried: its name, and a value for each row."""
    flat = [dict(_flat(row)) for row in labelled.rows]
    names = dict.fromkeys(name for row in flat for name in row)
    fields: dict[str, list[Any]] = {"the place in the order": list(range(len(flat)))}
    for name in names:
        if any(name == told or name.startswith(f"{told}.") for told in labelled.open):
            continue
        values = [row.get(name) for row in flat]
        fields[f"`{name}`"] = values
        if any(isinstance(value, str) for value in values):
            texts = ["" if value is None else str(value) for value in values]
            fields[f"the length of `{name}`"] = [len(text) for text in texts]
            for size in _EDGES:
                fields[f"the first {size} of `{name}`"] = [text[:size] for text in texts]
                fields[f"the last {size} of `{name}`"] = [text[-size:] for text in texts]
    for name, values in list(fields.items()):
        if all(type(value) is int for value in values):
            fields[f"{name}, even or odd"] = [str(value % 2) for value in values]
    return fields


def _flat(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the scalars of a row by dotted name; of a list its length, and its scalars as text."""
    for key, value in row.items():
        name = f"{above}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list | tuple):
            yield f"{name}, how many", len(value)
            yield name, " ".join(map(str, value))
        else:
            yield name, value


def _accuracy(
    values: Sequence[Any], labels: Sequence[str], learned: Sequence[int], judged: Sequence[int]
) -> float:
    """Return how often a value alone, learned on one half, tells the label on the other."""
    by_value = _by_value(values, labels, learned)
    usual = Counter(labels[number] for number in learned).most_common(1)[0][0]
    right = sum(by_value.get(repr(values[n]), usual) == labels[n] for n in judged)
    numbers = [
        float(value) if isinstance(value, int | float) else float("-inf") for value in values
    ]
    cut, below, above = _cut(numbers, labels, learned)
    parted = sum((below if numbers[n] <= cut else above) == labels[n] for n in judged)
    return max(right, parted) / len(judged)


def _by_value(
    values: Sequence[Any], labels: Sequence[str], learned: Sequence[int]
) -> dict[str, str]:
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for number in learned:
        seen[repr(values[number])][labels[number]] += 1
    return {value: counts.most_common(1)[0][0] for value, counts in seen.items()}


def _cut(
    numbers: Sequence[float], labels: Sequence[str], learned: Sequence[int]
) -> tuple[float, str, str]:
    """Return the value that parts the rows best, and the most frequent label on either side."""
    kinds = sorted(set(labels))
    order = sorted(learned, key=lambda number: numbers[number])
    at = [numbers[number] for number in order]
    sums = {
        kind: [0, *accumulate(int(labels[number] == kind) for number in order)] for kind in kinds
    }

    def best(value: float) -> tuple[int, str, str]:
        place = bisect_right(at, value)
        below = max(kinds, key=lambda kind: sums[kind][place])
        above = max(kinds, key=lambda kind: sums[kind][-1] - sums[kind][place])
        right = sums[below][place] + sums[above][-1] - sums[above][place]
        return right, below, above

    cut = max(sorted(set(at)), key=lambda value: best(value)[0])
    return cut, *best(cut)[1:]
