"""The data folder in memory, indexed the way the pipeline asks for it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from .name_forms import plain_name


class LeafletStore:
    """Products, substances, leaflets and tables of one data folder. Read once, never written."""

    def __init__(self, folder: Path) -> None:
        self.products = {row["id"]: row for row in _read(folder, "products")}
        self.substances = {row["id"]: row for row in _read(folder, "substances")}
        self.product_names: dict[str, list[str]] = defaultdict(list)
        self.substance_names: dict[str, list[str]] = defaultdict(list)
        self._index_names()
        self.leaflets: dict[str, list[dict[str, Any]]] = defaultdict(list)
        # ISO dates sort as text.
        for row in sorted(_read(folder, "leaflets"), key=lambda row: str(row["date"])):
            self.leaflets[row["product"]].append(row)
        self.notices: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in _read(folder, "withdrawals"):
            self.notices[row["product"]].append(row)
        self.dosing = {(row["product"], row["version"]): row for row in _read(folder, "dosing")}
        self.interactions: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in _read(folder, "interactions"):
            self.interactions[row["product"], row["version"]].append(row)
        self.budget = _context_budget(folder)

    def _index_names(self) -> None:
        for product in self.products.values():
            names = {plain_name(product[field]) for field in ("name", "brand")}
            names.update(plain_name(alias) for alias in product["aliases"])
            for name in names:
                self.product_names[name].append(product["id"])
                if product["substance"] not in self.substance_names[name]:
                    self.substance_names[name].append(product["substance"])
        for substance in self.substances.values():
            self.substance_names[plain_name(substance["name"])].append(substance["id"])
        self.product_names = dict(self.product_names)
        self.substance_names = dict(self.substance_names)

    def passages(self, leaflet: dict[str, Any]) -> list[dict[str, Any]]:
        """The leaflet in reading order; the interaction table stands in its section."""
        listed = self.interactions.get((leaflet["product"], leaflet["version"]), [])
        result: list[dict[str, Any]] = []
        for section in leaflet["sections"]:
            result.append(section)
            if section["topic"] == "interaction":
                result.extend({**row, "topic": "interaction"} for row in listed)
        return result


def _read(folder: Path, stem: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    return rows


def _context_budget(folder: Path) -> int:
    try:
        return int(json.loads((folder / "service.json").read_text())["context_budget"])
    except (OSError, ValueError, KeyError):
        return 900  # an old data folder without service.json
