"""A cohort's private pack: sealed before the first start, opened or gone after the cohort's end."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.harness import twin_code
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.pack import Packed, Unpacked
from jobtwin.repository import moments, packs
from jobtwin.repository.export import export
from jobtwin.rules import packs as rules
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.pack import Ending
    from jobtwin.repository.ledger import Ledger

TOO_LATE = Code(
    "SEL-006",
    "the cohort's pack cannot be chosen any more",
    why="A pack that is chosen once somebody has started could be chosen for or against him.",
    fix="Seal a pack before the cohort's first start, once; the next cohort may have another.",
)
NO_COHORT = Code(
    "SEL-007",
    "there is no cohort whose key is here",
    why="A pack is closed to a key that follows from its cohort's.",
    fix="Name a cohort by its id, with `sealed_to` in its file, and hold the key of that.",
)
NOT_OPEN = Code(
    "SEL-008",
    "the pack cannot be opened here",
    why="Until its cohort ends, a pack is for those who hold the cohort's key.",
    fix="Hold the cohort's key, or wait until the pack is revealed.",
)


def pack(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    cohort_id: str,
    files: Mapping[str, bytes],
    end: Ending = "revealed",
) -> Effects:
    """Seal a pack for a cohort that nobody has started in; raises `Refused` with every finding.

    `end` says what becomes of it after the cohort, and stands on record from now on. The same
    again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    key = _key(ledger, holders, cohort_id)
    if findings := [*rules.check(files), *_unfit(ledger, files)]:
        raise Refused(findings)
    closed = packs.close(files, key, cohort_id)
    if known := packs.of_cohort(ledger, cohort_id):
        if (known.digest, known.end) == (closed.digest, end):
            return Effects(comment=_told(known))
        raise Refused([TOO_LATE.at(f"cohort `{cohort_id}` has a pack already")])
    if started := sum(one.started.cohort == cohort_id for one in ledger.every_attempt()):
        raise Refused([TOO_LATE.at(f"{started:,} attempts of `{cohort_id}` have started")])
    signer = holders.signer("clock")
    record = sign(
        Packed(
            format=1,
            at=event.at,
            event=event.id,
            key=signer.key_id,
            cohort=cohort_id,
            sealed_to=closed.sealed_to,
            digest=closed.digest,
            box=digest(closed.box),
            bytes=len(closed.box),
            files=len(files),
            twins=rules.twins(files),
            end=end,
        ),
        signer,
    )
    return Effects(
        records={layout.packed(cohort_id): write(record), layout.pack_box(cohort_id): closed.box},
        message=f"Seal the pack of cohort {cohort_id}",
        comment=_told(record),
    )


def _key(ledger: Ledger, holders: Holders, cohort_id: str) -> bytes:
    """Return a cohort's key; raises `Refused` where there is none, or another is here."""
    cohort = next((one for one in ledger.cohorts if one.id == cohort_id), None)
    if cohort is None:
        raise Refused([NO_COHORT.at(f"there is no cohort {ascii(cohort_id)[:40]}")])
    key = holders.cohort_key(cohort.id)
    if sealing.public_half(key).hex() != cohort.sealed_to:
        raise Refused([NO_COHORT.at(f"the key that is here is not the one of `{cohort.id}`")])
    return key


def _unfit(ledger: Ledger, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield what only the twins can tell: whether their worlds can be drawn with the content."""
    for twin in rules.twins(files):
        path = f"{twin}/{rules.CONTENT}"
        loaded = ledger.twin(twin)
        if loaded is None or loaded.record.harness is None:
            yield rules.STRANGER.at(f"`{twin}` is no twin that can be started", path)
            continue
        with tempfile.TemporaryDirectory() as folder:
            export(ledger.tree, ledger.tree.tree_id(f"twins/{twin}"), Path(folder))
            harness = twin_code.load(Path(folder))
            if not twin_code.takes_packs(harness):
                yield rules.STRANGER.at(f"the harness of `{twin}` takes no pack", path)
                continue
            try:
                harness.check_pack(files[path])
            except Refused as refused:
                yield from (replace(one, path=path) for one in refused.findings)
            except EngineError as error:
                yield rules.UNFIT.at(error.message, path)


def opened(ledger: Ledger, cohort_id: str, cohort_key: bytes) -> dict[str, bytes]:
    """Return the files of a cohort's pack, {} where it has none; raises `EngineError`."""
    record = packs.of_cohort(ledger, cohort_id)
    if record is None:
        return {}
    box = ledger.tree.read(layout.pack_box(cohort_id)) or b""
    return packs.opened(record, box, seeds.pack_key(cohort_key, cohort_id))


def unpacked(ledger: Ledger, holders: Holders, cohort_id: str) -> dict[str, bytes]:
    """Return the files of a cohort's pack to whoever holds its key, or to all once it is revealed.

    Raises `Refused` where there is no pack, or neither key nor revelation.
    """
    record = packs.of_cohort(ledger, cohort_id)
    if record is None:
        raise Refused([NOT_OPEN.at(f"cohort {ascii(cohort_id)[:40]} has no pack")])
    box = ledger.tree.read(layout.pack_box(cohort_id)) or b""
    if shown := ledger.load(Unpacked, layout.unpacked(cohort_id)):
        return packs.opened(record, box, bytes.fromhex(shown.record.pack_key))
    try:
        return opened(ledger, cohort_id, holders.cohort_key(cohort_id))
    except EngineError as error:
        raise Refused([NOT_OPEN.at(error.message)]) from error


def revealed(event: Event, ledger: Ledger, holders: Holders, cohort_id: str) -> dict[str, bytes]:
    """Return the record that opens the pack of a cohort that is over; {} where none is to come.

    Raises `EngineError` where the key that is here does not open the pack.
    """
    record, path = packs.of_cohort(ledger, cohort_id), layout.unpacked(cohort_id)
    if record is None or record.end != "revealed" or ledger.tree.read(path):
        return {}
    key = holders.cohort_key(cohort_id)
    opened(ledger, cohort_id, key)
    signer = holders.signer("clock")
    shown = Unpacked(
        format=1,
        at=moments.acting(ledger, event.at),
        event=event.id,
        key=signer.key_id,
        cohort=cohort_id,
        pack_key=seeds.pack_key(key, cohort_id).hex(),
    )
    return {path: write(sign(shown, signer))}


def _told(record: Packed) -> str:
    twins = ", ".join(record.twins) or "no twin; it keeps solutions alone"
    end = {
        "revealed": "It is revealed when the cohort is over.",
        "destroyed": "It is never revealed: it ends with the cohort's key.",
    }[record.end]
    return (
        f"**Cohort `{record.cohort}` has a private pack, as of {stamp(record.at)}:** "
        f"`{record.digest}`, {record.files} files, for {twins}. {end} Nobody can change it now."
    )
