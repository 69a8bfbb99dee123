"""What receipts tell of a dimension, by the server's clock: when and how often, never how good.

Evidence for the mentor beside the score, like a harness's figures. It follows from the records
alone, so that an audit works it out again.
"""

from __future__ import annotations

import fnmatch
from itertools import pairwise
from typing import TYPE_CHECKING

from jobtwin.records.submission import Told
from jobtwin.rules.receipts import is_push

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.records.submission import Received, Started
    from jobtwin.records.twin import Dimension, Twin

CHECKPOINT, FILE = "checkpoint:", "file:"
PUSHES, SELF_CHECKS = "pushes", "self_checks"


def told(twin: Twin, started: Started, counted: Sequence[Received]) -> tuple[Told, ...] | None:
    """Return what receipts tell of a twin's dimensions; None where it asks for nothing.

    `counted` are those of the attempt that count, as `receipts.counted` has them.
    """
    asked = list(dict.fromkeys(name for item in twin.rubric for name in item.receipts))
    if not asked:
        return None
    return tuple(_told(name, started, counted) for name in asked if _is_open(name, started))


def _is_open(name: str, started: Started) -> bool:
    """Say whether a receipt may tell it: those of a sealed attempt say nothing of files."""
    return started.sealed_to is None or not name.startswith((FILE, SELF_CHECKS))


def _told(name: str, started: Started, counted: Sequence[Received]) -> Told:
    def minute(receipt: Received) -> float:
        return round((receipt.at - started.at).total_seconds() / 60, 1)

    if name == SELF_CHECKS:
        handed = [item for item in counted if item.checkpoint and item.self_checks]
        last = {check.id: check.answer for item in handed for check in item.self_checks}
        no = tuple(sorted(check for check, answer in last.items() if not answer))
        return Told(what=name, minutes=tuple(map(minute, handed)), answered_no=no)
    if name == PUSHES:
        found = [item for item in counted if is_push(item)]
    elif name.startswith(CHECKPOINT):
        found = [item for item in counted if item.checkpoint == name.removeprefix(CHECKPOINT)]
    else:
        found = list(_bringing(counted, name.removeprefix(FILE)))
    return Told(what=name, minutes=tuple(map(minute, found)))


def _bringing(counted: Sequence[Received], pattern: str) -> Iterator[Received]:
    """Yield the receipts by which a file came that is new, or other than before."""
    known: dict[str, str] = {}
    for receipt in counted:
        listed = {
            entry.path: entry.digest
            for entry in receipt.inbox
            if fnmatch.fnmatchcase(entry.path, pattern)
        }
        if any(known.get(path) != digest for path, digest in listed.items()):
            yield receipt
        known |= listed


def beside(dimension: Dimension, found: Sequence[Told] | None) -> Iterator[str]:
    """Yield what receipts tell of a dimension, a sentence for each thing."""
    by_name = {item.what: item for item in found or ()}
    yield from (sentence(by_name[name]) for name in dimension.receipts if name in by_name)


def sentence(item: Told) -> str:
    """Return one thing that receipts tell, in words."""
    subject, count = _subject(item.what), len(item.minutes)
    if not count:
        return f"{subject}: never."
    often = f", {count} times" if count > 1 else ""
    times = ", ".join(f"{one:g}" for one in item.minutes)
    said = f"{subject}{often}: {times} minutes after the start"
    if count > 1:
        gap = max(after - before for before, after in pairwise(item.minutes))
        said += f"; {gap:g} minutes apart at most"
    if item.what == SELF_CHECKS:
        no = ", ".join(item.answered_no or ()) or "none"
        return f"{said}; answered no: {no}."
    return f"{said}."


def _subject(what: str) -> str:
    if what.startswith(CHECKPOINT):
        return f"Checkpoint {what.removeprefix(CHECKPOINT)} handed in"
    if what.startswith(FILE):
        return f"{what.removeprefix(FILE)} new or changed"
    return {PUSHES: "Pushes", SELF_CHECKS: "Self-checks answered"}[what]
