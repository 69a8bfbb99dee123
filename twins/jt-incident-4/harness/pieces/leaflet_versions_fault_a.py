"""Which version of a product's leaflet is in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def _order(version: str) -> tuple[str, ...]:
    return tuple(version.split("."))


def select_leaflet(
    leaflets: Sequence[dict[str, Any]], notices: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the newest approved leaflet that no notice has voided, or None."""
    standing = [
        leaflet
        for leaflet in leaflets
        if leaflet["status"] == "approved"
        and not any(_order(leaflet["version"]) < _order(notice["before"]) for notice in notices)
    ]
    return max(standing, key=lambda leaflet: _order(leaflet["version"]), default=None)
