"""What the assistant reads at its start: the bookings and the staff code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Data:
    """The folder JOBTWIN_DATA, read once."""

    def __init__(self, folder: Path) -> None:
        self.bookings: dict[str, dict[str, Any]] = json.loads(
            (folder / "bookings.json").read_text(encoding="utf-8")
        )
        company = json.loads((folder / "company.json").read_text(encoding="utf-8"))
        self.staff_code: str = company["staff_code"]
