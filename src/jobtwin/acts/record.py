"""record: every attempt of one learner, with its times and scores, for the learner.

The learner is known by an attempt: all attempts of a person carry the same opaque id. `build` makes
a page of it only where the learner asked for one, by `public_record` in the latest start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import UsageError
from jobtwin.records import layout
from jobtwin.records.base import stamp
from jobtwin.repository import learners
from jobtwin.repository.learners import Entry
from jobtwin.rules.standing import LABELS
from jobtwin.rules.standing.moments import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.repository.ledger import Attempt, Ledger


def record(ledger: Ledger, attempt_id: str, now: datetime) -> tuple[Entry, ...]:
    """Return all attempts of the learner of an attempt, the oldest first.

    Raises `UsageError` where there is no such attempt.
    """
    of_learner: dict[str, list[Attempt]] = {}
    known = None
    for attempt in ledger.every_attempt():
        of_learner.setdefault(attempt.started.subject, []).append(attempt)
        if attempt.id == attempt_id:
            known = attempt.started.subject
    if known is None:
        raise UsageError(
            f"there is no attempt {ascii(attempt_id)[:80]}",
            "its id stands in the comment on your pull request, in the link to its page",
        )
    return learners.entries(ledger, of_learner[known], _shown(ledger), now)


def _shown(ledger: Ledger) -> dict[str, str]:
    return {
        issued[-1].record.attempt: layout.credential_page(ledger.issuer.url, name)
        for name in ledger.credentials()
        if (issued := ledger.issued(name))
    }


def text(found: Sequence[Entry]) -> str:
    """Return entries for a terminal."""
    return "\n\n".join("\n".join(_lines(entry)) for entry in found)


def _lines(entry: Entry) -> Iterator[str]:
    yield f"{entry.title}, attempt {entry.number}"
    yield f"  {LABELS[entry.label]}"
    yield f"  started    {moment(entry.started)}"
    if entry.handed_in:
        yield f"  handed in  {moment(entry.handed_in)}"
    if entry.decided and entry.overall is not None:
        bar = "met" if entry.bar_met else "missed"
        yield f"  decided    {moment(entry.decided)}"
        yield f"  overall    {entry.overall:.4g} of 1, {entry.threshold:g} needed; bar {bar}"
    if entry.credential:
        yield f"  credential {entry.credential}"
    yield f"  id         {entry.attempt}"


def data(found: Sequence[Entry]) -> list[dict[str, object]]:
    """Return entries for machines; moments as records write them."""
    return [
        {
            name: stamp(value) if name in ("started", "handed_in", "decided") and value else value
            for name in Entry.__slots__
            for value in (getattr(entry, name),)
        }
        for entry in found
    ]
