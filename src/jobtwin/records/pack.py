"""cohorts/<cohort>.packed.yml, .unpacked.yml: private content of an operator, for one cohort.

A pack is a folder: `pack.yml` says where its texts come from, `<twin>/content.yml` is what the
twin's graded worlds are drawn with, `<twin>/proofs/` keeps solutions that nobody is shown. What
must hold of the whole is `rules.packs`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobtwin.records.base import Digest, Hex64, Line, Record, Slug, Text, TwinId
from jobtwin.records.ledger import LedgerRecord

Ending = Literal["revealed", "destroyed"]


class PackNote(Record):
    """pack.yml: what a pack is, and by which right its texts are used."""

    title: Line
    licence: Line
    """An SPDX expression, or a few words: what may be done with the texts once they are shown."""
    origin: Text
    """Who wrote the texts, or where they are taken from."""


class Packed(LedgerRecord):
    """cohorts/<cohort>.packed.yml: the pack that a cohort's graded worlds are drawn with.

    It is there before the cohort's first start and never changes, so that nobody can choose it
    later. The box lies beside it.
    """

    kind: Literal["packed"] = "packed"
    cohort: Slug
    sealed_to: Hex64
    """X25519 public key of this pack alone; its secret follows from the cohort's key."""
    digest: Digest
    """SHA-256 of what the box holds, a salt among it."""
    box: Digest
    bytes: Annotated[int, Field(ge=1)]
    """Of the box."""
    files: Annotated[int, Field(ge=1)]
    twins: tuple[TwinId, ...] = ()
    """Whose graded worlds are drawn with it."""
    end: Ending
    """What becomes of it after the cohort: opened for everybody, or gone with the cohort's key."""


class Unpacked(LedgerRecord):
    """cohorts/<cohort>.unpacked.yml: the secret that opens a cohort's pack, after its end."""

    kind: Literal["unpacked"] = "unpacked"
    cohort: Slug
    pack_key: Hex64
