"""A cohort's private pack in its box: how it is closed, and what an attempt is graded with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.pack import Packed
from jobtwin.repository import snapshot
from jobtwin.rules import packs, seeds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.records.submission import Started
    from jobtwin.repository.ledger import Ledger

SALT = "salt"


@dataclass(frozen=True, slots=True)
class Closed:
    """A pack in its box."""

    box: bytes
    digest: str
    """Of what it holds, the salt among it."""
    sealed_to: str


def close(files: Mapping[str, bytes], cohort_key: bytes, cohort: str) -> Closed:
    """Return the box of a cohort's pack; the same files give the same box."""
    secret = seeds.pack_key(cohort_key, cohort)
    public = sealing.public_half(secret)
    # The salt keeps a guess at the texts from being compared with the published digest.
    tar = snapshot.tar({**files, SALT: seeds.pack_salt(secret)})
    return Closed(sealing.seal_alike(tar, public, secret), digest(tar), public.hex())


def opened(record: Packed, box: bytes, secret: bytes) -> dict[str, bytes]:
    """Return the files of a pack; raises `EngineError` where the box is not the one on record."""
    path = layout.pack_box(record.cohort)
    if digest(box) != record.box:
        raise EngineError(f"{path} is not the box that its record names", "run `jobtwin audit`")
    try:
        tar = sealing.unseal(box, secret)
    except ValueError as error:
        raise EngineError(f"{path} cannot be opened by this key", "take the cohort's own") from (
            error
        )
    if digest(tar) != record.digest:
        raise EngineError(f"{path} holds something else than was committed to")
    files = snapshot.untar(tar)
    files.pop(SALT, None)
    return files


def of_cohort(ledger: Ledger, cohort: str) -> Packed | None:
    """Return the pack that a cohort has, if it has one."""
    found = ledger.load(Packed, layout.packed(cohort))
    return found.record if found else None


def in_force(ledger: Ledger, cohort: str, twin: str) -> str | None:
    """Return the digest of the pack that a twin is graded with in a cohort; None without one."""
    record = of_cohort(ledger, cohort)
    return record.digest if record and twin in record.twins else None


def content_for(ledger: Ledger, started: Started, secret: Callable[[], bytes]) -> bytes:
    """Return what an attempt's graded world is drawn with; empty where it started without a pack.

    `secret` gives the key of the cohort's pack. Raises `EngineError` where the pack is not the one
    that the attempt started with.
    """
    if started.pack is None:
        return b""
    record = of_cohort(ledger, started.cohort)
    if record is None or record.digest != started.pack:
        raise EngineError(
            f"the pack of cohort `{started.cohort}` is not the one that the attempt started with",
            "a pack is never changed: restore it, and run `jobtwin audit`",
        )
    box = ledger.tree.read(layout.pack_box(started.cohort)) or b""
    return opened(record, box, secret())[f"{started.twin}/{packs.CONTENT}"]
