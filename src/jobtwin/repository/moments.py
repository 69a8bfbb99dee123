"""What main knows of the time, beside the moment that an event bears.

An event's moment is when it happened. Its job may run much later: a queue was long, or an approval
was waited for. A record with such a moment looks back-dated to everybody who has the history only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jobtwin.records.organisation import IntakePolicy

if TYPE_CHECKING:
    from jobtwin.repository.ledger import Ledger


def known(ledger: Ledger) -> datetime:
    """Return the latest moment that main knows: that of its last commit, by the committer."""
    seconds = ledger.tree.git.text("show", "-s", "--format=%ct", ledger.tree.commit)
    return datetime.fromtimestamp(int(seconds), UTC)


def is_delayed(ledger: Ledger, at: datetime) -> bool:
    """Say whether main is further than an event by more than the policy's skew."""
    skew = timedelta(seconds=ledger.policy(IntakePolicy, at).skew_seconds)
    return at < known(ledger) - skew


def acting(ledger: Ledger, at: datetime) -> datetime:
    """Return when an act takes place: at its event, or now where that was long on its way.

    The latest moment on main stands for now, so that time goes forward there.
    """
    return known(ledger) if is_delayed(ledger, at) else at
