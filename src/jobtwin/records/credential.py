"""credentials/<shard>/<id>/: `issued-<n>.yml` before `<n>.json` and `<n>.jwt`, and `revoked.yml`.

The highest n is served. `issued` holds everything that the decision does not, so that the unsigned
credential can be derived again from records alone. A track's credential has `track-<n>.yml` in its
place, and `clr-<n>.json` beside the others.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobtwin.records.base import Digest, Hex32, Line, Moment, ObjectId, Part, Slug, Text, TwinId
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


class TrackPart(Part):
    """A credential that a track's credential cites: the exact file, and what else is said of it."""

    twin: TwinId
    credential: Hex32
    number: Annotated[int, Field(ge=1)]
    digest: Digest
    """SHA-256 of the signed `<number>.json`."""
    outcomes: tuple[Digest, ...] = ()
    """SHA-256 of the employers' statements that were there: `outcomes/<shard>/<id>/<n>.json`."""


class IssuedTrack(LedgerRecord):
    """The credential of a whole track is about to be signed; its chain begins here.

    Above number 1 it is signed again, because a key was compromised that had signed it or a part.
    """

    kind: Literal["issued_track"] = "issued_track"
    credential: Hex32
    number: Annotated[int, Field(ge=1)]
    track: Slug
    definition: ObjectId
    """Git blob of `tracks/<track>.yml` as it was."""
    parts: Annotated[tuple[TrackPart, ...], Field(min_length=1)]
    """In the order of the track; all of one learner."""
    verification_method: Line
    jwt_key: Line
    status: StatusEntry
    supersedes: Hex32 | None = None
    """The learner's credential for this track with a lower part; it is not revoked."""
    digest: Digest
    """SHA-256 of the unsigned credential's JCS form."""


AnyIssued = Issued | IssuedTrack


class Revoked(LedgerRecord):
    """A credential no longer holds."""

    kind: Literal["revoked"] = "revoked"
    credential: Hex32
    effective: Moment
    reason: Text
    part: Hex32 | None = None
    """Of a track's credential: the part whose revocation takes it along."""
