"""bundle.json beside each credential: what the site serves of it, in one file that outlives it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from jobtwin.credential.bundle import File, Role, make
from jobtwin.credential.did import did_web_url
from jobtwin.credential.endorsement import read_endorsement
from jobtwin.errors import Refused
from jobtwin.records import layout
from jobtwin.site.signed import did_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.repository.ledger import Ledger

NAME = "bundle.json"
_SAID = {"endorsement": Role.ENDORSEMENT, "outcome": Role.OUTCOME}
_BESIDE = re.compile(r"(endorsement|outcome)-[a-z0-9.-]+\.json")


def bundle(ledger: Ledger, identifier: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a credential's bundle by its path on the site; `files` is what the site serves.

    Endorsements and statements that are of an earlier file of the credential are left out.
    """
    folder = layout.credential(identifier)
    made = make(_files(ledger, identifier, folder, files))
    return {f"{folder}/{NAME}": made}


def _files(
    ledger: Ledger, identifier: str, folder: str, files: Mapping[str, bytes]
) -> Iterator[File]:
    site = ledger.issuer.url
    credential = files[f"{folder}/credential.json"]
    yield File(Role.CREDENTIAL, f"{site}/{folder}/credential.json", credential)
    yield File(Role.DID, did_web_url(ledger.issuer.did), files[did_path(ledger.issuer)])
    yield File(Role.JWKS, f"{site}/{layout.JWKS}", files[layout.JWKS])
    yield File(Role.HISTORY, f"{site}/{layout.ISSUER_KEYS}", files[layout.ISSUER_KEYS])
    if signature := files.get(f"{layout.ISSUER_KEYS}.sig"):
        yield File(Role.HISTORY_SIGNATURE, f"{site}/{layout.ISSUER_KEYS}.sig", signature)
    url = json.loads(credential)["credentialStatus"]["statusListCredential"]
    yield File(Role.STATUS, url, files[url.removeprefix(f"{site}/")])
    key = ledger.issued_any(identifier)[-1].record.jwt_key
    path, jwk = f"{folder}/credential.jwt", (key or "").removeprefix(f"{site}/")
    if key and path in files and jwk in files:
        yield File(Role.JWT, f"{site}/{path}", files[path])
        yield File(Role.JWK, key, files[jwk])
    yield from _said(ledger, identifier, credential, files)


def _said(
    ledger: Ledger, identifier: str, credential: bytes, files: Mapping[str, bytes]
) -> Iterator[File]:
    """Yield what others said of just this file, and the keys of those who have a domain."""
    folder, documents = layout.credential(identifier), {}
    for path in sorted(files):
        name = path.removeprefix(f"{folder}/")
        found = _BESIDE.fullmatch(name) if name != path else None
        if found is None or not read_endorsement(files[path]).is_over(credential):
            continue
        yield File(_SAID[found[1]], f"{ledger.issuer.url}/{path}", files[path])
        if number := re.fullmatch(r"outcome-([0-9]+)\.json", name):
            kept = ledger.tree.read(layout.employer_did(identifier, int(number[1])))
            if kept is not None and (url := _did_url(files[path])):
                documents[url] = kept
    yield from (File(Role.DID, url, content) for url, content in documents.items())


def _did_url(statement: bytes) -> str | None:
    try:
        return did_web_url(read_endorsement(statement).issuer)
    except Refused:
        return None
