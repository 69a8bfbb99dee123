"""The results of a twin's attempts as a commit has them: one record each, not the whole chain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.grade import Decision
from jobtwin.repository import queues
from jobtwin.rules.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.repository.ledger import Ledger


_LEARNER = re.compile(rb"^subject: ['\"]?([0-9a-f]{32})['\"]?$", re.MULTILINE)
_NUMBER = re.compile(rb"^number: ([1-9][0-9]*)$", re.MULTILINE)
"""Of the record that opens an attempt only these are read, and by the thousand."""


def results(ledger: Ledger, twin_id: str) -> Iterator[Result]:
    """Yield the attempts that were decided, with the decision that stands: an appeal's, if any."""
    for name in queues.ids(ledger, twin_id):
        decision = _decision(ledger, twin_id, name)
        started = ledger.tree.read(layout.started(twin_id, name)) if decision else None
        learner, number = (found.search(started or b"") for found in (_LEARNER, _NUMBER))
        if decision and learner and number:
            yield Result(learner[1].decode("ascii"), int(number[1]), decision)


def _decision(ledger: Ledger, twin_id: str, name: str) -> Decision | None:
    for number in (2, 1):
        path = layout.decision(twin_id, name, number)
        if (content := ledger.tree.read(path)) is not None:
            return load(Decision, content, path).record
    return None
