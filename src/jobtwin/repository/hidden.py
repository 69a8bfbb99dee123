"""What attempts handed in, by the digest that a hidden gold item is known by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import GitError
from jobtwin.records import layout
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import snapshot
from jobtwin.rules import hidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.repository.ledger import Attempt, Ledger


def handed_in(ledger: Ledger, attempt: Attempt) -> hidden.Handed | None:
    """Return what an attempt handed in; None where nothing was graded or no archive keeps it."""

    def blob(name: str) -> bytes | None:
        try:
            return ledger.tree.git.run("cat-file", "blob", name)
        except GitError:
            return None

    return read(attempt, ledger.tree.read, blob)


def read(
    attempt: Attempt,
    file: Callable[[str], bytes | None],
    blob: Callable[[str], bytes | None],
) -> hidden.Handed | None:
    """Return what an attempt handed in; `file` reads a path of main, `blob` an archive's file."""
    evaluated = attempt.last(Evaluated)
    graded = {item.receipt for item in evaluated.record.graded} if evaluated else set()
    receipts = [item.record for item in attempt.all(Received)]
    named = (item.record.snapshot for item in attempt.all(Received) if item.digest in graded)
    kept = next((part for part in named if part), None)
    tar = blob(f"{kept.ref}:snapshot.tar") if kept else None
    if tar is None:
        return None
    inbox: dict[str, bytes] = {}
    for receipt in receipts:
        for entry in receipt.inbox:
            path = layout.inbox_copy(attempt.twin, attempt.id, receipt.number, entry.path)
            content = file(path)
            if content is not None:
                inbox[entry.path] = content
    if attempt.started.sealed_to:
        return hidden.Handed(attempt.id, attempt.started.at, "")  # gold comes to open cohorts
    found = hidden.handed_in(snapshot.untar(tar), inbox)
    return hidden.Handed(attempt.id, attempt.started.at, found)
