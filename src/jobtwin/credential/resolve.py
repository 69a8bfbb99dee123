"""What a credential refers to: the issuer's key and the status list, out of bytes already fetched.

Each can be good, bad (`Refused`), or simply not there (`NotChecked`), and the three are never
confused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from jobtwin.credential import did, shape, status
from jobtwin.credential.canonical import Canonicalise, check_text, refuse
from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.jwt import JWT_FORM, Token
from jobtwin.credential.keys import from_jwk, to_multikey
from jobtwin.credential.proof import Proof, read_proof, verify_proof
from jobtwin.errors import Refused
from jobtwin.findings import Code

WRONG_LIST = Code(
    "VC-064",
    "a status list that does not speak for this credential",
    why="Whoever can put another list in its place can undo a revocation.",
    fix="The list is signed by the credential's issuer, names the URL it stands at, is valid now "
    "and has the purpose that the credential asks for.",
)

PURPOSES = ("revocation", "suspension")
_LISTS_KEPT = 4
"""Of at most 1 MiB each, with at most 2 MiB of bits."""
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A URL that was asked for in vain, and why."""

    reason: str


Resources = Mapping[str, bytes | Unavailable]
"""URL → what a GET brought, or why it brought nothing."""


class NotChecked(Exception):  # noqa: N818 - an outcome, not an error
    """A step could not be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class StatusList:
    """A status list that its issuer signed, as it was at `valid_from`."""

    bits: bytes
    valid_from: datetime
    key: bytes
    """The public key that signed it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a credential's status stands."""

    list_url: str
    index: int
    purpose: str


def fetched(resources: Resources, url: str) -> bytes:
    """Return what stands at `url`, or raise `NotChecked`."""
    found = resources.get(url, Unavailable("it was not fetched"))
    if isinstance(found, Unavailable):
        raise NotChecked(f"{url} is not available: {found.reason}")
    return found


def issuer_key(method: str, created: datetime, issuer: str, resources: Resources) -> bytes:
    """Return the key of a verificationMethod, if `issuer` vouched for it when the proof was made.

    Raises `Refused`, `NotChecked`.
    """
    if did.controller_of(method) != issuer:
        found = f"the key belongs to {did.controller_of(method)[:200]}, not to the issuer {issuer}"
        raise Refused([did.KEY_NOT_VOUCHED.at(found, "$.proof.verificationMethod")])
    if issuer.startswith("did:key:"):
        return did.did_key_bytes(method)
    document = fetched(resources, did.did_web_url(issuer))
    return did.vouched_key(document, method, created)


def token_key(token: Token, issuer: str, resources: Resources, at: datetime) -> bytes:
    """Return the key of a JWT, if `issuer` vouches for it.

    `kid` is a DID URL or the https URL of a bare JWK, or the header holds a `jwk` (Open Badges 3.0
    §8.2.3). A key that is not named by its DID URL has to be one that the issuer's DID document
    names as well: whoever can write one file of a site cannot bring a key of his own. Raises
    `Refused`, `NotChecked`.
    """
    if token.kid.startswith("did:"):
        return issuer_key(token.kid, at, issuer, resources)
    if token.kid and not token.kid.startswith("https://"):
        found = f"kid is neither a DID URL nor an https URL: {token.kid[:200]!r}"
        raise Refused([JWT_FORM.at(found, "header.kid")])
    key = from_jwk(token.jwk or parse_object(fetched(resources, token.kid)))
    if issuer.startswith("did:key:"):
        own = to_multikey(key)
        return issuer_key(f"did:key:{own}#{own}", at, issuer, resources)
    document = fetched(resources, did.did_web_url(issuer))
    return issuer_key(did.method_of(document, key), at, issuer, resources)


def read_entry(entry: JsonObject) -> Entry:
    """Return where the status stands; raises `Refused`, and `NotChecked` for kinds unknown here."""
    if entry.get("type") != "BitstringStatusListEntry":
        raise NotChecked(f"a status of type {str(entry.get('type'))[:100]!r} is not read here")
    purpose, index = entry.get("statusPurpose"), entry.get("statusListIndex")
    if purpose not in PURPOSES or "statusSize" in entry:
        raise NotChecked(f"a status for the purpose {str(purpose)[:100]!r} is not read here")
    url = entry.get("statusListCredential")
    if not isinstance(url, str) or not url.startswith("https://"):
        found = "statusListCredential is not an https URL"
        raise Refused([WRONG_LIST.at(found, "$.credentialStatus.statusListCredential")])
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        found = f"statusListIndex is {str(index)[:100]!r}"
        raise Refused([status.LIST_INDEX.at(found, "$.credentialStatus.statusListIndex")])
    return Entry(url, int(index), str(purpose))


def read_list(
    entry: Entry, issuer: str, resources: Resources, now: datetime, using: Canonicalise
) -> StatusList:
    """Return the list of `entry`, its own signature checked; raises `Refused`, `NotChecked`.

    What the bytes alone decide is found out once for all credentials of a list.
    """
    content = fetched(resources, entry.list_url)
    document, proof = _list_document(content)
    key = issuer_key(proof.verification_method, proof.created, issuer, resources)
    _refuse_forged(content, key, using)
    subject = document.get("credentialSubject")
    subject = subject if isinstance(subject, dict) else {}
    for problem, holds in _demands(document, subject, entry, issuer, now):
        if not holds:
            raise Refused([WRONG_LIST.at(problem, entry.list_url)])
    valid_from = did.moment(document["validFrom"])
    return StatusList(_bits(content), valid_from or now, key)


@lru_cache(maxsize=_LISTS_KEPT)
def _list_document(content: bytes) -> tuple[JsonObject, Proof]:
    """Return a list and its proof, to be read only; raises `Refused`."""
    document = parse_object(content)
    refuse(check_text(document))
    refuse(shape.check_credential(document))
    return document, read_proof(document)


@lru_cache(maxsize=_LISTS_KEPT)
def _refuse_forged(content: bytes, key: bytes, using: Canonicalise) -> None:
    document, _ = _list_document(content)
    refuse(verify_proof(document, key, using))


@lru_cache(maxsize=_LISTS_KEPT)
def _bits(content: bytes) -> bytes:
    document, _ = _list_document(content)
    subject = document["credentialSubject"]
    return status.decode_list(subject.get("encodedList"))


def _demands(
    document: JsonObject, subject: JsonObject, entry: Entry, issuer: str, now: datetime
) -> list[tuple[str, bool]]:
    """Return what must hold of a list (Bitstring Status List §3.2), with what is said if not."""
    listed = document["type"] if isinstance(document["type"], list) else []
    purposes = subject.get("statusPurpose")
    valid_from = did.moment(document.get("validFrom"))
    valid_until = did.moment(document.get("validUntil"))
    return [
        (
            "its type is not BitstringStatusListCredential",
            "BitstringStatusListCredential" in listed,
        ),
        ("its issuer is not the credential's issuer", shape.issuer_id(document) == issuer),
        ("it was made for another URL", document.get("id") == entry.list_url),
        ("its subject is not a BitstringStatusList", subject.get("type") == "BitstringStatusList"),
        ("it has another purpose", entry.purpose in _purposes(purposes)),
        ("it is dated in the future", valid_from is not None and valid_from <= now),
        ("it has expired", valid_until is None or now <= valid_until),
    ]


def _purposes(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
