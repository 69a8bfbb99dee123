from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.credential import independent, keys, proof
from jobtwin.credential.canonical import walk
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.errors import Refused

Document = dict[str, Any]
SIGNER = keys.SeedSigner("did:web:twins.example:academy#key-2026-1", bytes(range(32)))
CREATED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
GOLDEN = "z4qZ98qHomKKfFXzDon483DPJ2duR565MRPkPpTXB57EupFcjcUJQzWBo2wVcQbfaRCHhHNpVZ1Z7Ezd3proaUBbi"


def codes(document: Document) -> list[str]:
    return [finding.code for finding in proof.verify_proof(document, SIGNER.public_key)]


def test_the_signature_of_the_sample_is_the_same_for_ever(credential: Document) -> None:
    signed = proof.sign(credential, SIGNER, CREATED)
    assert signed["proof"] == [
        {
            "type": "DataIntegrityProof",
            "created": "2026-03-02T10:00:00Z",
            "verificationMethod": "did:web:twins.example:academy#key-2026-1",
            "cryptosuite": "eddsa-rdfc-2022",
            "proofPurpose": "assertionMethod",
            "proofValue": GOLDEN,
        }
    ]


def test_what_is_signed_verifies_and_is_otherwise_unchanged(
    credential: Document, signed: Document
) -> None:
    assert proof.verify_proof(signed, SIGNER.public_key) == ()
    assert proof.unsigned(signed) == credential


def test_the_signed_bytes_are_read_back_as_the_same_document(signed: Document) -> None:
    assert parse_object(to_bytes(signed)) == signed


def test_signing_again_gives_the_identical_bytes(credential: Document, signed: Document) -> None:
    assert to_bytes(proof.sign(credential, SIGNER, CREATED)) == to_bytes(signed)


def test_the_signed_sample_satisfies_the_strict_schemas(
    signed: Document, standards: Callable[[str], Path]
) -> None:
    for name in (
        "schemas/1edtech-ghpages-ob_v3p0_achievementcredential_schema.json",
        "schemas/w3c-verifiable-credential-schema.json",
    ):
        schema = json.loads(standards(name).read_bytes())
        validator = jsonschema.validators.validator_for(schema)(schema)
        assert [error.json_path for error in validator.iter_errors(signed)] == []


def test_a_signed_document_is_not_signed_twice(signed: Document) -> None:
    with pytest.raises(Refused, match="VC-020"):
        proof.sign(signed, SIGNER, CREATED)


def test_what_may_not_be_signed_is_not_signed(credential: Document) -> None:
    credential["kappa"] = "0.8"
    with pytest.raises(Refused, match="VC-011"):
        proof.sign(credential, SIGNER, CREATED)


def test_the_wrong_key_does_not_verify(signed: Document) -> None:
    other = keys.SeedSigner("x", bytes(32)).public_key
    assert [f.code for f in proof.verify_proof(signed, other)] == ["VC-024"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_one_changed_character_anywhere_in_a_signed_value_is_noticed(
    signed_once: Document, data: st.DataObject
) -> None:
    changed = copy.deepcopy(signed_once)
    leaves = [path for path, value in walk(changed) if isinstance(value, str) and value]
    *parents, last = data.draw(st.sampled_from(leaves))
    holder: Any = changed
    for step in parents:
        holder = holder[step]
    value = holder[last]
    place = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.sampled_from("aZ09-:/é"))
    holder[last] = value[:place] + letter + value[place + 1 :]
    assert (codes(changed) == []) == (holder[last] == value)


@pytest.mark.parametrize("member", ["validFrom", "credentialStatus", "awardedDate", "evidence"])
def test_a_removed_member_is_noticed(signed: Document, member: str) -> None:
    del signed[member]
    assert codes(signed) == ["VC-024"]


def test_an_added_member_is_noticed(signed: Document) -> None:
    signed["validUntil"] = "2030-01-01T00:00:00Z"
    assert codes(signed) == ["VC-024"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "Ed25519Signature2020"}, "VC-020"),
        ({"cryptosuite": "eddsa-jcs-2022"}, "VC-021"),
        ({"cryptosuite": None}, "VC-021"),
        ({"proofPurpose": "authentication"}, "VC-022"),
        ({"created": "2026-03-02"}, "VC-023"),
        ({"created": None}, "VC-023"),
        ({"verificationMethod": "#key-2026-1"}, "VC-023"),
        ({"verificationMethod": {"id": "did:web:x"}}, "VC-023"),
        ({"proofValue": "u7QEc"}, "VC-023"),
        ({"proofValue": "z"}, "VC-023"),
        ({"proofValue": "z0"}, "VC-023"),
        ({"proofValue": 5}, "VC-023"),
        ({"expires": "never"}, "VC-023"),
        ({"previousProof": "urn:x:1"}, "VC-020"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "VC-020"),
        ({"created": "2026-03-02T10:00:01Z"}, "VC-024"),
        ({"verificationMethod": "did:web:twins.example:academy#key-2026-2"}, "VC-024"),
        ({"expires": "2099-01-01T00:00:00Z"}, "VC-024"),
        ({"domain": "x.example"}, "VC-024"),
        ({"kappa": "0.8"}, "VC-011"),
    ],
)
def test_a_changed_proof_is_noticed(signed: Document, change: Document, code: str) -> None:
    signed["proof"][0] |= change
    assert codes(signed) == [code]


@pytest.mark.parametrize("value", [None, [], {}, "x", [1], [[]], [{}], [{}] * 100])
def test_what_is_no_proof_is_told(signed: Document, value: Any) -> None:
    signed["proof"] = value
    assert codes(signed) == ["VC-020"]


def test_two_proofs_of_ours_are_ambiguous(signed: Document) -> None:
    signed["proof"] *= 2
    assert codes(signed) == ["VC-020"]


def test_a_proof_of_another_suite_beside_ours_is_left_to_others(signed: Document) -> None:
    signed["proof"].insert(0, signed["proof"][0] | {"cryptosuite": "eddsa-jcs-2022"})
    assert codes(signed) == []


def test_another_library_confirms_the_sample(signed: Document) -> None:
    assert independent.confirm_with_openbadgeslib(signed, SIGNER.public_key).ok


def test_another_library_refuses_a_tampered_sample_and_another_key(signed: Document) -> None:
    other = keys.SeedSigner("x", bytes(32)).public_key
    assert not independent.confirm_with_openbadgeslib(signed, other).ok
    signed["credentialSubject"]["result"][0]["value"] = "0.95"
    said = independent.confirm_with_openbadgeslib(signed, SIGNER.public_key)
    assert not said.ok
    assert "mismatch" in said.reason
