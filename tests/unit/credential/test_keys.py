from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin import multikey
from jobtwin.credential import keys
from jobtwin.errors import Refused

DID = "did:web:twins.example"
DAY = datetime(2026, 1, 1, tzinfo=UTC)
key_bytes = st.binary(min_size=32, max_size=32)


def issuer_keys() -> list[keys.IssuerKey]:
    made = [keys.SeedSigner("", bytes([n]) * 32).public_key for n in range(4)]
    return [
        keys.IssuerKey("key-2024-1", made[0], DAY - timedelta(700), compromised_at=DAY),
        keys.IssuerKey("key-2025-1", made[1], DAY - timedelta(365), retired_at=DAY),
        keys.IssuerKey("key-2026-1", made[2], DAY),
        keys.IssuerKey("key-2026-2", made[3], DAY + timedelta(1)),
    ]


def did() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(keys.did_document(DID, issuer_keys()))
    return document


@given(key_bytes)
def test_a_key_is_read_back_from_every_form(key: bytes) -> None:
    assert keys.from_multikey(keys.to_multikey(key)) == key
    assert keys.from_jwk(keys.to_jwk(key)) == key
    assert keys.to_multikey(key).startswith("z6Mk")


@given(st.binary(max_size=80))
def test_base58_is_read_back_with_its_leading_zeros(content: bytes) -> None:
    assert multikey.base58_decode(multikey.base58_encode(content)) == content


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "a b", "ü", "z" * 300])
def test_what_is_not_base58_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base58|long"):
        multikey.base58_decode(text)


@pytest.mark.parametrize("text", ["A", "AB", "A===", "+/+/", "a b=", "\n"])
def test_base64url_has_one_spelling_only(text: str) -> None:
    with pytest.raises(ValueError):
        keys.base64url_decode(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "z",
        "u7QEc",
        "z6Mk",
        "z" + multikey.base58_encode(b"\xed\x01" + bytes(31)),
        "z" + multikey.base58_encode(b"\x80\x24" + bytes(33)),
    ],
)
def test_what_is_no_ed25519_multikey_is_refused(text: Any) -> None:
    with pytest.raises(Refused, match="VC-030"):
        keys.from_multikey(text)


@pytest.mark.parametrize(
    "change", [{"kty": "EC"}, {"crv": "X25519"}, {"x": "AA"}, {"x": 1}, {"d": "AAAA"}]
)
def test_what_is_no_public_ed25519_jwk_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="VC-030"):
        keys.from_jwk(keys.to_jwk(bytes(32)) | change)


def test_the_current_key_stands_first_and_the_retired_one_stays() -> None:
    fragments = [m["id"].partition("#")[2] for m in did()["verificationMethod"]]
    assert fragments[:3] == ["key-2026-2", "key-2026-1", "key-2025-1"]


def test_every_key_is_a_multikey_by_name_and_a_jwk_by_thumbprint() -> None:
    methods = did()["verificationMethod"]
    by_name, by_thumbprint = methods[:3], methods[3:]
    assert {m["type"] for m in by_name} == {"Multikey"}
    assert {m["type"] for m in by_thumbprint} == {"JsonWebKey"}
    for named, printed in zip(by_name, by_thumbprint, strict=True):
        assert keys.method_key(named) == keys.method_key(printed)
        assert printed["id"] == f"{DID}#{printed['publicKeyJwk']['kid']}"


def test_assertion_method_names_every_method_as_a_plain_string() -> None:
    document = did()
    assert document["assertionMethod"] == [m["id"] for m in document["verificationMethod"]]


def test_a_compromised_key_is_in_neither_file() -> None:
    lost = issuer_keys()[0].public_key
    both = keys.jwks(issuer_keys()) + keys.did_document(DID, issuer_keys())
    assert keys.base64url_encode(lost).encode() not in both
    assert keys.to_multikey(lost).encode() not in both


def test_both_files_are_the_same_bytes_whatever_the_order_of_the_list() -> None:
    turned = issuer_keys()[::-1]
    assert keys.jwks(turned) == keys.jwks(issuer_keys())
    assert keys.did_document(DID, turned) == keys.did_document(DID, issuer_keys())


def test_both_files_hold_the_same_keys() -> None:
    jwks, document = keys.jwks(issuer_keys()), keys.did_document(DID, issuer_keys())
    assert keys.compare_keys(jwks, document) == ()


def test_a_key_in_only_one_file_is_named() -> None:
    jwks, document = keys.jwks(issuer_keys()[:3]), keys.did_document(DID, issuer_keys())
    (finding,) = keys.compare_keys(jwks, document)
    assert finding.code == "VC-031"
    assert keys.to_multikey(issuer_keys()[3].public_key) in finding.message


def test_a_key_that_may_not_assert_counts_as_missing() -> None:
    document = did()
    document["assertionMethod"] = []
    found = keys.compare_keys(keys.jwks(issuer_keys()), json.dumps(document).encode())
    assert len(found) == 3


@pytest.mark.parametrize("other", [b"[]", b"{", b'{"keys": 1}', b'{"verificationMethod": [1]}'])
def test_comparing_with_nonsense_is_a_finding_or_a_refusal(other: bytes) -> None:
    jwks = keys.jwks(issuer_keys())
    with contextlib.suppress(Refused):
        assert keys.compare_keys(jwks, other)


def test_a_signer_does_not_print_its_seed() -> None:
    assert "seed" not in repr(keys.SeedSigner("k", bytes(32)))


@pytest.mark.parametrize("junk", [b"", bytes(63), bytes(64), bytes(65)])
def test_a_signature_of_any_length_is_only_wrong(junk: bytes) -> None:
    signer = keys.SeedSigner("k", bytes(32))
    assert not keys.is_signature(signer.public_key, b"x", junk)
    assert not keys.is_signature(junk, b"x", signer.sign(b"x"))


def test_a_moment_is_written_in_utc_without_fractions() -> None:
    east = timezone(timedelta(hours=5, minutes=45))
    assert keys.timestamp(datetime(2026, 1, 1, 3, 0, 0, 999, east)) == "2025-12-31T21:15:00Z"
    with pytest.raises(ValueError, match="zone"):
        keys.timestamp(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
