"""Which URL a DID is read from, and whether what stands there vouches for a key.

`did:web` (one GET of a static file) and `did:key` (the key is the name). Fetching is left to the
edges; a document that could not be fetched is not the same as one that says no.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.keys import from_multikey, method_key
from jobtwin.errors import Refused
from jobtwin.findings import Code

DID_FORM = Code(
    "VC-032",
    "not a did:web or did:key identifier",
    why="Without a DID there is nothing that says which keys the issuer has.",
    fix="The issuer's id is did:web:<host>[:<path>…] or did:key:z6Mk….",
)
KEY_NOT_VOUCHED = Code(
    "VC-033",
    "the issuer does not vouch for the key",
    why="Anybody can sign with some key; only one that the issuer's DID document names for "
    "assertions speaks for the issuer. A withdrawn key no longer does.",
    fix="Ask the issuer for a credential signed with a current key.",
)

_HOST = re.compile(
    r"(?=.{1,253}(?:%3A|$))[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62}))*"
    r"(?:%3A[1-9][0-9]{0,4})?",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~-]+")


@lru_cache(maxsize=64)
def did_web_url(did: str) -> str:
    """Return the URL of a did:web's document (did:web §2.5.2), or raise `Refused`.

    `did:web:a.example` → `https://a.example/.well-known/did.json`;
    `did:web:a.example%3A8443:x:y` → `https://a.example:8443/x/y/did.json`.
    """
    return _base(did) + ("/did.json" if did.count(":") > 2 else "/.well-known/did.json")


@lru_cache(maxsize=64)
def jwks_url(did: str) -> str:
    """Return where an issuer of this platform publishes its JWKS, or raise `Refused`."""
    return _base(did) + "/keys/jwks.json"


def controller_of(verification_method: str) -> str:
    """Return the DID before the `#`."""
    return verification_method.partition("#")[0]


def did_key_bytes(verification_method: str) -> bytes:
    """Return the key of `did:key:z6Mk…#z6Mk…`, or raise `Refused`."""
    did, _, fragment = verification_method.partition("#")
    name = did.removeprefix("did:key:")
    if fragment != name:
        raise Refused([DID_FORM.at("the fragment of a did:key is the key once more")])
    return from_multikey(name)


def vouched_key(document_bytes: bytes, verification_method: str, created: datetime) -> bytes:
    """Return the public key of `verification_method`, or raise `Refused` saying why not.

    The document has the DID as its `id`, describes the method exactly once, under its full id and
    with the DID as `controller`, and names it in `assertionMethod` as a plain string. A key
    `revoked` at all, or that `expires` before `created`, is refused (CID 1.0 §2.2).
    """
    document = _parsed(document_bytes)
    did = controller_of(verification_method)
    if document.get("id") != did:
        raise Refused([KEY_NOT_VOUCHED.at(f"the DID document's id is not {did}")])
    methods = _list(document, "verificationMethod")
    named = [m for m in methods if isinstance(m, dict) and m.get("id") == verification_method]
    if len(named) != 1:
        times = f"describes {len(named)} times" if named else "does not describe"
        raise Refused([KEY_NOT_VOUCHED.at(f"did.json {times} {verification_method[:200]}")])
    if verification_method not in _list(document, "assertionMethod"):
        found = f"did.json does not name {verification_method} in assertionMethod"
        raise Refused([KEY_NOT_VOUCHED.at(found)])
    _refuse_dated(named[0], did, created)
    return method_key(named[0])


def method_of(document_bytes: bytes, key: bytes) -> str:
    """Return the id of the method that describes a key, an asserting one first; else `Refused`."""
    document = _parsed(document_bytes)
    methods = [m for m in _list(document, "verificationMethod") if _describes(m, key)]
    ids = [str(method.get("id")) for method in methods]
    asserting = _list(document, "assertionMethod")
    if not ids:
        raise Refused([KEY_NOT_VOUCHED.at("did.json does not describe the key that signed")])
    return next((name for name in ids if name in asserting), ids[0])


def _describes(method: Any, key: bytes) -> bool:
    try:
        return method_key(method) == key
    except Refused:
        return False  # a key of another kind


@lru_cache(maxsize=8)
def _parsed(document_bytes: bytes) -> dict[str, Any]:
    """Return the document, to be read only: whoever verifies many credentials asks for it often."""
    return parse_object(document_bytes)


def moment(text: Any) -> datetime | None:
    """Return an XML Schema dateTimeStamp as a datetime, or None if it is no such text."""
    return _moment(text) if isinstance(text, str) and len(text) <= _LONGEST_DATE else None


def written(at: datetime) -> str:
    """Write a moment to the second; where it is not in UTC, with its own offset."""
    return at.isoformat(" ", "seconds").replace("+00:00", " UTC")


@lru_cache(maxsize=64)
def _moment(text: str) -> datetime | None:
    # Kept, since several members of a credential hold one moment, each asked for more than once.
    if not _DATE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


_LONGEST_DATE = len("2026-01-01T00:00:00.000000+00:00")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def _refuse_dated(method: dict[str, Any], did: str, created: datetime) -> None:
    if method.get("controller") != did:
        raise Refused([KEY_NOT_VOUCHED.at(f"the key's controller is not {did}")])
    if "revoked" in method:
        raise Refused([KEY_NOT_VOUCHED.at("the key is marked as revoked")])
    if "expires" in method:
        expires = moment(method["expires"])
        if expires is None or created > expires:
            raise Refused([KEY_NOT_VOUCHED.at("the key had expired when the proof was made")])


def _list(document: dict[str, Any], member: str) -> list[Any]:
    value = document.get(member)
    return value if isinstance(value, list) else []


def _base(did: str) -> str:
    method, _, name = did.partition("did:web:")
    host, *segments = name.split(":")
    if method or not _HOST.fullmatch(host) or not all(map(_SEGMENT.fullmatch, segments)):
        raise Refused([DID_FORM.at(f"{did[:200]!r} is no did:web identifier")])
    host = re.sub("%3A", ":", host, flags=re.IGNORECASE)
    return "https://" + "/".join([host, *segments])
