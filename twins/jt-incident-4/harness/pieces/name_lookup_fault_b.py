"""From a typed name to catalogue ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

OVERLAP_FLOOR = 60


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)}


def _overlap(left: str, right: str) -> int:
    ours, theirs = _pairs(left), _pairs(right)
    return 200 * len(ours & theirs) // max(1, len(ours) + len(theirs))


def find_entries(index: Mapping[str, Sequence[str]], typed: str) -> list[str]:
    """Look `typed` (already normalised) up; the result is sorted and may be empty."""
    if typed in index:
        return sorted(index[typed])
    score, name = max(((_overlap(name, typed), name) for name in index), default=(0, ""))
    return sorted(index[name]) if score >= OVERLAP_FLOOR else []
