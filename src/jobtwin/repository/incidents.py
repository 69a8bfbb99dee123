"""What went wrong, as the records have it: credentials that were withdrawn, failures of ours."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.credential import Revoked
from jobtwin.records.submission import Evaluated, Received

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.repository.ledger import Ledger

LATE_NOTICE = "The forge's event was missed, and found later by the sweep."
_REVOKED = "/revoked.yml"
_SAID = ("outcome: infrastructure_error", "recovered: true")
"""A line of every record that tells of a failure; most attempts have none, and are not read."""
_WHERE = tuple(f":(glob)submissions/*/*/*/{kind}-*.yml" for kind in ("evaluated", "received"))


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A credential that does not hold any more."""

    credential: str
    name: str
    """What it was for."""
    effective: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Outage:
    """A day on which the platform failed learners in one way."""

    on: date
    twin: str
    what: str
    times: int


def withdrawals(ledger: Ledger, revoked: Iterable[str] | None = None) -> list[Withdrawal]:
    """Return every revocation, the newest first; `revoked` are the credentials, where known."""
    listed = ledger.tree.paths("credentials") if revoked is None else map(layout.revoked, revoked)
    found = [_withdrawal(ledger, path) for path in listed if path.endswith(_REVOKED)]
    return sorted(found, key=lambda item: (item.effective, item.credential), reverse=True)


def _withdrawal(ledger: Ledger, path: str) -> Withdrawal:
    record = ledger.need(Revoked, path)
    newest = ledger.issued_any(record.credential)[-1].record.number
    signed = json.loads(ledger.tree.read(layout.signed(record.credential, newest)) or b"{}")
    return Withdrawal(record.credential, str(signed.get("name")), record.effective, record.reason)


def outages(ledger: Ledger) -> list[Outage]:
    """Return when the platform failed, the newest day first."""
    return counted(_failures(ledger))


def counted(failures: Iterable[tuple[date, str, str]]) -> list[Outage]:
    """Return failures, each with its day, twin and kind, as outages, the newest day first."""
    found = (Outage(*where, times) for where, times in Counter(failures).items())
    return sorted(found, key=lambda item: (item.on, item.twin, item.what), reverse=True)


def _failures(ledger: Ledger) -> Iterator[tuple[date, str, str]]:
    words = [word for line in _SAID for word in ("-e", line)]
    commit = ledger.tree.commit
    listed = ledger.tree.git.attempt("grep", "-lzF", *words, commit, "--", *_WHERE)
    for entry in filter(None, listed.stdout.decode("utf-8", "replace").split("\0")):
        path = entry.removeprefix(f"{commit}:")
        twin, content = path.split("/")[1], ledger.tree.read(path) or b""
        model = Evaluated if "/evaluated-" in path else Received
        if found := failure(load(model, content, path).record):
            on, what = found
            yield on, twin, what


def failure(record: LedgerRecord) -> tuple[date, str] | None:
    """Return the day on which a record says that the platform failed, and how; None if not."""
    if isinstance(record, Evaluated) and record.outcome == "infrastructure_error":
        return record.at.date(), " ".join(record.notes)
    if isinstance(record, Received) and record.recovered:
        return record.at.date(), LATE_NOTICE
    return None
