"""attest, told: whose employers were asked and what they said, in lines and as the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records.base import stamp
from jobtwin.repository import outcomes
from jobtwin.rules import outcome as rules
from jobtwin.rules.outcome import AFTER, FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jobtwin.repository.ledger import Ledger
    from jobtwin.repository.outcomes import Story
    from jobtwin.rules.outcome import Row


def lines(ledger: Ledger, now: datetime) -> list[dict[str, str]]:
    """Return one line for each credential whose learner agreed that an employer is asked."""
    return [_line(ledger, found, now) for found in outcomes.stories(ledger)]


def _line(ledger: Ledger, found: Story, now: datetime) -> dict[str, str]:
    agreed = found.consented.record
    state, since = "agreed", f"may be asked from {stamp(agreed.began + AFTER)}"
    if found.asked:
        asked = found.asked.record
        state = rules.state(asked, outcomes.binding(ledger, found) is not None, now)
        since = f"asked {stamp(asked.at)}, answer by {stamp(asked.answer_by)}"
    return {
        "credential": found.credential,
        "twin": outcomes.started_of(ledger, found.credential).twin,
        "employer": agreed.employer,
        "state": state,
        "when": since,
    }


def data(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return the published rows for machines; of one that is too small only its name."""
    return [
        {
            "name": row.name,
            "asked": row.asked,
            "answered": row.answered,
            "silent": row.silent,
            "pending": row.pending,
            "hired": row.hired,
            "kept": row.kept,
            "again": row.again,
            "share": row.share,
            "interval": list(row.interval),
        }
        if row.is_published
        else {"name": row.name, "asked": f"fewer than {FEWEST}"}
        for row in rows
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the rows for people."""
    told = [_told(row) for row in rows]
    return "\n".join([*told, "Hired and kept is of everybody asked: silence and pending lower it."])


def _told(row: Row) -> str:
    if not row.is_published:
        return f"{row.name}: fewer than {FEWEST} were asked about, so nothing is published"
    low, high = row.interval
    return (
        f"{row.name}: {row.kept} of {row.asked} hired and kept, {row.share:.0%} "
        f"(90% interval {low:.0%} to {high:.0%}); {row.answered} answered, {row.silent} silent, "
        f"{row.pending} pending; {row.hired} hired, {row.again} would be hired again"
    )
