"""What a mentor is given: the work as it may be seen, kept in an archive with each receipt.

It is cleaned and looked through when it comes in, since only then is known whose it is: no name is
kept for later. A bundle is put together from these archives and the records, and from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.records.submission import Blinded, Evaluated, Received
from jobtwin.repository import measurements, reports, sealed_parts, snapshot
from jobtwin.rules import forcing, gates, receipts
from jobtwin.rules.holding import Holding
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.leaks import Identifiers, Leak

WORK, INBOX, CHANGES = "work/", "inbox/", "changes.json"
REPORT = "report.md"


@dataclass(frozen=True, slots=True)
class Blind:
    """What a receipt brings, cleaned."""

    part: Blinded
    tar: bytes
    leaks: tuple[Leak, ...]


def blinded(
    work: Mapping[str, bytes], inbox: Mapping[str, bytes], known: Identifiers, ref: str
) -> Blind:
    """Return a repository and inbox files as a mentor may see them, and what still tells."""
    from jobtwin.rules.blinding import clean, manifest
    from jobtwin.rules.leaks import scan

    files = {f"{WORK}{path}": body for path, body in work.items()}
    files |= {f"{INBOX}{path}": body for path, body in inbox.items()}
    cleaned = clean(files, known)
    found = tuple(scan(cleaned.files, known))
    tar = snapshot.tar({**cleaned.files, CHANGES: manifest(cleaned)})
    part = Blinded(
        digest=digest(tar),
        ref=ref,
        changed=len(cleaned.changes) + len(cleaned.rewritten) + len(cleaned.renamed),
        left_out=len(cleaned.left_out),
        work=sum(leak.path.startswith(WORK) for leak in found),
        inbox=sum(not leak.path.startswith(WORK) for leak in found),
    )
    return Blind(part, tar, found)


def sealed(blind: Blind, attempt_id: str, cohort_key: bytes) -> Blind:
    """Return the copy of a sealed attempt as it is kept: in a box, and without a figure of it."""
    box = sealed_parts.close(blind.tar, attempt_id, cohort_key)
    part = Blinded(
        digest=digest(box),
        ref=blind.part.ref,
        changed=0,
        left_out=0,
        work=min(blind.part.work, 1),
        inbox=min(blind.part.inbox, 1),
    )
    return Blind(part, box, blind.leaks)


def held_by(attempt: Attempt) -> tuple[str, ...]:
    """Return the digests of the receipts that hold an attempt's bundle back."""
    holding = Holding()
    for item in attempt.chain:
        holding.take(item.digest, item.record)
    return holding.held_by


def bundle(
    ledger: Ledger, attempt: Attempt, twin: Twin, reading_key: bytes | None = None
) -> dict[str, bytes]:
    """Return the files of an attempt's bundle; raises `EngineError` where an archive is missing.

    `reading_key` opens the archives of a sealed attempt. `work/` is what was graded, `inbox/` the
    updates as they were last, `report.md` what the machine measured in words, the twin's report
    the figures and plots as they are kept, and `changes-<receipt>.json`, where there are any, what
    is not as it was.
    """
    every = [item.record for item in attempt.all(Received)]
    pairs = [(item.digest, item.record) for item in attempt.all(Received)]
    graded = [record for _, record in receipts.gradable(pairs, twin) if record.snapshot][:1]
    files: dict[str, bytes] = {}
    for record in every:
        if record.blinded is None:
            continue
        kept = _kept(ledger, record.blinded, reading_key)
        is_graded = record in graded
        for path, body in kept.items():
            if path.startswith(INBOX) or (is_graded and path.startswith(WORK)):
                files[path] = body
            elif path == CHANGES and (
                reading_key or record.blinded.changed + record.blinded.left_out
            ):
                files[f"changes-{record.number}.json"] = body
    if (kept_report := reports.report(ledger, attempt)) is not None:
        files[f"{twin.report.name}.json"] = kept_report
    evaluated = attempt.last(Evaluated)
    notes = evaluated.record.notes if evaluated else ()
    if evaluated and reading_key and evaluated.record.answers:
        notes = measurements.opened(ledger.tree.git, evaluated.record, reading_key).notes
    return dict(sorted({**files, REPORT: _report(attempt, twin, every, notes)}.items()))


def _kept(ledger: Ledger, part: Blinded, reading_key: bytes | None) -> dict[str, bytes]:
    place = f"{part.ref}:snapshot.tar"
    if reading_key:
        tar = sealed_parts.opened(ledger.tree.git, place, part.digest, reading_key)
        return snapshot.untar(tar)
    tar = ledger.tree.git.run("cat-file", "blob", place)
    if digest(tar) != part.digest:
        raise EngineError(f"{part.ref} does not keep what the receipt says", "run `jobtwin audit`")
    return snapshot.untar(tar)


def _report(attempt: Attempt, twin: Twin, every: list[Received], notes: Sequence[str]) -> bytes:
    """Return what the machine measured, in words; a note of a harness may quote the work."""
    from jobtwin.rules.blinding import Identifiers, clean

    lines = ["# What the machine measured", ""]
    evaluated = attempt.last(Evaluated)
    if evaluated:
        lines += [f"Outcome: {evaluated.record.outcome}", ""]
        lines += [
            f"- {item.metric}: {item.value:g}, bar {item.comparator} {item.bar:g}, "
            f"{'met' if item.met else 'not met'}"
            for item in evaluated.record.bar
        ]
        lines += [f"- {item.metric}: {item.value:g}" for item in evaluated.record.metrics]
        lines += [f"- {told}" for told in gates.told(evaluated.record)]
        lines += ["", *(f"> {note}" for note in notes)]
    forced = list(forcing.told(twin, every)) or ["Nothing was handed in by force."]
    lines += ["", *forced, ""]
    cleaned = clean({REPORT: "\n".join(lines).encode("utf-8")}, Identifiers())
    return cleaned.files.get(REPORT, b"")
