"""How records are signed, chained and attributed to the key of the act that wrote them."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Protocol, TypeVar

from jobtwin import canonicaljson, multikey
from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Act, ActKey

FORGED = Code(
    "LED-001",
    "a record's signature does not hold",
    why="The record was not written by the act that it claims, or was changed afterwards.",
    fix="Compare the record with the commit that added it; restore what the platform wrote.",
)
WRONG_KEY = Code(
    "LED-002",
    "a record is signed with a key that may not write it",
    why="Each act has a key of its own, so that a stolen one cannot do another's work.",
    fix="Find out who used the key; `docs/explanation/keys.md` says how to recover.",
)
BROKEN_CHAIN = Code(
    "LED-003",
    "a record does not follow the one before it",
    why="A record was removed, inserted or replaced.",
    fix="Restore the record that `previous` names.",
)
BACK_IN_TIME = Code(
    "LED-004",
    "a record is older than the one before it",
    why="Time on the server only goes forward; a record was back-dated.",
    fix="Find the commit that added the record and what wrote it.",
)

WRITTEN_BY: Mapping[str, Act] = {
    "started": "start",
    "received": "receive",
    "published": "receive",
    "evaluated": "evaluate",
    "expired": "sweep",
    "revealed": "sweep",
    "destroyed": "sweep",
    "packed": "sweep",
    "unpacked": "sweep",
    "claim": "claim",
    "released": "claim",
    "reviewed": "review",
    "decision": "decide",
    "appealed": "appeal",
    "reopened": "calibrate",
    "handed": "calibrate",
    "calibrated": "calibrate",
    "drifted": "calibrate",
    "retired": "calibrate",
    "issued": "issue",
    "issued_track": "issue",
    "revoked": "revoke",
    "endorsed": "review",
    "consented": "attest",
    "asked": "attest",
    "attested": "attest",
}
"""Which act writes a kind of record."""

L = TypeVar("L", bound="LedgerRecord")


class Signer(Protocol):
    """Whoever can sign with a key; where the key lies is nobody else's business."""

    @property
    def key_id(self) -> str:
        """The id that the public half is published under."""

    def sign(self, payload: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature."""


def digest(content: bytes) -> str:
    """Return a content's SHA-256 as records write it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def payload(record: LedgerRecord) -> bytes:
    """Return what is signed: the JCS form (RFC 8785) of everything but the signature."""
    data = record.model_dump(mode="json", exclude_none=True, exclude={"signature"})
    return canonicaljson.dumps(data)


def sign(record: L, signer: Signer) -> L:
    """Return the record with its signature; `key` must already name the signer's key."""
    signature = base64.urlsafe_b64encode(signer.sign(payload(record))).rstrip(b"=").decode("ascii")
    return record.model_copy(update={"signature": signature})


def check_record(
    record: LedgerRecord,
    path: str,
    keys: Mapping[str, ActKey],
    previous: tuple[str, datetime] | None,
    holds: Callable[[LedgerRecord, str], bool] | None = None,
) -> Iterator[Finding]:
    """Yield what is wrong with a record's key, signature, place in the chain and time.

    `previous` is the digest and the time of the record before it, None for a chain's first;
    `holds` does what `is_signed` does, or knows what it would say.
    """
    yield from _check_key(record, path, keys, holds or is_signed)
    if record.previous != (previous[0] if previous else None):
        expected = previous[0] if previous else "nothing: it would be the first"
        yield BROKEN_CHAIN.at(f"it follows {record.previous}, not {expected}", path)
    # These bear the moment of the event that asked for them, and others may have overtaken it.
    overtaken = record.kind in ("received", "evaluated")
    if previous and record.at < previous[1] and not overtaken:
        yield BACK_IN_TIME.at(
            f"it says {record.at:%Y-%m-%d %H:%M:%S} UTC, earlier than the record before it", path
        )


def _check_key(
    record: LedgerRecord,
    path: str,
    keys: Mapping[str, ActKey],
    holds: Callable[[LedgerRecord, str], bool],
) -> Iterator[Finding]:
    key = keys.get(record.key)
    if key is None:
        yield WRONG_KEY.at(f"key `{record.key}` is not in keys/acts.yml", path)
        return
    act = WRITTEN_BY[record.kind]
    if act not in key.acts:
        yield WRONG_KEY.at(f"`{record.kind}` is for `{act}`; key `{key.id}` may not do that", path)
    if record.at < key.since or (key.until and record.at > key.until):
        yield WRONG_KEY.at(
            f"key `{key.id}` was not in force at {record.at:%Y-%m-%d %H:%M} UTC", path
        )
    if not holds(record, key.public_key):
        yield FORGED.at(f"the signature by `{key.id}` does not hold", path)


def is_signed(record: LedgerRecord, public_key: str) -> bool:
    """Say whether a record's signature is that of a key, a multikey."""
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey

    try:
        signature = base64.urlsafe_b64decode((record.signature or "") + "==")
        VerifyKey(multikey.decode(public_key)).verify(payload(record), signature)
    except (CryptoError, ValueError):
        return False
    return True
