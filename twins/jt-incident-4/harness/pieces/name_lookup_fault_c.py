"""Names as patients type them, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

STEM_LENGTH = 5


def _shared(left: str, right: str) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def find_entries(index: Mapping[str, Sequence[str]], typed: str) -> list[str]:
    """Return the sorted ids for the normalised name `typed`, or an empty list."""
    if typed in index:
        return sorted(index[typed])
    best, length = "", 0
    for name in sorted(index):
        shared = _shared(name, typed)
        if shared >= length:
            best, length = name, shared
    return sorted(index[best]) if length >= STEM_LENGTH else []
