"""What an operator sees of a sealed attempt, to look at what holds a bundle back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records.submission import Received
from jobtwin.repository import boxes

if TYPE_CHECKING:
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

NOTHING_SEALED = Code(
    "SEL-005",
    "there is no such sealed attempt",
    why="Only what lies in boxes has to be opened.",
    fix="Take twin and attempt from `jobtwin review held`, or from the sweep's summary.",
)


def opened(ledger: Ledger, holders: Holders, twin_id: str, attempt_id: str) -> dict[str, bytes]:
    """Return what each receipt of a sealed attempt took in, below `receipt-<n>/`."""
    attempt = ledger.attempt(twin_id, attempt_id)
    if attempt is None or attempt.started.sealed_to is None:
        raise Refused([NOTHING_SEALED.at(f"{ascii(attempt_id)[:40]} at {ascii(twin_id)[:40]}")])
    key = holders.cohort_key(attempt.started.cohort)
    return {
        f"receipt-{item.record.number}/{path}": content
        for item in attempt.all(Received)
        for path, content in boxes.kept(ledger, attempt, item.record, key).items()
    }
