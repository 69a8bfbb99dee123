"""RFC 8037, appendix A: an Ed25519 JWK, its thumbprint and a signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from jobtwin.credential import keys

SEED = keys.base64url_decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
SIGNED = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"

signer = keys.SeedSigner("rfc8037", SEED)


def test_the_public_key_of_a_1_and_a_2_is_derived() -> None:
    jwk = keys.to_jwk(signer.public_key)
    assert (jwk["kty"], jwk["crv"], jwk["x"]) == ("OKP", "Ed25519", X)
    assert keys.from_jwk(jwk) == signer.public_key


def test_the_thumbprint_of_a_3_is_the_kid() -> None:
    assert keys.thumbprint(signer.public_key) == THUMBPRINT
    assert keys.to_jwk(signer.public_key)["kid"] == THUMBPRINT


def test_the_signature_of_a_4_is_reproduced_and_verified() -> None:
    assert keys.base64url_encode(signer.sign(SIGNED)) == SIGNATURE
    assert keys.is_signature(signer.public_key, SIGNED, keys.base64url_decode(SIGNATURE))
    assert not keys.is_signature(signer.public_key, SIGNED + b".", signer.sign(SIGNED))


def test_the_constants_above_are_those_of_the_collection(
    standards: Callable[[str], Path],
) -> None:
    published = json.loads(standards("vectors/jose/rfc8037-appendix-a.json").read_text())
    own = published["private_jwk"]
    assert (keys.base64url_decode(own["d"]), own["x"]) == (SEED, X)
    assert published["thumbprint_rfc7638_sha256"] == THUMBPRINT
    jws = published["jws_A4"]
    assert f"{jws['header']}.{jws['payload']}".encode() == SIGNED
    assert jws["signature"] == SIGNATURE
