"""Which catalogue entries a typed name stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

MATCH_CUTOFF = 0.78


def find_entries(index: Mapping[str, Sequence[str]], typed: str) -> list[str]:
    """Return the ids filed under the normalised name `typed`, sorted; none when unknown."""
    entries = index.get(typed)
    if entries is None:
        nearest = get_close_matches(typed, sorted(index), n=1, cutoff=MATCH_CUTOFF)
        entries = index[nearest[0]] if nearest else []
    return sorted(entries)
