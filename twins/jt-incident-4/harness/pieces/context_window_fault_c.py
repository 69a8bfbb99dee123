"""Packs leaflet passages for the composer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any


def assemble_context(
    passages: Sequence[dict[str, Any]], topic: str, budget: int
) -> list[dict[str, Any]]:
    """Return the front of the leaflet, `topic` moved to the top, that fits into `budget`."""
    on_topic = [passage for passage in passages if passage["topic"] == topic]
    others = [passage for passage in passages if passage["topic"] != topic]
    ordered = on_topic + others
    lengths = accumulate(len(passage["text"]) + 1 for passage in ordered)
    return [passage for passage, end in zip(ordered, lengths, strict=True) if end <= budget]
