"""Pre-scored submissions for calibrating mentors."""

from __future__ import annotations

from jobtwin.harness.contract import GoldItem


def gold_items(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` pre-scored submissions."""
    del seed, count
    return ()
