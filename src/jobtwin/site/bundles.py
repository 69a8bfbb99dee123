"""bundle.json: what the site serves of a credential, in one file that outlives the site.

It holds the status list of its day, which every revocation changes for all. So the site keeps none:
a credential's page makes it when asked to (`docs/javascripts/bundle.js`), of files named here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.credential.bundle import File, Role, beginning, make, ordered
from jobtwin.credential.did import did_web_url
from jobtwin.credential.endorsement import read_endorsement
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.errors import Refused
from jobtwin.records import layout
from jobtwin.site.signed import did_path, document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.repository.ledger import Ledger

HEAD = "credentials/bundle.json"
"""What all bundles begin with; a page adds its files to it."""
_SAID = {"endorsement": Role.ENDORSEMENT, "outcome": Role.OUTCOME}
_BESIDE = re.compile(r"(endorsement|outcome)-[a-z0-9.-]+\.json")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a bundle, before anybody has read it."""

    role: Role
    url: str
    path: str
    """Where the site serves it, below its root."""


def head() -> bytes:
    """Return what all bundles begin with, as the site serves it."""
    return to_bytes(beginning())


def bundle(ledger: Ledger, identifier: str, files: Mapping[str, bytes]) -> bytes:
    """Return a credential's bundle; `files` is what the site serves, by its paths."""
    return make(
        File(part.role, part.url, files[part.path]) for part in parts(ledger, identifier, files)
    )


def listed(ledger: Ledger, identifier: str, files: Mapping[str, bytes]) -> str:
    """Return what a credential's page makes the bundle from, in the order in which it has it.

    A line for each file: role, path below the site's root, and the URL where that is another.
    """
    site = f"{ledger.issuer.url}/"
    return "\n".join(
        " ".join(
            [part.role.value, part.path, *([part.url] if part.url != site + part.path else [])]
        )
        for part in ordered(parts(ledger, identifier, files))
    )


def parts(ledger: Ledger, identifier: str, files: Mapping[str, bytes]) -> list[Part]:
    """Return the files of a credential's bundle.

    Endorsements and statements that are of an earlier file of the credential are left out.
    """
    return list(_parts(ledger, identifier, layout.credential(identifier), files))


def _parts(
    ledger: Ledger, identifier: str, folder: str, files: Mapping[str, bytes]
) -> Iterator[Part]:
    site = ledger.issuer.url

    def here(role: Role, path: str) -> Part:
        return Part(role, f"{site}/{path}", path)

    credential = files[f"{folder}/credential.json"]
    yield here(Role.CREDENTIAL, f"{folder}/credential.json")
    yield Part(Role.DID, did_web_url(ledger.issuer.did), did_path(ledger.issuer))
    yield here(Role.JWKS, layout.JWKS)
    yield here(Role.HISTORY, layout.ISSUER_KEYS)
    if f"{layout.ISSUER_KEYS}.sig" in files:
        yield here(Role.HISTORY_SIGNATURE, f"{layout.ISSUER_KEYS}.sig")
    url = document(credential)["credentialStatus"]["statusListCredential"]
    yield here(Role.STATUS, url.removeprefix(f"{site}/"))
    key = ledger.issued_any(identifier)[-1].record.jwt_key
    path, jwk = f"{folder}/credential.jwt", (key or "").removeprefix(f"{site}/")
    if key and path in files and jwk in files:
        yield here(Role.JWT, path)
        yield here(Role.JWK, jwk)
    yield from _said(ledger, identifier, credential, files)


def _said(
    ledger: Ledger, identifier: str, credential: bytes, files: Mapping[str, bytes]
) -> Iterator[Part]:
    """Yield what others said of just this file, and the keys of those who have a domain."""
    folder, documents = layout.credential(identifier), {}
    for path in sorted(path for path in files if path.startswith(f"{folder}/")):
        name = path.removeprefix(f"{folder}/")
        found = _BESIDE.fullmatch(name)
        if found is None or not read_endorsement(files[path]).is_over(credential):
            continue
        yield Part(_SAID[found[1]], f"{ledger.issuer.url}/{path}", path)
        if number := re.fullmatch(r"outcome-([0-9]+)\.json", name):
            kept = layout.served_employer_did(identifier, int(number[1]))
            if kept in files and (url := _did_url(files[path])):
                documents[url] = kept
    yield from (Part(Role.DID, url, path) for url, path in documents.items())


def _did_url(statement: bytes) -> str | None:
    try:
        return did_web_url(read_endorsement(statement).issuer)
    except Refused:
        return None
