"""What lies outside a default clone, compared with the records that name it by its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import measurements
from jobtwin.rules.ledger import digest
from jobtwin.rules.replay.places import ARCHIVE_DIFFERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.acts.audit.report import Notes
    from jobtwin.repository.history import Objects

_SNAPSHOT = "snapshot.tar"


def check(record: Received | Evaluated, path: str, objects: Objects, notes: Notes) -> None:
    """Compare every archive that a record names, as far as this clone has it."""
    for kind, place, hashed in _named(record):
        kept = objects.blob(place)
        if kept is None:
            notes.lack(kind)
        elif digest(kept) != hashed:
            message = f"{place.partition(':')[0]} keeps other {kind} than the record names"
            notes.take([ARCHIVE_DIFFERS.at(message, path)])
        else:
            notes.count(kind)


def _named(record: Received | Evaluated) -> Iterator[tuple[str, str, str]]:
    """Yield what it is, the object that keeps it, and its digest."""
    if isinstance(record, Evaluated):
        if (answers := record.answers) and answers.ref:
            yield "kept answers", f"{answers.ref}:{measurements.NAME}", answers.digest
        return
    for kind, named in (("snapshots", record.snapshot), ("blinded copies", record.blinded)):
        if named is not None:
            yield kind, f"{named.ref}:{_SNAPSHOT}", named.digest
