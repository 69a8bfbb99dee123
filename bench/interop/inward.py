"""Credentials that others' libraries sign, and the specification's own examples, for our verifier.

Each has the outcome that it must have: verified, or refused with a code and for that reason only.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bench import credentials, node
from bench.interop.strangers import FOLDER
from jobtwin.credential import did, verify
from jobtwin.credential.contexts import OB, VC, pinned
from jobtwin.credential.jsonbytes import jcs, to_bytes
from jobtwin.credential.keys import (
    IssuerKey,
    SeedSigner,
    did_document,
    thumbprint,
    timestamp,
    to_jwk,
    to_multikey,
)
from jobtwin.credential.keys import base64url_encode as encode
from jobtwin.credential.proof import sign, unsigned
from jobtwin.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALID = "valid"
SEED = credentials.entropy("a stranger")
WEB = "did:web:strangers.example"
_PUBLIC = SeedSigner("", SEED).public_key
KEY = f"did:key:{to_multikey(_PUBLIC)}"
METHODS = {WEB: f"{WEB}#signing-1", KEY: f"{KEY}#{to_multikey(_PUBLIC)}"}
BARE = "https://strangers.example/key.json"
SITE = {
    did.did_web_url(WEB): did_document(
        WEB, [IssuerKey("signing-1", _PUBLIC, credentials.ISSUED_AT)]
    ),
    BARE: jcs(to_jwk(_PUBLIC)),
}


@dataclass(frozen=True, slots=True)
class Foreign:
    """A credential that is not ours, and what our verifier must find."""

    maker: str
    name: str
    content: bytes
    expected: tuple[str, ...] = ()
    """Codes of the findings; none where it must be verified."""


@dataclass(frozen=True, slots=True)
class Found:
    """What our verifier said of it."""

    foreign: Foreign
    signature: str
    codes: tuple[str, ...]
    words: str

    @property
    def as_expected(self) -> bool:
        """Whether it was verified, or refused for the reasons that were foreseen."""
        verified = self.signature == VALID and not self.codes
        return verified == (not self.foreign.expected) and self.codes == self.foreign.expected


def judge(foreign: Foreign) -> Found:
    """Return what `jobtwin verify` says."""
    found = verify.verify(foreign.content, SITE, credentials.NOW, set())
    codes = tuple(sorted({finding.code for finding in found.findings}))
    first = next((f"{finding.message}" for finding in found.findings), "")
    return Found(foreign, found.signature.value, codes, first or found.signature.words)


def foreigners() -> list[Foreign]:
    """Return what the libraries sign, and each JSON one with a word altered; raises `NoNode`."""
    made = [*_digitalbazaar(), *_openbadgeslib(), *_openvc(), *_jose(), *_pyjwt()]
    altered = [
        replace(f, name=f"{f.name}, altered", content=_altered(f.content), expected=("VC-024",))
        for f in made
        if f.content.startswith(b"{") and not f.expected
    ]
    return made + altered


def _altered(content: bytes) -> bytes:
    document = json.loads(content)
    document["name"] = "Another name"
    return to_bytes(document)


def document(issuer: str) -> dict[str, Any]:
    """Return a plain Open Badges 3.0 credential without a proof."""
    return {
        "@context": [VC, OB],
        "id": "urn:uuid:6f0d1d4c-5e0a-4f0b-9d4c-0f6f5f0a7c11",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Welding, first level",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "A school elsewhere"},
        "validFrom": timestamp(credentials.ISSUED_AT),
        "credentialSubject": {
            "id": "did:example:holder",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://strangers.example/achievements/welding",
                "type": ["Achievement"],
                "name": "Welding",
                "description": "Joins two sheets of steel.",
                "criteria": {"narrative": "A joint that holds."},
            },
        },
    }


def _digitalbazaar() -> Iterator[Foreign]:
    for issuer, method in METHODS.items():
        given = {
            "contexts": dict(pinned()),
            "documents": {},
            "key_id": method,
            "controller": issuer,
            "seed": SEED.hex(),
            "now": timestamp(credentials.NOW),
            "created": timestamp(credentials.ISSUED_AT),
        }
        with node.worker("rates.js") as worker:
            worker.ask("prepare", **given)
            signed = worker.ask("issue", credentials=[json.dumps(document(issuer))])
        content = to_bytes(document(issuer) | {"proof": signed["proofs"][0]})
        yield Foreign("@digitalbazaar/vc", f"eddsa-rdfc-2022, {_kind(issuer)}", content)
        jcs_signed = node.run("jcs.js", given | {"credential": document(issuer)})
        name = f"eddsa-jcs-2022, {_kind(issuer)}"
        yield Foreign("@digitalbazaar/vc", name, to_bytes(jcs_signed))


def _openbadgeslib() -> Iterator[Foreign]:
    from openbadgeslib.ob3.credential import Achievement, Issuer, OpenBadgeCredential
    from openbadgeslib.ob3.ldp import OB3LdpSigner
    from openbadgeslib.ob3.signer import OB3Signer

    for issuer, method in METHODS.items():
        credential = OpenBadgeCredential(
            issuer=Issuer(issuer, "A school elsewhere"),
            recipient_id="did:example:holder",
            achievement=Achievement(
                "https://strangers.example/achievements/welding",
                "Welding",
                "Joins two sheets of steel.",
                "A joint that holds.",
            ),
            id="urn:uuid:6f0d1d4c-5e0a-4f0b-9d4c-0f6f5f0a7c12",
            issuance_date=credentials.ISSUED_AT,
        )
        signed = OB3LdpSigner(_private_pem(), method).sign(
            credential, created=credentials.ISSUED_AT
        )
        name = f"eddsa-rdfc-2022, {_kind(issuer)}"
        yield Foreign("openbadgeslib", name, to_bytes(signed))
        token = OB3Signer(_private_pem(), "EdDSA").sign(credential)
        name = f"JWT with its `jwk`, {_kind(issuer)}"
        yield Foreign("openbadgeslib", name, token.encode("ascii"))


def _openvc() -> Iterator[Foreign]:
    from openvc.keys import Ed25519SigningKey
    from openvc.proof.data_integrity import DataIntegrityProofSuite
    from openvc.proof.di_jcs import EddsaJcsProofSuite
    from openvc.proof.vc_jwt import VcJwtProofSuite

    at = credentials.ISSUED_AT
    for issuer, method in METHODS.items():
        key = Ed25519SigningKey.from_jwk(_private_jwk(), method)
        given: dict[str, Any] = {
            "signing_key": key,
            "verification_method": method,
            "created": at,
        }
        rdfc = DataIntegrityProofSuite().add_proof(
            document(issuer), extra_contexts=dict(pinned()), **given
        )
        jcs_signed = EddsaJcsProofSuite().add_proof(document(issuer), **given)
        yield Foreign("openvc-core", f"eddsa-rdfc-2022, {_kind(issuer)}", to_bytes(rdfc))
        # It signs `@context` as a part of the proof and leaves it out of the proof (§3.3.1 step 2).
        name = f"eddsa-jcs-2022 without the proof's `@context`, {_kind(issuer)}"
        yield Foreign("openvc-core", name, to_bytes(jcs_signed), ("VC-024",))
    token = VcJwtProofSuite().sign(document(WEB), signing_key=key)
    yield Foreign(
        "openvc-core", "JWT with a `vc` claim (VC 1.1)", token.encode("ascii"), ("VC-072",)
    )


def _jose() -> Iterator[Foreign]:
    headers = {
        "JWT, `kid` a DID URL, did:web": (WEB, {"typ": "JWT", "kid": METHODS[WEB]}, ()),
        "JWT, `kid` a DID URL, did:key": (KEY, {"typ": "JWT", "kid": METHODS[KEY]}, ()),
        "JWT, `kid` the URL of a bare JWK": (WEB, {"typ": "JWT", "kid": BARE}, ()),
        "JWT without `typ`": (WEB, {"kid": METHODS[WEB]}, ()),
        "JWT, `typ` vc+jwt": (WEB, {"typ": "vc+jwt", "kid": METHODS[WEB]}, ("VC-071",)),
        "JWT without `kid` and `jwk`": (WEB, {"typ": "JWT"}, ("VC-071",)),
    }
    items = [
        {"name": name, "header": {"alg": "EdDSA"} | header, "payload": _claims(issuer)}
        for name, (issuer, header, _) in headers.items()
    ]
    said = node.run("jwt.js", {"private_key": _private_jwk(), "sign": items}, FOLDER)
    for answer in said:
        expected = headers[answer["name"]][2]
        yield Foreign("jose", answer["name"], answer["token"].encode("ascii"), expected)


def _pyjwt() -> Iterator[Foreign]:
    import jwt

    def signed(claims: dict[str, Any], **headers: Any) -> bytes:
        return jwt.encode(claims, _private_pem(), "EdDSA", headers).encode("ascii")

    claims = _claims(WEB)
    yield Foreign("PyJWT", "JWT, `kid` a DID URL, did:web", signed(claims, kid=METHODS[WEB]))
    other = claims | {"sub": "did:example:another"}
    yield Foreign(
        "PyJWT", "JWT whose `sub` is another's", signed(other, kid=METHODS[WEB]), ("VC-072",)
    )
    head, _, signature = signed(claims, kid=METHODS[WEB]).split(b".")
    forged = b".".join([head, encode(jcs(claims | {"name": "Another"})).encode(), signature])
    yield Foreign("PyJWT", "JWT, altered", forged, ("VC-024",))


def _claims(issuer: str) -> dict[str, Any]:
    whole = document(issuer)
    return whole | {
        "iss": issuer,
        "jti": whole["id"],
        "sub": whole["credentialSubject"]["id"],
        "nbf": int(credentials.ISSUED_AT.timestamp()),
    }


def _kind(issuer: str) -> str:
    return ":".join(issuer.split(":")[:2])


def _private_jwk() -> dict[str, str]:
    return to_jwk(_PUBLIC) | {"d": encode(SEED), "kid": thumbprint(_PUBLIC)}


def _private_pem() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(SEED).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def examples(folder: Path) -> list[Foreign]:
    """Return the specification's examples below `folder`: as they are, then signed for this test.

    None of them carries a proof that can be checked: what is looked at is their form.
    """
    made: list[Foreign] = []
    for path in sorted(folder.glob("**/*.html")):
        found = [d for d in _objects(path.read_text("utf-8")) if _is_badge(d)]
        # The implementation guide shows the same credential unsigned, then signed: the last counts.
        for example in found[-1:]:
            made += _both(path.stem, example)
    return made


def _both(name: str, example: dict[str, Any]) -> Iterator[Foreign]:
    reasons = _AS_THEY_ARE.get(name, ("VC-020",))
    yield Foreign(SPECIFICATION, name, to_bytes(example), reasons)
    name_signed, reasons = f"{name}, signed here", _SIGNED.get(name, ())
    yield Foreign(SPECIFICATION, name_signed, _signed(example), reasons)


SPECIFICATION = "Open Badges 3.0"
_AS_THEY_ARE = {
    "examples": ("VC-020", "VC-050"),
    "fullOpenBadge": ("VC-014", "VC-020"),
    "linked-data-proof-ob": ("VC-032",),
}
"""An https issuer has no document in which a key could be looked up. All others have no proof."""
_SIGNED = {"examples": ("VC-050",), "fullOpenBadge": ("VC-014",)}
"""An older form whose subject has another type; endorsements inside, with contexts of their own."""


def _signed(example: dict[str, Any]) -> bytes:
    """Return an example as its issuer would sign it, had he a key that can be looked up."""
    issuer = example["issuer"]
    whole = unsigned(example) | {
        "issuer": issuer | {"id": WEB} if isinstance(issuer, dict) else WEB
    }
    return to_bytes(_sign(whole))


def _sign(whole: dict[str, Any]) -> dict[str, Any]:
    try:
        return sign(whole, SeedSigner(METHODS[WEB], SEED), credentials.ISSUED_AT)
    except Refused:
        # What we would not sign is given a proof all the same: it is the verifier that is asked.
        other = sign(document(WEB), SeedSigner(METHODS[WEB], SEED), credentials.ISSUED_AT)
        return whole | {"proof": other["proof"]}


def _is_badge(found: dict[str, Any]) -> bool:
    kinds = {"OpenBadgeCredential", "AchievementCredential", "EndorsementCredential"}
    return bool(kinds & set(found.get("type", [])))


def _objects(page: str) -> Iterator[dict[str, Any]]:
    for block in re.findall(r"<pre[^>]*>(.*?)</pre", page, re.DOTALL):
        text = html.unescape(block).strip()
        try:
            found = json.loads(text)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found
