"""Where things are, and how much of them we take."""

from __future__ import annotations

import os
from pathlib import Path

MAX_REQUEST_BYTES = 16_384
MAX_NAME_LENGTH = 200
EXCERPT_LENGTH = 160
SUGGESTIONS = 3
SUGGESTION_CUTOFF = 0.61
LIGHTEST_KG, HEAVIEST_KG = 1, 250


def data_folder() -> Path:
    """`$JOBTWIN_DATA`, or the `data/` of this repository."""
    return Path(os.environ.get("JOBTWIN_DATA") or Path(__file__).parents[2] / "data")


def socket_path() -> str:
    return os.environ.get("JOBTWIN_SOCKET", "assistant.sock")
