"""The VC API as the conformance suites call it: what is issued verifies, nothing else does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from jobtwin.credential.contexts import VC
from jobtwin.credential.keys import SeedSigner, to_multikey
from jobtwin.credential.proof import sign
from jobtwin.credential.vc_api import Service, listed, respond

Json = dict[str, Any]
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SEED = b"NOT A SECRET: a key for tests 32"
NAME = to_multikey(SeedSigner("", SEED).public_key)
SERVICE = Service(SeedSigner(f"did:key:{NAME}#{NAME}", SEED), NOW, {})
GOOD: Json = {
    "@context": [VC, {"Example": "https://example.org/#Example"}],
    "type": ["VerifiableCredential", "Example"],
    "issuer": SERVICE.issuer,
    "credentialSubject": {"id": "did:example:subject"},
}


def call(path: str, **request: Any) -> tuple[int, Json]:
    return respond(SERVICE, path, json.dumps(request).encode())


def issued(**change: Any) -> Json:
    status, answer = call("/credentials/issue", credential=GOOD | change)
    assert status == 201, answer
    credential: Json = answer["verifiableCredential"]
    return credential


def test_what_is_issued_verifies() -> None:
    status, answer = call("/credentials/verify", verifiableCredential=issued())
    assert (status, answer["verified"], answer["errors"]) == (200, True, [])


def test_an_issuer_that_is_an_object_keeps_its_members() -> None:
    named = issued(issuer={"id": "did:example:other", "name": "An issuer"})
    assert named["issuer"] == {"id": SERVICE.issuer, "name": "An issuer"}


@pytest.mark.parametrize(
    "change",
    [
        {"@context": None},
        {"@context": [VC]},
        {"@context": ["https://www.w3.org/ns/credentials/v1", VC]},
        {"@context": [VC, 5]},
        {"@context": [VC, {"VerifiableCredential": "https://example.org/#Bad"}]},
        {"type": ["Example"]},
        {"id": "no url"},
        {"id": None},
        {"issuer": "no url"},
        {"issuer": {"id": None}},
        {"credentialSubject": {}},
        {"credentialSubject": [{"id": "urn:x:1"}, {}]},
        {"credentialSubject": {"id": ["urn:x:1", "urn:x:2"]}},
        {"validFrom": "yesterday"},
        {"validFrom": "2027-01-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
        {"credentialStatus": {"id": "urn:x:1"}},
        {"credentialSchema": {"type": "Example"}},
        {"evidence": {"id": "urn:x:1"}},
        {"name": {"@value": "a", "url": "b"}},
        {"relatedResource": {"id": "https://a.example/x"}},
        {"relatedResource": {"id": VC, "digestSRI": "sha384-AAAA"}},
        {"relatedResource": {"id": VC, "digestMultibase": "uAAAA"}},
        {"undefinedTerm": "x"},
    ],
)
def test_what_the_data_model_does_not_allow_is_not_issued(change: Json) -> None:
    credential = {name: value for name, value in (GOOD | change).items() if value != "drop"}
    status, answer = call("/credentials/issue", credential=credential)
    assert status == 400
    assert answer["errors"]


def test_a_resource_whose_digests_fit_may_be_named() -> None:
    digest = "sha256-WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ="
    multihash = "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"
    related = {"id": VC, "digestSRI": digest, "digestMultibase": multihash}
    assert issued(relatedResource=related)["relatedResource"] == related


def test_an_altered_credential_and_a_strangers_proof_are_refused() -> None:
    good = issued()
    altered = good | {"credentialSubject": {"id": "did:example:other"}}
    assert call("/credentials/verify", verifiableCredential=altered)[0] == 400
    other = to_multikey(SeedSigner("", SEED[::-1]).public_key)
    stranger = Service(SeedSigner(f"did:key:{other}#{other}", SEED[::-1]), NOW, {})
    status, answer = respond(
        stranger, "/credentials/issue", json.dumps({"credential": GOOD}).encode()
    )
    assert status == 201
    foreign = answer["verifiableCredential"] | {"issuer": SERVICE.issuer}
    assert call("/credentials/verify", verifiableCredential=foreign)[0] == 400


def presented(**options: str) -> Json:
    presentation: Json = {
        "@context": [VC],
        "type": ["VerifiablePresentation"],
        "holder": SERVICE.issuer,
        "verifiableCredential": [issued(**{"@context": [VC], "type": ["VerifiableCredential"]})],
    }
    # A presentation is signed for authentication; the product never makes one.
    from unittest.mock import patch

    with patch("jobtwin.credential.proof.PURPOSE", "authentication"):
        signed: Json = sign(presentation, SERVICE.signer, NOW)
    return signed


def test_a_presentation_is_verified_with_what_is_in_it() -> None:
    status, answer = call("/presentations/verify", verifiablePresentation=presented())
    assert (status, answer["verified"]) == (200, True)
    spoilt = presented()
    spoilt["verifiableCredential"][0]["name"] = "Another"
    assert call("/presentations/verify", verifiablePresentation=spoilt)[0] == 400


def test_another_domain_or_challenge_is_refused() -> None:
    options = {"domain": "a.example"}
    status, _ = call("/presentations/verify", verifiablePresentation=presented(), options=options)
    assert status == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"credential": 5}', b'{"a": 1, "a": 2}'])
def test_what_is_no_request_is_refused_in_words(body: bytes) -> None:
    status, answer = respond(SERVICE, "/credentials/issue", body)
    assert status == 400
    assert answer["errors"]


def test_with_a_base_each_credential_has_an_entry_in_a_list_that_is_served() -> None:
    service = Service(SERVICE.signer, NOW, {}, "https://127.0.0.1:1")
    body = json.dumps({"credential": GOOD}).encode()
    entry = respond(service, "/credentials/issue", body)[1]["verifiableCredential"][
        "credentialStatus"
    ]
    status, served = listed(service, "/status/1")
    assert (status, served["id"]) == (200, entry["statusListCredential"])
    assert call("/credentials/verify", verifiableCredential=served)[0] == 200
    assert listed(service, "/status/2")[0] == 404


def test_an_unknown_address_is_not_found() -> None:
    assert respond(SERVICE, "/credentials/derive", b"{}")[0] == 404
