"""credentials/<shard>/<id>/: `endorsed-<mentor>.yml` and the mentor's `endorsement-<mentor>.json`.

A credential that was signed again may be endorsed again: both names then end in the number of the
signed file, such as `endorsement-ana.2.json`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobtwin.records.base import Digest, Hex32, Line, Slug
from jobtwin.records.ledger import LedgerRecord


class Endorsed(LedgerRecord):
    """A mentor who graded the work behind a credential endorsed one signed file of it."""

    kind: Literal["endorsed"] = "endorsed"
    credential: Hex32
    number: Annotated[int, Field(ge=1)]
    """Which signed file is endorsed: `<number>.json`."""
    issued: Digest
    """The record of that signing."""
    reviewed: Digest
    """The receipt for the mentor's review that the credential rests on."""
    mentor: Slug
    mentor_key: Line
    """Fingerprint of the key in the mentor's file, which signed the endorsement."""
    endorsement: Digest
    """Of the EndorsementCredential's file."""
