"""The results of a twin's attempts as a commit has them: two records each, not the whole chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.grade import Decision
from jobtwin.records.submission import Started
from jobtwin.repository import queues
from jobtwin.rules.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.repository.ledger import Ledger


def results(ledger: Ledger, twin_id: str) -> Iterator[Result]:
    """Yield the attempts that were decided, with the decision that stands: an appeal's, if any."""
    for name in queues.ids(ledger, twin_id):
        decision = _decision(ledger, twin_id, name)
        started = ledger.tree.read(layout.started(twin_id, name))
        if decision and started:
            first = load(Started, started, layout.started(twin_id, name)).record
            yield Result(first.subject, first.number, decision)


def _decision(ledger: Ledger, twin_id: str, name: str) -> Decision | None:
    for number in (2, 1):
        path = layout.decision(twin_id, name, number)
        if (content := ledger.tree.read(path)) is not None:
            return load(Decision, content, path).record
    return None
