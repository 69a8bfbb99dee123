"""Our credentials in all their forms, good and bad, with the site that each points at.

A kind of credential that is new here (an endorsement, a track) is one more `Case` in `own_cases`:
every verifier is asked about it, and the table has a row more.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench import credentials
from bench.interop import statements
from jobtwin.credential import baking, did
from jobtwin.credential.bundle import MAX_BUNDLE_BYTES
from jobtwin.credential.jsonbytes import jcs, parse_object, to_bytes
from jobtwin.credential.jwt import to_jwt
from jobtwin.credential.keys import (
    base64url_decode,
    base64url_encode,
    thumbprint,
    timestamp,
    to_jwk,
)
from jobtwin.credential.proof import sign, unsigned
from jobtwin.errors import UsageError
from jobtwin.site.signed import PICTURES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobtwin.credential.keys import SeedSigner

GENUINE, REVOKED, REFUSED = "genuine", "revoked", "refused"
JSON, JWT, PICTURE = "JSON-LD", "JWT", "picture"
Site = dict[str, bytes]
"""URL → file."""


@dataclass(frozen=True, slots=True)
class Case:
    """A credential with the site that it points at, and what every verifier must say of it."""

    name: str
    content: bytes
    site: Site
    expected: str
    now: datetime = credentials.NOW
    form: str = JSON
    """JSON, JWT, or PICTURE with JSON in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verifier said of a case."""

    verdict: str
    """GENUINE, REVOKED, REFUSED, or nothing where the form is not one it reads."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    """What the cases are made of."""

    desk: credentials.Desk
    document: dict[str, Any]
    site: Site

    @property
    def signer(self) -> SeedSigner:
        return self.desk.signer

    def signed(self, **changed: Any) -> dict[str, Any]:
        return sign(self.document | changed, self.signer, credentials.ISSUED_AT)

    def jwt(self, **changed: Any) -> bytes:
        return to_jwt(self.document | changed, self.signer, bare_jwk_url(self.desk))


def bare_jwk_url(desk: credentials.Desk) -> str:
    """Return where the issuer's key stands as a bare JWK: what a JWT's `kid` names."""
    return f"{desk.issuer.url}/keys/{thumbprint(desk.signer.public_key)}.jwk.json"


def own_cases() -> list[Case]:
    """Return every case, freshly signed; the same bytes each time."""
    desk = credentials.desk(1)
    document = desk.documents[0]
    fine = sign(desk.status_list(), desk.signer, credentials.ISSUED_AT)
    site = {
        did.did_web_url(desk.issuer.did): desk.did_json,
        did.jwks_url(desk.issuer.did): desk.jwks_json,
        desk.status_url: to_bytes(fine),
        bare_jwk_url(desk): jcs(to_jwk(desk.signer.public_key)),
    }
    made = _Made(desk, document, site)
    cases = [*_json_cases(made), *_set_cases(made), *_jwt_cases(made), *_pictures(made)]
    return [*cases, *_said_of_it(made), *_put_together(made)]


def _json_cases(made: _Made) -> list[Case]:
    desk, site = made.desk, made.site
    signed = made.signed()
    genuine = to_bytes(signed)
    revoking = _revoking(made)
    bad = parse_object(revoking[desk.status_url])
    cleared = bad | {"credentialSubject": desk.status_list()["credentialSubject"]}
    withdrawn = parse_object(desk.did_json) | {"assertionMethod": []}
    did_url, expired = did.did_web_url(desk.issuer.did), made.signed(validUntil=_past())
    return [
        Case("genuine", genuine, site, GENUINE),
        Case("revoked", genuine, revoking, REVOKED),
        Case("a score altered", to_bytes(_altered(signed)), site, REFUSED),
        Case(
            "its revocation undone", genuine, site | {desk.status_url: to_bytes(cleared)}, REFUSED
        ),
        Case("its key withdrawn", genuine, site | {did_url: to_bytes(withdrawn)}, REFUSED),
        Case("expired", to_bytes(expired), site, REFUSED),
        Case("its status list gone", genuine, _without(site, desk.status_url), REFUSED),
    ]


def _set_cases(made: _Made) -> list[Case]:
    """Return the proof in other arrangements: alone, and beside one of another suite."""
    signed = made.signed()
    alone = signed | {"proof": signed["proof"][0]}
    both = signed | {"proof": [*signed["proof"], _jcs_proof(made)]}
    return [
        Case("its proof as an object", to_bytes(alone), made.site, GENUINE),
        Case("its proof as an object, revoked", to_bytes(alone), _revoking(made), REVOKED),
        Case("a proof set, rdfc and jcs", to_bytes(both), made.site, GENUINE),
        Case("a proof set, a score altered", to_bytes(_altered(both)), made.site, REFUSED),
    ]


def _jwt_cases(made: _Made) -> list[Case]:
    genuine = made.jwt()
    head, payload, signature = genuine.split(b".")
    other = parse_object(_decoded(payload)) | {"name": "Another achievement"}
    forged = b".".join([head, base64url_encode(jcs(other)).encode(), signature])
    return [
        Case("JWT, genuine", genuine, made.site, GENUINE, form=JWT),
        Case("JWT, revoked", genuine, _revoking(made), REVOKED, form=JWT),
        Case("JWT, its name altered", forged, made.site, REFUSED, form=JWT),
        Case("JWT, expired", made.jwt(validUntil=_past()), made.site, REFUSED, form=JWT),
    ]


def _pictures(made: _Made) -> list[Case]:
    genuine = to_bytes(made.signed())
    drawings = credentials.PROJECT / "twins" / credentials.TWIN
    return [
        Case(
            f"baked into {name}",
            baking.bake(baking.frame((drawings / name).read_bytes()), genuine),
            made.site,
            GENUINE,
            form=PICTURE,
        )
        for name in PICTURES
    ]


def _said_of_it(made: _Made) -> list[Case]:
    """Return a mentor's endorsement and an employer's statement, and each with a word altered."""
    # The file that stays, not the id, at which another one stands once it is signed again.
    signed, url = to_bytes(made.signed()), made.document["id"].replace("credential.json", "1.json")
    word = statements.endorsement(signed, url)
    statement, employer = statements.statement(signed, url)
    site = made.site | employer
    named = {"endorsement by a mentor, did:key": word, "employer's statement, did:web": statement}
    return [
        case
        for name, content in named.items()
        for case in (
            Case(name, content, site, GENUINE),
            Case(f"{name}, altered", _renamed(content), site, REFUSED),
        )
    ]


def _put_together(made: _Made) -> list[Case]:
    """Return a track's credential and the learner record with its parts."""
    track, record = statements.track(made.desk)
    listed = int(track["credentialStatus"]["statusListIndex"])
    revoking = _revoking(made, listed)
    return [
        Case("track", to_bytes(track), made.site, GENUINE),
        Case("track, revoked", to_bytes(track), revoking, REVOKED),
        Case("track, a score altered", to_bytes(_altered(track)), made.site, REFUSED),
        Case("learner record (CLR 2.0)", to_bytes(record), made.site, GENUINE),
        Case("learner record, revoked", to_bytes(record), revoking, REVOKED),
        Case("learner record, altered", _renamed(to_bytes(record)), made.site, REFUSED),
    ]


