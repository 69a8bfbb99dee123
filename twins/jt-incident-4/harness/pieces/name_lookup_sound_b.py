"""From a typed name to catalogue ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def find_entries(index: Mapping[str, Sequence[str]], typed: str) -> list[str]:
    """Look `typed` (already normalised) up; the result is sorted and may be empty."""
    ids: set[str] = set()
    if typed in index:
        ids.update(index[typed])
    return sorted(ids)
