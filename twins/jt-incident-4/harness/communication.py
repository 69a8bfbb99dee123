"""Status updates and the repro against the server's clock: when did what is graded arrive."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin.harness.contract import Receipt

from .alerts import BadRules, plain_yaml

LIVE_MINUTES = 90.0
UNKNOWN = -1.0
"""A time that no receipt tells."""
FIELDS = ("impact", "status", "next_update")
STATUSES = ("investigating", "identified", "monitoring", "resolved")
MAX_UPDATES = 99

_PATH = re.compile(r"(?:inbox/)?updates/([0-9]{2})\.ya?ml")


@dataclass(frozen=True, slots=True)
class Update:
    """One status update: its number, whether it is complete, and the receipt that first has it."""

    number: str
    complete: bool
    status: str
    receipt: Receipt | None


def updates_of(inbox: Mapping[str, bytes], receipts: Sequence[Receipt]) -> list[Update]:
    """Return the updates in the order of their numbers."""
    found = []
    for path in sorted(inbox):
        if match := _PATH.fullmatch(path):
            complete, status = _read(inbox[path])
            found.append(Update(match[1], complete, status, arrival(path, inbox[path], receipts)))
    return found[:MAX_UPDATES]


def arrival(path: str, content: bytes, receipts: Sequence[Receipt]) -> Receipt | None:
    """Return the first receipt whose `path` had this very content, so that edits count anew."""
    digest = hashlib.sha256(content).hexdigest()
    same = [receipt for receipt in receipts if receipt.files.get(path) == digest]
    return min(same, key=lambda receipt: receipt.minutes, default=None)


def completeness(updates: Sequence[Update]) -> float:
    """Return the share of updates with every field; 0 without updates."""
    return sum(update.complete for update in updates) / len(updates) if updates else 0.0


def first_minutes(updates: Sequence[Update]) -> float:
    """Return when the first complete update arrived in the live window, or UNKNOWN."""
    return min(_moments(updates), default=UNKNOWN)


def longest_gap(updates: Sequence[Update]) -> float:
    """Return the longest silence in minutes after the first update, or UNKNOWN without updates.

    It ends with the live window, or with the update that says `resolved`.
    """
    moments = _moments(updates)
    if not moments:
        return UNKNOWN
    resolved = [m for m, u in zip(moments, _live(updates), strict=True) if u.status == "resolved"]
    ends = [*moments[1:], *([] if resolved else [LIVE_MINUTES])]
    return max((end - start for start, end in zip(moments, ends, strict=False)), default=0.0)


def _live(updates: Sequence[Update]) -> list[Update]:
    live = [u for u in updates if u.complete and u.receipt and u.receipt.minutes <= LIVE_MINUTES]
    return sorted(live, key=lambda update: update.receipt.minutes if update.receipt else 0.0)


def _moments(updates: Sequence[Update]) -> list[float]:
    return [update.receipt.minutes for update in _live(updates) if update.receipt]


def _read(content: bytes) -> tuple[bool, str]:
    try:
        value: dict[str, Any] = plain_yaml(content)
    except BadRules:
        return False, ""
    words = {name: str(value.get(name) or "").strip() for name in FIELDS}
    status = words["status"].casefold()
    complete = all(words.values()) and len(words["impact"]) >= 20 and status in STATUSES
    return complete, status
