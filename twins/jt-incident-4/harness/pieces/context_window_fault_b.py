"""Fills the context that an answer is composed from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

PASSAGE_LIMIT = 8


def assemble_context(
    passages: Sequence[dict[str, Any]], topic: str, budget: int
) -> list[dict[str, Any]]:
    """Put the passages of `topic` first; others fill up to `budget` characters."""
    wanted: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for passage in passages:
        (wanted if passage["topic"] == topic else rest).append(passage)
    left = budget - sum(len(passage["text"]) for passage in wanted[:PASSAGE_LIMIT])
    for passage in rest:
        left -= len(passage["text"])
        if left < 0:
            break
        wanted.append(passage)
    return wanted[:PASSAGE_LIMIT]
