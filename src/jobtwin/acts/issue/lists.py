"""The signed status lists, numbered: when one is full the next begins, and no place comes twice."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from jobtwin.credential.achievement import list_url
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.credential.proof import read_proof, verify_proof
from jobtwin.credential.proof import sign as sign_document
from jobtwin.credential.status import MIN_ENTRIES, index_at, status_list_credential
from jobtwin.errors import EngineError, Refused
from jobtwin.records import layout
from jobtwin.records.credential import StatusEntry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from jobtwin.credential.keys import Signer
    from jobtwin.repository.ledger import Ledger

CAPACITY = MIN_ENTRIES
"""How many credentials have their places on one list."""


def place(secret: bytes, count: int) -> StatusEntry:
    """Return where the credential after `count` others stands; `secret` is the opaque ids'."""
    number = 1 + count // CAPACITY
    # The first list was there before there were others.
    label = b"status list" if number == 1 else b"status list %d" % number
    own = hmac.new(secret, label, hashlib.sha256).digest()
    return StatusEntry(list=number, index=index_at(own, count % CAPACITY, CAPACITY))


def sign_lists(
    at: datetime,
    ledger: Ledger,
    signer: Signer,
    *,
    also_revoked: Collection[str] = (),
    begun: Iterable[int] = (),
) -> dict[str, bytes]:
    """Return the next signed version of every list, with the bits of all that is revoked.

    `begun` are the lists that this event begins, or goes on with. Raises `EngineError` when a
    fresh list does not verify.
    """
    latest = ledger.status_lists()
    revoked: dict[int, set[int]] = {number: set() for number in (*latest, *begun)}
    for identifier in ledger.credentials():
        if identifier in also_revoked or ledger.revoked(identifier):
            status = ledger.issued_any(identifier)[-1].record.status
            revoked.setdefault(status.list, set()).add(status.index)
    records = {}
    for number, indexes in sorted(revoked.items()):
        path = layout.status_list(number, latest.get(number, 0) + 1)
        records[path] = _signed(at, ledger, signer, number, indexes)
    return records


def stale(ledger: Ledger) -> Iterator[int]:
    """Yield the lists whose latest version is not signed by a key in force."""
    in_force = {
        f"{ledger.issuer.did}#{key.fragment}"
        for key in ledger.issuer_keys.keys
        if not (key.retired or key.compromised)
    }
    for number, version in ledger.status_lists().items():
        content = ledger.tree.read(layout.status_list(number, version))
        if _signed_by(content or b"") not in in_force:
            yield number


def _signed(
    at: datetime, ledger: Ledger, signer: Signer, number: int, revoked: Iterable[int]
) -> bytes:
    url = list_url(ledger.issuer, number)
    document = status_list_credential(url, ledger.issuer.did, sorted(revoked), at)
    signed = sign_document(document, signer, at)
    if verify_proof(signed, signer.public_key):
        raise EngineError("the fresh status list does not verify, so nothing was kept")
    return to_bytes(signed)


def _signed_by(content: bytes) -> str:
    try:
        return read_proof(parse_object(content)).verification_method
    except Refused:
        return ""
