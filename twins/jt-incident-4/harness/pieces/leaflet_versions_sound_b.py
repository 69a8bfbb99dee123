"""Leaflet versions: what was approved, what was pulled, what is served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def _rank(row: dict[str, Any], field: str = "version") -> list[int]:
    return [int(number) for number in row[field].split(".")]


def select_leaflet(
    leaflets: Sequence[dict[str, Any]], notices: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """Pick the leaflet to serve out of one product's versions; None when nothing stands."""
    floor = max((_rank(notice, "before") for notice in notices), default=[0])
    approved = sorted((row for row in leaflets if row["status"] == "approved"), key=_rank)
    if not approved or _rank(approved[-1]) < floor:
        return None
    return approved[-1]