def _renamed(content: bytes) -> bytes:
    return to_bytes(parse_object(content) | {"name": "Another name"})


def _jcs_proof(made: _Made) -> dict[str, Any]:
    """Return a proof of the other EdDSA suite (vc-di-eddsa §3.3) by the same key."""
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": timestamp(credentials.ISSUED_AT),
        "verificationMethod": made.signer.key_id,
        "proofPurpose": "assertionMethod",
        "@context": made.document["@context"],
    }
    from openvc.multibase import encode_multibase

    hashes = [hashlib.sha256(jcs(part)).digest() for part in (proof, unsigned(made.document))]
    return proof | {"proofValue": encode_multibase(made.signer.sign(b"".join(hashes)))}


def _revoking(made: _Made, entry: int | None = None) -> Site:
    """Return the site once the credential is revoked, or what has another entry."""
    if entry is None:
        entry = int(made.document["credentialStatus"]["statusListIndex"])
    bad = sign(made.desk.status_list((entry,)), made.signer, credentials.ISSUED_AT)
    return made.site | {made.desk.status_url: to_bytes(bad)}


def _past() -> str:
    return timestamp(credentials.ISSUED_AT + timedelta(hours=1))


def _altered(signed: dict[str, Any]) -> dict[str, Any]:
    other = copy.deepcopy(signed)
    other["credentialSubject"]["result"][0]["value"] = "1.00"
    return other


def _without(site: Site, url: str) -> Site:
    return {name: body for name, body in site.items() if name != url}


def _decoded(part: bytes) -> bytes:
    return base64url_decode(part.decode("ascii"))


def site_cases(folder: Path, now: datetime) -> list[Case]:
    """Return every signed file of a built site, and each that is JSON-LD with its name altered.

    `expected` is empty for what is published: what that is, its reader has to say. Raises
    `UsageError` where there is none.
    """
    found = sorted(folder.glob("credentials/*/*/credential.json"))
    if not found:
        raise UsageError(f"{folder} holds no credentials", "name the folder of a built site")
    return [case for path in found for case in _published_forms(folder, path.parent, now)]


def _published_forms(folder: Path, place: Path, now: datetime) -> Iterator[Case]:
    base = parse_object((place / "credential.json").read_bytes())["id"].split("/credentials/")[0]
    site = {f"{base}/{p.relative_to(folder)}": p.read_bytes() for p in _published(folder)}
    forms = {path: form for path in sorted(place.iterdir()) if (form := _form(path))}
    contents = {path: path.read_bytes() for path in forms}
    # The clock of a demonstration runs ahead of this machine's.
    dated = [_dated(content) for content in (*contents.values(), *site.values())]
    now = max(now, *filter(None, dated))
    for path, form in forms.items():
        name = str(path.relative_to(folder))
        yield Case(name, contents[path], site, "", now, form)
        if form == JSON:
            yield Case(f"{name}, altered", _renamed(contents[path]), site, REFUSED, now)


def _form(path: Path) -> str:
    """Return how a published file holds a credential; nothing if it does not hold one."""
    if path.suffix == ".json":
        is_signed = "proof" in parse_object(path.read_bytes(), max_bytes=MAX_BUNDLE_BYTES)
        return JSON if is_signed else ""
    return {".jwt": JWT, ".png": PICTURE, ".svg": PICTURE}.get(path.suffix, "")


def _published(folder: Path) -> list[Path]:
    """Return the issuer's files; an employer's stand at the employer's own address."""
    patterns = (".well-known/did.json", "did.json", "status/*.json", "keys/*.json")
    return [path for pattern in patterns for path in sorted(folder.glob(pattern))]


def _dated(content: bytes) -> datetime | None:
    if not content.lstrip().startswith(b"{"):
        return None
    return did.moment(parse_object(content).get("validFrom"))
