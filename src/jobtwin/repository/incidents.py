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
    from collections.abc import Iterator
    from datetime import date, datetime

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


def withdrawals(ledger: Ledger) -> list[Withdrawal]:
    """Return every revocation, the newest first."""
    paths = (path for path in ledger.tree.paths("credentials") if path.endswith(_REVOKED))
    found = [_withdrawal(ledger, path) for path in paths]
    return sorted(found, key=lambda item: (item.effective, item.credential), reverse=True)


def _withdrawal(ledger: Ledger, path: str) -> Withdrawal:
    record = ledger.need(Revoked, path)
    newest = ledger.issued_any(record.credential)[-1].record.number
    signed = json.loads(ledger.tree.read(layout.signed(record.credential, newest)) or b"{}")
    return Withdrawal(record.credential, str(signed.get("name")), record.effective, record.reason)


def outages(ledger: Ledger) -> list[Outage]:
    """Return when the platform failed, the newest day first."""
    counted = Counter(_failures(ledger))
    found = (Outage(*where, times) for where, times in counted.items())
    return sorted(found, key=lambda item: (item.on, item.twin, item.what), reverse=True)


def _failures(ledger: Ledger) -> Iterator[tuple[date, str, str]]:
    words = [word for line in _SAID for word in ("-e", line)]
    commit = ledger.tree.commit
    listed = ledger.tree.git.attempt("grep", "-lzF", *words, commit, "--", *_WHERE)
    for entry in filter(None, listed.stdout.decode("utf-8", "replace").split("\0")):
        path = entry.removeprefix(f"{commit}:")
        twin, content = path.split("/")[1], ledger.tree.read(path) or b""
        if "/evaluated-" in path:
            evaluated = load(Evaluated, content, path).record
            if evaluated.outcome == "infrastructure_error":
                yield evaluated.at.date(), twin, " ".join(evaluated.notes)
        elif (receipt := load(Received, content, path).record).recovered:
            yield receipt.at.date(), twin, LATE_NOTICE
