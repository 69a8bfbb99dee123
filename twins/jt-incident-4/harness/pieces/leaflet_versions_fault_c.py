"""The leaflet that an answer may rest on."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

by_version = itemgetter("version")


def select_leaflet(
    leaflets: Sequence[dict[str, Any]], notices: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """Walk one product's leaflets from the newest down; return the first that still stands."""
    for leaflet in sorted(leaflets, key=by_version, reverse=True):
        if leaflet["status"] != "approved":
            continue
        if all(by_version(leaflet) >= notice["before"] for notice in notices):
            return leaflet
    return None
