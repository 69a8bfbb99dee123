"""A credential in JWT form takes the same steps, and cannot bring a key of its own."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.jwt import to_jwt
from jobtwin.credential.keys import SeedSigner, thumbprint, to_jwk
from jobtwin.credential.verify import Verification, wanted

Document = dict[str, Any]
BASE = "https://twins.example/academy"


class Academy(Protocol):
    resources: dict[str, Any]

    @property
    def signer(self) -> SeedSigner: ...
    def publish(self, revoked: tuple[int, ...] = ()) -> Academy: ...
    def verify(self, content: bytes) -> Verification: ...


def kid_of(academy: Academy, signer: SeedSigner) -> str:
    """Publish the bare JWK of a key, and return its URL."""
    url = f"{BASE}/keys/{thumbprint(signer.public_key)}.jwk.json"
    academy.resources[url] = to_bytes(to_jwk(signer.public_key))
    return url


def verdicts(found: Verification) -> tuple[str, str, str]:
    return found.signature.value, found.status.value, found.issuer.value


def test_a_jwt_of_the_issuer_passes_every_step(academy: Academy, credential: Document) -> None:
    kid = kid_of(academy, academy.signer)
    token = to_jwt(credential, academy.signer, kid)
    found = academy.verify(token)
    assert verdicts(found) == ("valid", "holds", "known")
    assert found.ok
    assert wanted(token)[0] == kid


def test_a_kid_that_is_a_did_url_is_read_from_the_did_document(
    academy: Academy, credential: Document
) -> None:
    token = to_jwt(credential, academy.signer, academy.signer.key_id)
    assert verdicts(academy.verify(token)) == ("valid", "holds", "known")


def test_a_revoked_credential_is_revoked_as_a_jwt_too(
    academy: Academy, credential: Document
) -> None:
    index = int(credential["credentialStatus"]["statusListIndex"])
    token = to_jwt(credential, academy.signer, kid_of(academy, academy.signer))
    assert verdicts(academy.publish(revoked=(index,)).verify(token))[:2] == ("valid", "revoked")


@pytest.mark.parametrize("place", ["header", "payload", "signature"])
def test_one_changed_letter_is_forgery_or_unreadable(
    academy: Academy, credential: Document, place: str
) -> None:
    token = to_jwt(credential, academy.signer, kid_of(academy, academy.signer))
    parts = token.split(b".")
    at = ["header", "payload", "signature"].index(place)
    middle = len(parts[at]) // 2
    letter = b"A" if parts[at][middle : middle + 1] != b"A" else b"B"
    parts[at] = parts[at][:middle] + letter + parts[at][middle + 1 :]
    found = academy.verify(b".".join(parts))
    assert found.signature.value in ("forged", "unreadable", "unknown")
    assert not found.ok


def test_a_strangers_key_is_not_vouched_for_wherever_it_is_published(
    academy: Academy, credential: Document
) -> None:
    stranger = SeedSigner("stranger", b"NOT A SECRET: another key for te")
    token = to_jwt(credential, stranger, kid_of(academy, stranger))
    found = academy.verify(token)
    assert found.signature.value == "forged"
    assert not found.ok


def test_a_jwk_that_could_not_be_had_proves_nothing_either_way(
    academy: Academy, credential: Document
) -> None:
    found = academy.verify(to_jwt(credential, academy.signer, f"{BASE}/keys/none.jwk.json"))
    assert found.signature.value == "unknown"
