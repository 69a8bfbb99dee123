"""When a cohort has ended: nothing of it can be started, handed in, graded or appealed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records.grade import Decision
from jobtwin.records.submission import Expired
from jobtwin.rules import panel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jobtwin.records.ledger import LedgerRecord


def is_over(chain: Sequence[LedgerRecord], now: datetime, appeal_days: int) -> bool:
    """Say whether an attempt's last word is spoken.

    It has expired, or it is decided and cannot be appealed against any more.
    """
    if any(isinstance(record, Expired) for record in chain):
        return True
    if not panel.is_settled(chain):
        return False
    decision = next(record for record in reversed(chain) if isinstance(record, Decision))
    heard = panel.was_heard(chain)
    return bool(panel.not_appealable(decision, now, appeal_days, was_heard=heard))
