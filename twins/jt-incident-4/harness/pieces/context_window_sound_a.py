"""What of a leaflet goes before the composer, within a budget of characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def assemble_context(
    passages: Sequence[dict[str, Any]], topic: str, budget: int
) -> list[dict[str, Any]]:
    """Return the passages on `topic`, all of them, then others while the budget lasts."""
    chosen = [passage for passage in passages if passage["topic"] == topic]
    spent = sum(len(passage["text"]) for passage in chosen)
    for passage in passages:
        spent += len(passage["text"])
        if spent > budget:
            break
        if passage["topic"] != topic:
            chosen.append(passage)
    return chosen
