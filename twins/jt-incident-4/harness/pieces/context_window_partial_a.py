"""What of a leaflet goes before the composer, within a budget of characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def assemble_context(
    passages: Sequence[dict[str, Any]], topic: str, budget: int
) -> list[dict[str, Any]]:
    """Return passages while the budget lasts, those on `topic` before the others."""
    chosen: list[dict[str, Any]] = []
    spent = 0
    for passage in sorted(passages, key=lambda passage: passage["topic"] != topic):
        spent += len(passage["text"])
        if spent > budget + budget // 4:
            break
        chosen.append(passage)
    return chosen
