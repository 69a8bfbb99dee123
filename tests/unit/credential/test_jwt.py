"""The JWT form: what is written is read back, by others too; what a header asks for is not done."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from jobtwin.credential.jwt import is_jwt, read_jwt, to_jwt
from jobtwin.credential.keys import SeedSigner, is_signature
from jobtwin.errors import Refused

SIGNER = SeedSigner("did:web:a.example#key-1", b"NOT A SECRET: a key for tests 32")
KID = "https://a.example/keys/abc.jwk.json"
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "https://a.example/credentials/1",
    "type": ["VerifiableCredential"],
    "issuer": {"id": "did:web:a.example", "type": ["Profile"]},
    "validFrom": "2026-11-02T09:00:00Z",
    "credentialSubject": {"id": "urn:uuid:6a2f41a3-2c94-4e0d-9d4f-7f5b0c1b8f0e"},
}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(header: dict[str, Any] | None = None, **claims: object) -> bytes:
    good = json.loads(
        base64.urlsafe_b64decode(to_jwt(DOCUMENT, SIGNER, KID).split(b".")[1] + b"==")
    )
    head = {"alg": "EdDSA", "typ": "JWT", "kid": KID} if header is None else header
    payload = {name: value for name, value in (good | claims).items() if value is not None}
    return f"{part(head)}.{part(payload)}.{'A' * 86}".encode()


def test_what_is_written_is_read_back_and_signed() -> None:
    content = to_jwt(DOCUMENT, SIGNER, KID)
    found = read_jwt(content + b"\n")
    assert is_jwt(content)
    assert (found.document, found.kid) == (DOCUMENT, KID)
    assert is_signature(SIGNER.public_key, found.signed, found.signature)
    assert to_jwt(dict(reversed(DOCUMENT.items())), SIGNER, KID) == content


def test_another_library_verifies_it_and_reads_the_registered_claims() -> None:
    key = Ed25519PublicKey.from_public_bytes(SIGNER.public_key)
    content = to_jwt(DOCUMENT, SIGNER, KID)
    claims = pyjwt.decode(content, key, algorithms=["EdDSA"], options={"verify_nbf": False})
    assert claims["iss"] == "did:web:a.example"
    assert claims["jti"] == DOCUMENT["id"]
    assert claims["sub"] == DOCUMENT["credentialSubject"]["id"]
    assert claims["nbf"] == 1793610000


def test_it_reads_what_another_library_wrote() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    claims = {"iss": "did:web:a.example", "jti": DOCUMENT["id"], "nbf": 1793610000}
    claims["sub"] = DOCUMENT["credentialSubject"]["id"]
    private = Ed25519PrivateKey.from_private_bytes(SIGNER.seed)
    made = pyjwt.encode(DOCUMENT | claims, private, algorithm="EdDSA", headers={"kid": KID})
    found = read_jwt(made.encode())
    assert is_signature(SIGNER.public_key, found.signed, found.signature)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "JWT", "kid": KID},
        {"alg": "HS256", "typ": "JWT", "kid": KID},
        {"alg": "EdDSA", "typ": "JWT"},
        {"alg": "EdDSA", "typ": "JWT", "kid": 7},
        {"alg": "EdDSA", "typ": "secevent+jwt", "kid": KID},
        {"alg": "EdDSA", "typ": "JWT", "kid": KID, "crit": ["b64"], "b64": False},
        {"alg": "EdDSA", "typ": "JWT", "kid": KID, "jwk": {"kty": "OKP"}},
        {"alg": "EdDSA", "typ": "JWT", "kid": KID, "jku": "https://evil.example"},
        {"alg": "EdDSA", "typ": "JWT", "kid": KID, "x5u": "https://evil.example"},
        {"alg": "EdDSA", "typ": "JWT", "kid": KID, "zip": "DEF"},
    ],
)
def test_a_header_that_asks_for_more_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read_jwt(token(header))
    assert {finding.code for finding in refused.value.findings} == {"VC-071"}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "did:web:evil.example"},
        {"iss": None},
        {"jti": "https://a.example/credentials/2"},
        {"sub": "urn:uuid:00000000-0000-4000-8000-000000000000"},
        {"nbf": 0},
        {"nbf": True},
        {"nbf": None},
        {"exp": 4000000000},
        {"validFrom": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_claim_that_contradicts_the_credential_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read_jwt(token(**claims))
    assert {finding.code for finding in refused.value.findings} == {"VC-072"}


@pytest.mark.parametrize("content", [b"", b"a.b", b"eyJ.e30.\xff", b"e30.e30.AAA=", b"e30.e30.AB"])
def test_what_is_no_jwt_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        read_jwt(content)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"kid": KID, "jwk": {"kty": "OKP"}}, "either by kid or by jwk"),
        ({}, "either by kid or by jwk"),
        ({"jwk": {"kty": "OKP", "d": "AAAA"}}, "private key"),
        ({"jwk": "x"}, "jwk an object"),
    ],
)
def test_a_header_names_its_key_once_and_never_holds_a_private_one(
    header: dict[str, Any], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        read_jwt(token({"alg": "EdDSA"} | header))
