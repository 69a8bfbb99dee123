"""What every record that the platform writes has: time, event, chain and signature.

A record is signed over the JCS form (RFC 8785) of everything but its `signature`, with the key of
the act that wrote it. `previous` is the SHA-256 of the preceding record's file in the same chain,
so that `sha256sum` is all it takes to follow one.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from jobtwin.records.base import Digest, Moment, Record, Symbol

ActKeyId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Signature = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{86}$")]
EventId = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)?:[A-Za-z0-9._:-]+$")]


class LedgerRecord(Record):
    """A signed and chained record; `kind` names its format."""

    kind: Symbol
    at: Moment
    event: EventId
    """The forge event that this record answers, `kind:id`."""
    previous: Digest | None = None
    """None only for the first record of a chain."""
    key: ActKeyId
    signature: Signature | None = None
    """base64url without padding; None only while the record is being made."""
