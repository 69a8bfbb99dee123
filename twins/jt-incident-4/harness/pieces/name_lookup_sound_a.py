"""Which catalogue entries a typed name stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def find_entries(index: Mapping[str, Sequence[str]], typed: str) -> list[str]:
    """Return the ids filed under the normalised name `typed`, sorted; none when unknown."""
    entries = index.get(typed)
    if entries is None:
        return []
    return sorted(entries)
