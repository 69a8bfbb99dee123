from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from jobtwin.credential import did, keys
from jobtwin.errors import Refused

CREATED = datetime(2026, 3, 1, tzinfo=UTC)
DID = "did:web:twins.example"
METHOD = f"{DID}#key-2026-1"
KEY = keys.SeedSigner(METHOD, bytes(32)).public_key


def document(**changes: Any) -> dict[str, Any]:
    issuer_key = keys.IssuerKey("key-2026-1", KEY, datetime(2026, 1, 1, tzinfo=UTC))
    made: dict[str, Any] = json.loads(keys.did_document(DID, [issuer_key]))
    return made | changes


def method(**changes: Any) -> dict[str, Any]:
    return document(verificationMethod=[document()["verificationMethod"][0] | changes])


def vouched(found: Any) -> bytes:
    return did.vouched_key(json.dumps(found).encode(), METHOD, CREATED)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("did:web:twins.example", "https://twins.example/.well-known/did.json"),
        ("did:web:twins.example:academy", "https://twins.example/academy/did.json"),
        ("did:web:a.example:x:y_z", "https://a.example/x/y_z/did.json"),
        ("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"),
        ("did:web:a.example%3a8443:x", "https://a.example:8443/x/did.json"),
    ],
)
def test_a_did_web_is_read_from_one_url(name: str, url: str) -> None:
    assert did.did_web_url(name) == url


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("did:web:twins.example", "https://twins.example/keys/jwks.json"),
        ("did:web:twins.example:academy", "https://twins.example/academy/keys/jwks.json"),
    ],
)
def test_the_jwks_stands_beside_it(name: str, url: str) -> None:
    assert did.jwks_url(name) == url


@pytest.mark.parametrize(
    "name",
    [
        "did:web:",
        "did:key:z6Mk",
        "https://twins.example",
        "did:web:a.example:",
        "did:web:a.example::x",
        "did:web:a.example:..:x",
        "did:web:a.example:.",
        "did:web:a.example:x/y",
        "did:web:a.example:%2e%2e",
        "did:web:user@a.example",
        "did:web:a.example%2Fx",
        "did:web:a.example%3A0",
        "did:web:a.example%3A443%3A1",
        "did:web:a.example?x",
        "did:web:a.example#x",
        "did:web:-a.example",
        "did:web:a..example",
        "did:web:[::1]",
        "x did:web:a.example",
        "did:web:" + "a" * 300,
    ],
)
def test_a_did_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="VC-032"):
        did.did_web_url(name)


def test_a_named_key_is_vouched_for() -> None:
    assert vouched(document()) == KEY


def test_the_same_key_is_vouched_for_under_its_thumbprint() -> None:
    name = f"{DID}#{keys.thumbprint(KEY)}"
    assert did.vouched_key(json.dumps(document()).encode(), name, CREATED) == KEY


@pytest.mark.parametrize(
    "changed",
    [
        document(id="did:web:other.example"),
        document(verificationMethod=[]),
        document(verificationMethod="x"),
        document(verificationMethod=[document()["verificationMethod"][0]] * 2),
        document(assertionMethod=[]),
        document(assertionMethod=[{"id": METHOD}]),
        document(assertionMethod=METHOD),
        method(id="#key-2026-1"),
        method(controller="did:web:other.example"),
        method(controller=None),
        method(revoked="2027-01-01T00:00:00Z"),
        method(expires="2026-02-28T23:59:59Z"),
        method(expires="soon"),
    ],
)
def test_a_document_that_does_not_vouch_for_the_key_is_refused(changed: Any) -> None:
    with pytest.raises(Refused, match="VC-033"):
        vouched(changed)


def test_a_key_retired_after_the_proof_was_made_is_still_vouched_for() -> None:
    assert vouched(method(expires="2026-03-01T00:00:00Z")) == KEY


@pytest.mark.parametrize("kind", ["Ed25519VerificationKey2020", None, ["Multikey"]])
def test_a_method_of_another_type_is_refused(kind: Any) -> None:
    with pytest.raises(Refused, match="VC-030"):
        vouched(method(type=kind))


def test_a_did_key_is_its_own_document() -> None:
    name = keys.to_multikey(KEY)
    assert did.did_key_bytes(f"did:key:{name}#{name}") == KEY


@pytest.mark.parametrize("fragment", ["", "#key-1", "#z6MkOther"])
def test_a_did_key_with_another_fragment_is_refused(fragment: str) -> None:
    with pytest.raises(Refused, match="VC-032"):
        did.did_key_bytes(f"did:key:{keys.to_multikey(KEY)}{fragment}")


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00z",
        "٢026-01-01T00:00:00Z",
        "20260101T000000Z",
        7,
        None,
    ],
)
def test_a_date_without_zone_or_in_another_form_is_no_moment(text: Any) -> None:
    assert did.moment(text) is None


def test_a_date_with_zone_is_a_moment() -> None:
    assert did.moment("2026-03-01T01:00:00.5+01:00") == CREATED.replace(microsecond=500_000)
