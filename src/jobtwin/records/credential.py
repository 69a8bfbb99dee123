"""credentials/<shard>/<id>/: `issued-<n>.yml` before `<n>.json` and `<n>.jwt`, and `revoked.yml`.

The highest n is served. `issued` holds everything that the decision does not, so that the unsigned
credential can be derived again from records alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobtwin.records.base import Digest, Hex32, Line, Moment, Part, Text
from jobtwin.records.ledger import LedgerRecord


class StatusEntry(Part):
    """Which bit of which list says whether the credential still holds."""

    list: Annotated[int, Field(ge=1)]
    index: Annotated[int, Field(ge=0)]


class Issued(LedgerRecord):
    """A credential is about to be signed: its `at` is the credential's `validFrom`.

    Above number 1 it is signed again, because the key of the one before was compromised.
    """

    kind: Literal["issued"] = "issued"
    credential: Hex32
    number: Annotated[int, Field(ge=1)]
    attempt: Hex32
    decision: Digest
    verification_method: Line
    jwt_key: Line | None = None
    """URL of the bare JWK, the `kid` of `<n>.jwt`; absent where a credential has no JWT form."""
    status: StatusEntry
    best_of: Annotated[int, Field(ge=1)]
    """How many decided attempts of this learner at this twin it is the best of."""
    supersedes: Hex32 | None = None
    """The credential of an earlier, lower attempt; it is not revoked, its page points here."""
    digest: Digest
    """SHA-256 of the unsigned credential's JCS form."""


class Revoked(LedgerRecord):
    """A credential no longer holds."""

    kind: Literal["revoked"] = "revoked"
    credential: Hex32
    effective: Moment
    reason: Text
