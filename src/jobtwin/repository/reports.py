"""The report that an evaluation keeps, found by its record and held to the digest there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.submission import Evaluated
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from jobtwin.repository.ledger import Attempt, Ledger


def report(ledger: Ledger, attempt: Attempt) -> bytes | None:
    """Return what an attempt's last evaluation reports, None where it keeps no report.

    Raises `EngineError` where another file stands there than the record names.
    """
    evaluated = attempt.last(Evaluated)
    if evaluated is None or evaluated.record.report is None:
        return None
    path = layout.report(attempt.twin, attempt.id, evaluated.record.number)
    content = ledger.tree.read(path)
    if content is None or digest(content) != evaluated.record.report:
        raise EngineError(f"{path} is not what its record names", "run `jobtwin audit`")
    return content
