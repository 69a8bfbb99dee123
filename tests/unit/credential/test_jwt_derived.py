"""A JWT is compared with what its records give: byte for byte, and by its signature."""

from __future__ import annotations

from jobtwin.credential.jwt import is_jwt_of, to_jwt
from jobtwin.credential.keys import SeedSigner

SIGNER = SeedSigner("did:web:a.example#key-1", b"NOT A SECRET: a key for tests 32")
KID = "https://a.example/keys/abc.jwk.json"
DOCUMENT = {"id": "https://a.example/credentials/1", "issuer": "did:web:a.example"}


def test_only_the_very_bytes_that_a_document_and_a_key_give_are_its_jwt() -> None:
    content, key = to_jwt(DOCUMENT, SIGNER, KID), SIGNER.public_key
    assert is_jwt_of(content, DOCUMENT, KID, key)
    assert not is_jwt_of(content + b"\n", DOCUMENT, KID, key)
    assert not is_jwt_of(content[:-2], DOCUMENT, KID, key)
    assert not is_jwt_of(content, DOCUMENT | {"name": "Other"}, KID, key)
    assert not is_jwt_of(content, DOCUMENT, KID + "x", key)
    assert not is_jwt_of(content, DOCUMENT, KID, key[::-1])
    assert not is_jwt_of(content, DOCUMENT, KID, b"")
    assert not is_jwt_of(b"\xff.\xff.\xff", DOCUMENT, KID, key)
