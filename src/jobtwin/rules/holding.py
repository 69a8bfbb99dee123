"""Which receipts hold an attempt's bundle back: those that bring what still tells whose it is.

What a later hand-in replaces holds nothing back any more; neither does what an operator released.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records.grade import Released
from jobtwin.records.submission import Received

if TYPE_CHECKING:
    from jobtwin.records.ledger import LedgerRecord


@dataclass(slots=True)
class Holding:
    """What the records of an attempt so far say of its bundle; taken in the order of the chain."""

    _work: dict[str, str | None] = field(default_factory=dict)
    """Checkpoint → receipt whose repository tells, None where the latest one does not."""
    _inbox: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """Path → digest of the file, and the receipt that brought it, if it tells."""
    _released: set[str] = field(default_factory=set)

    def take(self, digest: str, record: LedgerRecord) -> None:
        """Take a record in."""
        if isinstance(record, Released):
            self._released.update(record.receipts)
        if not isinstance(record, Received):
            return
        blinded = record.blinded
        if record.ruling == "accepted" and record.snapshot:
            tells = blinded is not None and blinded.work > 0
            self._work[record.checkpoint or ""] = digest if tells else None
        for entry in record.inbox:
            if self._inbox.get(entry.path, ("", None))[0] != entry.digest:
                tells = blinded is not None and blinded.inbox > 0
                self._inbox[entry.path] = entry.digest, digest if tells else None

    @property
    def held_by(self) -> tuple[str, ...]:
        """The digests of the receipts that hold the bundle back, sorted; () where it may go out."""
        found = {*self._work.values(), *(receipt for _, receipt in self._inbox.values())}
        return tuple(sorted({name for name in found if name} - self._released))
