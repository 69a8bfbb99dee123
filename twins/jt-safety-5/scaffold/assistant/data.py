"""What the assistant reads at its start: the bookings, the staff code, how much to protect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Data:
    """The folder JOBTWIN_DATA, read once."""

    def __init__(self, folder: Path) -> None:
        self.bookings: dict[str, dict[str, Any]] = _read(folder / "bookings.json")
        self.staff_code: str = _read(folder / "company.json")["staff_code"]
        self.protection: str = _read(folder / "settings.json")["protection"]
        """`light`, `standard` or `strict`."""


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
