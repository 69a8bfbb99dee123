"""A learner record embeds signed credentials, with contexts inside of it that mean nothing new."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from tests.unit.credential.conftest import ISSUED_AT, Academy, badge

from jobtwin.credential import canonical, proof
from jobtwin.credential.canonical import canonicalise
from jobtwin.credential.clr import clr_url, unsigned_clr
from jobtwin.credential.contexts import CLR, CLR_CONTEXTS, OB, OB_EXTENSIONS, VC
from jobtwin.credential.independent import confirm_with_openbadgeslib
from jobtwin.credential.shape import check_badge, check_badge_contexts
from jobtwin.errors import Refused

SIGNER = Academy().signer


def _signed(name: str) -> dict[str, Any]:
    made = badge()
    made["id"] = f"https://academy.example/credentials/{name}/credential.json"
    made["credentialSubject"]["id"] = f"urn:uuid:{hashlib.md5(name.encode()).hexdigest()}"
    made["credentialSubject"]["achievement"]["id"] = f"https://academy.example/{name}/"
    made["credentialStatus"]["id"] += name
    return proof.sign(made, SIGNER, ISSUED_AT)


@pytest.fixture
def record() -> dict[str, Any]:
    return unsigned_clr(_signed("track"), [_signed("one"), _signed("two")])


def _refused(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        canonicalise(document)
    return [(finding.code, finding.path) for finding in caught.value.findings]


def test_it_stands_beside_the_tracks_credential() -> None:
    url = "https://a.example/credentials/ab/cd/credential.json"
    assert clr_url(url) == "https://a.example/credentials/ab/cd/clr.json"


def test_it_is_signed_and_confirmed_by_another_library(record: dict[str, Any]) -> None:
    signed = proof.sign(record, SIGNER, ISSUED_AT)
    assert [*check_badge_contexts(signed), *check_badge(signed)] == []
    assert proof.verify_proof(signed, SIGNER.public_key) == ()
    assert confirm_with_openbadgeslib(signed, SIGNER.public_key).ok


def test_a_changed_word_in_an_embedded_credential_breaks_it(record: dict[str, Any]) -> None:
    signed = proof.sign(record, SIGNER, ISSUED_AT)
    signed["credentialSubject"]["verifiableCredential"][1]["name"] = "Another"
    assert proof.verify_proof(signed, SIGNER.public_key) != ()


@pytest.mark.parametrize(
    "named", [[OB, VC], [VC, OB, OB_EXTENSIONS], [VC], "https://x.example/c", {"name": "urn:x"}]
)
def test_an_embedded_credential_names_our_two_contexts_and_no_others(
    record: dict[str, Any], named: Any
) -> None:
    record["credentialSubject"]["verifiableCredential"][2]["@context"] = named
    place = "$.credentialSubject.verifiableCredential[2].@context"
    assert _refused(record)[0] == ("VC-014", place)


def test_deeper_inside_no_context_is_taken(record: dict[str, Any]) -> None:
    inner = record["credentialSubject"]["verifiableCredential"][1]["credentialSubject"]
    inner["@context"] = [VC, OB]
    place = "$.credentialSubject.verifiableCredential[1].credentialSubject.@context"
    assert ("VC-014", place) in _refused(record)


def test_a_long_list_is_refused_before_it_costs_seconds(record: dict[str, Any]) -> None:
    record["credentialSubject"]["type"] += [f"urn:x:{n}" for n in range(canonical.MAX_RECORD_LIST)]
    assert _refused(record) == [("VC-016", "$.credentialSubject.type")]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"type": ["Other"]}, "$.credentialSubject.type"),
        ({"id": None, "identifier": None}, "$.credentialSubject"),
        ({"verifiableCredential": {}}, "$.credentialSubject.verifiableCredential"),
    ],
)
def test_what_a_record_lacks_is_told(
    record: dict[str, Any], change: dict[str, Any], place: str
) -> None:
    subject = record["credentialSubject"] | change
    record["credentialSubject"] = {key: one for key, one in subject.items() if one is not None}
    assert place in [finding.path for finding in check_badge(record)]


def test_its_contexts_are_told_by_their_order(record: dict[str, Any]) -> None:
    assert record["@context"] == [*CLR_CONTEXTS]
    record["@context"] = [VC, OB, CLR]
    assert [finding.code for finding in check_badge_contexts(record)] == ["VC-051"]
