"""The life of an issuer's keys, and what follows from it: did.json and jwks.json, byte for byte."""

from __future__ import annotations

from jobtwin import multikey
from jobtwin.credential.keys import IssuerKey, did_document, jwks
from jobtwin.credential.verdicts import counted
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.organisation import IssuerKeys

HISTORY = Code(
    "VC-034",
    "the published keys do not follow from their history",
    why="A key that no history has is smuggled in; one that is left out would be missed.",
    fix="Take keys/issuer-keys.yml, did.json and jwks.json from one commit or one site.",
)


def entries(keys: IssuerKeys) -> list[IssuerKey]:
    """Return every key that the issuer ever had, with its dates."""
    return [
        IssuerKey(
            key.fragment, multikey.decode(key.public_key), key.since, key.retired, key.compromised
        )
        for key in keys.keys
    ]


def key_files(did: str, keys: IssuerKeys) -> dict[str, bytes]:
    """Return keys/jwks.json and keys/did.json; both hold the same keys."""
    known = entries(keys)
    return {layout.JWKS: jwks(known), layout.DID: did_document(did, known)}


def check_history(history: bytes, did: str, did_json: bytes, jwks_json: bytes) -> str:
    """Return in words what a history says; raises `Refused` where the two files do not follow."""
    keys = load(IssuerKeys, history, layout.ISSUER_KEYS).record
    try:
        expected = key_files(did, keys)
    except ValueError as error:
        raise Refused([HISTORY.at(f"a key cannot be read: {error}", layout.ISSUER_KEYS)]) from error
    for path, content in ((layout.DID, did_json), (layout.JWKS, jwks_json)):
        if expected[path] != content:
            raise Refused([HISTORY.at("it is not what the history gives", path)])
    ended = sum(1 for key in keys.keys if key.retired and not key.compromised)
    stolen = sum(1 for key in keys.keys if key.compromised)
    known = counted(len(keys.keys), "key")
    return f"{known} so far, {ended} retired, {stolen} withdrawn as compromised"
