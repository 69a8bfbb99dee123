from __future__ import annotations

import copy
import gzip
import json
from datetime import datetime
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.credential import keys, proof, status
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.verify import Outcome, Verification, verify, wanted

Document = dict[str, Any]
DID_JSON = "https://twins.example/academy/did.json"
JWKS = "https://twins.example/academy/keys/jwks.json"
LIST = "https://twins.example/academy/status/1.json"
ISSUER = "did:web:twins.example:academy"
INDEX = 41_337


class Academy(Protocol):
    resources: dict[str, Any]

    @property
    def signer(self) -> keys.SeedSigner: ...
    def publish(self, revoked: tuple[int, ...] = (), at: datetime = ...) -> Academy: ...
    def publish_list(self, document: Document, at: datetime = ...) -> Academy: ...
    def sign(self, document: Document) -> bytes: ...
    def verify(self, content: bytes, now: datetime = ...) -> Verification: ...


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def failed(found: Verification) -> dict[str, list[str]]:
    """Step → codes, for every step that failed."""
    return {
        step.id: [finding.code for finding in step.findings]
        for step in found.steps
        if step.outcome is Outcome.FAILED
    }


def verdicts(found: Verification) -> tuple[str, str, str, str]:
    named = (found.signature, found.status, found.issuer, found.freshness)
    return tuple(verdict.value for verdict in named)  # type: ignore[return-value]


def test_a_good_credential_passes_every_step(academy: Academy, credential: Document) -> None:
    found = academy.verify(academy.sign(credential))
    assert {step.outcome for step in found.steps} == {Outcome.PASSED}
    assert [step.number for step in found.steps] == list(range(1, 13))
    assert verdicts(found) == ("valid", "holds", "known", "fresh")
    assert found.ok
    assert found.exit_code == 0


def test_the_wanted_urls_are_those_it_needs(academy: Academy, credential: Document) -> None:
    assert wanted(academy.sign(credential)) == (DID_JSON, JWKS, LIST)
    assert set(wanted(academy.sign(credential))) == set(academy.resources)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"issuer": 5, "credentialStatus": []}'])
def test_nothing_is_wanted_of_what_cannot_be_read(content: bytes) -> None:
    assert wanted(content) == ()


@pytest.mark.parametrize(
    ("change", "step", "code"),
    [
        ({"validFrom": "2026-03-01T00:00:00Z"}, "signature", "VC-024"),
        ({"kappa": "0.8"}, "terms", "VC-011"),
        ({"evidence": [{"id": "x", "type": ["Evidence"]}]}, "terms", "VC-012"),
        ({"https://x.example/p": "y"}, "terms", "VC-013"),
        ({"name": "a\u202eb"}, "text", "VC-010"),
        ({"name": "a\x07b"}, "text", "VC-010"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "contexts", "VC-051"),
        ({"@context": ["https://x.example/c"]}, "contexts", "VC-014"),
        ({"@context": {}}, "contexts", "VC-014"),
        ({"type": "OpenBadgeCredential"}, "shape", "VC-050"),
        ({"type": ["VerifiableCredential"]}, "shape", "VC-050"),
        ({"id": "credentials/1"}, "shape", "VC-050"),
        ({"id": 5}, "shape", "VC-050"),
        ({"issuer": "us"}, "shape", "VC-050"),
        ({"validFrom": "2026-03-02"}, "shape", "VC-050"),
        ({"credentialSubject": []}, "shape", "VC-050"),
        ({"credentialStatus": []}, "shape", "VC-050"),
        ({"proof": None}, "proof", "VC-020"),
    ],
)
def test_an_altered_credential_fails_at_the_right_step(
    academy: Academy, signed: Document, change: Document, step: str, code: str
) -> None:
    found = academy.verify(to_bytes(signed | change))
    assert code in failed(found)[step]
    assert found.signature.value in {"forged", "unreadable", "unknown"}
    assert (found.issuer.value, found.status.value) == ("unproven", "unknown")
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("credentialSubject", "type"), "AchievementSubject"),
        (("credentialSubject", "achievement"), "urn:x:a"),
        (("credentialSubject", "achievement", "type"), ["Result"]),
        (("credentialSubject", "achievement", "name"), ""),
        (("credentialSubject", "achievement", "criteria"), {}),
        (("credentialSubject", "achievement", "alignment", 1, "targetUrl"), None),
        (("credentialSubject", "achievement", "resultDescription", 0, "id"), 7),
        (("credentialSubject", "result"), {}),
        (("credentialSubject", "result", 3), "x"),
    ],
)
def test_a_missing_field_is_named_with_its_place(
    academy: Academy, signed: Document, path: tuple[Any, ...], value: Any
) -> None:
    holder: Any = signed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    found = academy.verify(to_bytes(signed))
    shape = next(step for step in found.steps if step.id == "shape")
    assert shape.findings[0].path.startswith("$.credentialSubject")
    assert {finding.code for finding in shape.findings} == {"VC-050"}


def test_all_that_is_wrong_with_the_shape_is_told_at_once(
    academy: Academy, signed: Document
) -> None:
    del signed["validFrom"], signed["issuer"], signed["credentialSubject"]["achievement"]
    assert len(failed(academy.verify(to_bytes(signed)))["shape"]) == 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "VC-001"),
        (b"[]", "VC-001"),
        (b'{"a": 1, "a": 2}', "VC-002"),
        (b'{"a": NaN}', "VC-003"),
        (b'{"a":' * 10_000, "VC-004"),
        (bytes(50 * 1024 * 1024), "VC-005"),
        (b'{"a": "\\udfff"}', "VC-006"),
    ],
    ids=range(7),
)
def test_what_cannot_be_parsed_stops_at_the_first_step(
    academy: Academy, content: bytes, code: str
) -> None:
    found = academy.verify(content)
    assert failed(found) == {"parse": [code]}
    assert found.signature.value == "unreadable"
    assert {step.outcome for step in found.steps[1:]} == {Outcome.NOT_CHECKED}


def test_a_truncated_file_is_unreadable(academy: Academy, credential: Document) -> None:
    found = academy.verify(academy.sign(credential)[:-200])
    assert failed(found) == {"parse": ["VC-001"]}


def test_the_proof_may_be_an_object(academy: Academy, signed: Document) -> None:
    assert academy.verify(to_bytes(signed | {"proof": signed["proof"][0]})).ok


@pytest.mark.parametrize(
    ("change", "code"),
    [({"proofPurpose": "authentication"}, "VC-022"), ({"cryptosuite": "bbs-2023"}, "VC-021")],
)
def test_a_proof_of_another_purpose_or_suite_fails_at_the_proof(
    academy: Academy, signed: Document, change: Document, code: str
) -> None:
    signed["proof"][0] |= change
    assert failed(academy.verify(to_bytes(signed))) == {"proof": [code]}


def test_a_key_that_is_not_in_did_json_is_forgery(academy: Academy, credential: Document) -> None:
    academy.resources[DID_JSON] = keys.did_document(ISSUER, [])
    academy.resources[JWKS] = keys.jwks([])
    found = academy.verify(academy.sign(credential))
    assert failed(found)["key"] == ["VC-033"]
    assert verdicts(found)[:3] == ("forged", "unknown", "unproven")


def test_a_stranger_with_the_issuers_name_and_his_own_key_is_a_forger(
    academy: Academy, credential: Document
) -> None:
    own = keys.to_multikey(keys.SeedSigner("", bytes(32)).public_key)
    for method in (f"did:key:{own}#{own}", f"{ISSUER}#{own}"):
        stranger = keys.SeedSigner(method, bytes(32))
        signed = proof.sign(credential, stranger, moment("2026-03-02T10:00:00Z"))
        found = academy.verify(to_bytes(signed))
        assert failed(found)["key"] == ["VC-033"]
        assert found.signature.value == "forged"


def test_an_unreadable_did_json_is_unknown_and_not_forgery(
    academy: Academy, credential: Document
) -> None:
    academy.resources[DID_JSON] = b"<html>"
    found = academy.verify(academy.sign(credential))
    assert failed(found)["key"] == ["VC-001"]
    assert found.signature.value == "unknown"


def test_a_did_json_that_cannot_be_fetched_is_unknown_and_not_ok(
    academy: Academy, credential: Document
) -> None:
    academy.resources[DID_JSON] = Unavailable("the host does not answer")
    found = academy.verify(academy.sign(credential))
    assert failed(found) == {}
    assert found.signature.value == "unknown"
    assert "does not answer" in found.signature.words
    assert not found.ok


def test_a_jwks_with_other_keys_is_told(academy: Academy, credential: Document) -> None:
    academy.resources[JWKS] = keys.jwks([])
    found = academy.verify(academy.sign(credential))
    assert set(failed(found)) == {"jwks"}
    assert set(failed(found)["jwks"]) == {"VC-031"}


def test_an_issuer_without_jwks_is_not_blamed(academy: Academy, credential: Document) -> None:
    academy.resources[JWKS] = Unavailable("404")
    assert academy.verify(academy.sign(credential)).ok


def test_an_unknown_issuer_is_a_caution(academy: Academy, credential: Document) -> None:
    found = verify(academy.sign(credential), academy.resources, moment("2026-03-10T12:00Z"), ())
    assert found.issuer.value == "unknown"
    assert found.ok


def test_a_did_key_issuer_needs_nothing_fetched(credential: Document) -> None:
    name = keys.to_multikey(keys.SeedSigner("", bytes(32)).public_key)
    signer = keys.SeedSigner(f"did:key:{name}#{name}", bytes(32))
    del credential["credentialStatus"]
    credential["issuer"] = f"did:key:{name}"
    content = to_bytes(proof.sign(credential, signer, moment("2026-03-02T10:00Z")))
    found = verify(content, {}, moment("2026-03-10T12:00Z"), {f"did:key:{name}"})
    assert wanted(content) == ()
    assert verdicts(found) == ("valid", "holds", "known", "unknown")
    assert found.ok


def test_another_did_key_cannot_sign_for_a_did_key_issuer(credential: Document) -> None:
    issuer, thief = (
        keys.to_multikey(keys.SeedSigner("", bytes([n]) * 32).public_key) for n in (0, 1)
    )
    del credential["credentialStatus"]
    credential["issuer"] = f"did:key:{issuer}"
    signer = keys.SeedSigner(f"did:key:{thief}#{thief}", bytes([1]) * 32)
    content = to_bytes(proof.sign(credential, signer, moment("2026-03-02T10:00Z")))
    found = verify(content, {}, moment("2026-03-10T12:00Z"), {f"did:key:{issuer}"})
    assert failed(found)["key"] == ["VC-033"]
    assert found.signature.value == "forged"


def test_an_issuer_that_is_no_did_cannot_be_bound_to_a_key(
    academy: Academy, credential: Document
) -> None:
    credential["issuer"] = "https://twins.example"
    signer = keys.SeedSigner("https://twins.example#key", bytes(32))
    content = to_bytes(proof.sign(credential, signer, moment("2026-03-02T10:00Z")))
    found = academy.verify(content)
    assert failed(found)["key"] == ["VC-032"]
    assert found.signature.value == "unknown"


def test_an_expired_credential_is_told(academy: Academy, credential: Document) -> None:
    content = academy.sign(credential | {"validUntil": "2026-03-09T00:00:00Z"})
    found = academy.verify(content)
    assert failed(found) == {"dates": ["VC-061"]}
    assert verdicts(found)[:2] == ("valid", "expired")
    assert found.exit_code == 1


def test_a_credential_from_the_future_is_told(academy: Academy, credential: Document) -> None:
    found = academy.verify(academy.sign(credential), moment("2026-03-02T09:59:59Z"))
    assert failed(found)["dates"] == ["VC-060"]
    assert found.status.value == "not_yet_valid"


def test_it_is_valid_from_the_very_second(academy: Academy, credential: Document) -> None:
    assert academy.verify(academy.sign(credential), moment("2026-03-02T10:00:00Z")).ok


def test_a_revoked_credential_is_told(academy: Academy, credential: Document) -> None:
    found = academy.publish(revoked=(INDEX,)).verify(academy.sign(credential))
    assert failed(found) == {"status": ["VC-062"]}
    assert verdicts(found) == ("valid", "revoked", "known", "fresh")
    assert found.exit_code == 1


def test_its_neighbours_revocation_is_not_its_own(academy: Academy, credential: Document) -> None:
    academy.publish(revoked=(INDEX - 1, INDEX + 1))
    assert academy.verify(academy.sign(credential)).status.value == "holds"


def test_a_suspended_credential_is_told(academy: Academy, credential: Document) -> None:
    credential["credentialStatus"]["statusPurpose"] = "suspension"
    made = list_credential(revoked=(INDEX,))
    made["credentialSubject"]["statusPurpose"] = ["revocation", "suspension"]
    found = academy.publish_list(made).verify(academy.sign(credential))
    assert failed(found) == {"status": ["VC-063"]}
    assert found.status.value == "suspended"


def test_an_old_list_is_a_caution(academy: Academy, credential: Document) -> None:
    found = academy.verify(academy.sign(credential), moment("2026-05-01T00:00:00Z"))
    assert failed(found) == {"freshness": ["VC-065"]}
    assert verdicts(found) == ("valid", "holds", "known", "stale")
    assert found.ok


def test_a_list_that_cannot_be_fetched_leaves_the_status_unknown(
    academy: Academy, credential: Document
) -> None:
    academy.resources[LIST] = Unavailable("the host does not answer")
    found = academy.verify(academy.sign(credential))
    assert verdicts(found) == ("valid", "unknown", "known", "unknown")
    assert failed(found) == {}


def list_credential(
    url: str = LIST, issuer: str = ISSUER, revoked: tuple[int, ...] = ()
) -> Document:
    return status.status_list_credential(url, issuer, revoked, moment("2026-03-02T10:00:00Z"))


def subject(**changes: Any) -> Document:
    made = list_credential()
    return made | {"credentialSubject": made["credentialSubject"] | changes}


def packed(size: int) -> str:
    return "u" + keys.base64url_encode(gzip.compress(bytes(size), 9))


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (list_credential(url="https://twins.example/academy/status/2.json"), "VC-064"),
        (list_credential(issuer="did:web:other.example"), "VC-064"),
        (list_credential() | {"type": ["VerifiableCredential"]}, "VC-064"),
        (list_credential() | {"validUntil": "2026-03-09T00:00:00Z"}, "VC-064"),
        (list_credential() | {"validFrom": "2026-04-01T00:00:00Z"}, "VC-064"),
        (list_credential() | {"validFrom": "2026-04-01"}, "VC-050"),
        (list_credential() | {"credentialSubject": "urn:x:1"}, "VC-064"),
        (subject(statusPurpose="suspension"), "VC-064"),
        (subject(encodedList="uAAAA"), "VC-040"),
        (subject(encodedList=packed(2048)), "VC-041"),
        (subject(encodedList=packed(2**23)), "VC-041"),
    ],
    ids=range(11),
)
def test_a_list_that_does_not_speak_for_the_credential_fails_the_status(
    academy: Academy, credential: Document, made: Document, code: str
) -> None:
    found = academy.publish_list(made).verify(academy.sign(credential))
    assert failed(found) == {"status": [code]}
    assert verdicts(found)[:2] == ("valid", "unknown")
    assert found.exit_code == 1


def test_a_list_signed_by_another_issuer_fails_the_status(
    academy: Academy, credential: Document
) -> None:
    name = keys.to_multikey(keys.SeedSigner("", bytes(32)).public_key)
    other = keys.SeedSigner(f"did:key:{name}#{name}", bytes(32))
    made = list_credential(issuer=f"did:key:{name}")
    signed = proof.sign(made, other, moment("2026-03-02T10:00:00Z"))
    academy.resources[LIST] = to_bytes(signed)
    assert failed(academy.verify(academy.sign(credential))) == {"status": ["VC-033"]}


def test_an_altered_list_fails_the_status(academy: Academy, credential: Document) -> None:
    altered = json.loads(academy.publish(revoked=(INDEX,)).resources[LIST])
    altered["credentialSubject"]["encodedList"] = status.encode_list([])
    academy.resources[LIST] = to_bytes(altered)
    assert failed(academy.verify(academy.sign(credential))) == {"status": ["VC-024"]}


@pytest.mark.parametrize("content", [b"", b"[]", b"<html>", bytes(2**21), b'{"type": 5}'])
def test_a_list_that_is_no_list_fails_the_status(
    academy: Academy, credential: Document, content: bytes
) -> None:
    academy.resources[LIST] = content
    found = academy.verify(academy.sign(credential))
    assert set(failed(found)) == {"status"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"statusListIndex": "131072"}, "VC-042"),
        ({"statusListIndex": "-1"}, "VC-042"),
        ({"statusListIndex": "007"}, "VC-042"),
        ({"statusListIndex": "9" * 500}, "VC-042"),
        ({"statusListIndex": "٣"}, "VC-042"),
        ({"statusListIndex": INDEX}, "VC-042"),
        ({"statusListCredential": "http://twins.example/1.json"}, "VC-064"),
        ({"statusListCredential": ["https://twins.example/1.json"]}, "VC-064"),
    ],
)
def test_an_entry_that_points_nowhere_fails_the_status(
    academy: Academy, credential: Document, change: Document, code: str
) -> None:
    credential["credentialStatus"] |= change
    assert failed(academy.verify(academy.sign(credential)))["status"] == [code]


def test_a_status_of_an_unknown_purpose_is_not_checked(
    academy: Academy, credential: Document
) -> None:
    credential["credentialStatus"]["statusPurpose"] = "message"
    found = academy.verify(academy.sign(credential))
    assert found.status.value == "unknown"
    assert failed(found) == {}


def test_a_status_entry_respelled_by_the_holder_does_not_hide_a_revocation(
    academy: Academy, signed: Document
) -> None:
    academy.publish(revoked=(INDEX,))
    respelled = copy.deepcopy(signed)
    respelled["https://www.w3.org/2018/credentials#credentialStatus"] = respelled.pop(
        "credentialStatus"
    )
    included = copy.deepcopy(signed)
    entry = included.pop("credentialStatus")
    included["@included"] = [{"id": included["id"], "credentialStatus": entry}]
    listed = copy.deepcopy(signed)
    listed["credentialStatus"] = [listed["credentialStatus"]]
    nested = copy.deepcopy(signed)
    nested["credentialStatus"] = [[nested["credentialStatus"]]]
    for document in (respelled, included, listed, nested):
        assert not academy.verify(to_bytes(document)).ok


def test_an_endorsement_is_verified_too(academy: Academy, credential: Document) -> None:
    endorsement = credential | {
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "credentialSubject": {
            "id": "https://twins.example/academy/credentials/7f/7fa3.json",
            "type": ["EndorsementSubject"],
            "endorsementComment": "Reviewed by me.",
        },
        "id": "https://twins.example/academy/endorsements/1.json",
    }
    assert academy.verify(academy.sign(endorsement)).ok
    endorsement["credentialSubject"] = {"type": ["EndorsementSubject"]}
    assert failed(academy.verify(academy.sign(endorsement))) == {"shape": ["VC-050"]}


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "@context", "issuer", "proof", "name", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_junk_anywhere_never_raises(
    academy: Academy, signed_once: Document, data: st.DataObject
) -> None:
    changed = copy.deepcopy(signed_once)
    where = data.draw(st.sampled_from([*signed_once, "credentialSubject.achievement", "proof.0"]))
    holder: Any = changed
    *parents, last = [int(step) if step.isdigit() else step for step in where.split(".")]
    for step in parents:
        holder = holder[step]
    holder[last] = data.draw(junk)
    found = academy.verify(to_bytes(changed))
    assert not found.ok or changed == signed_once


@settings(max_examples=40, deadline=None)
@given(junk, junk, junk)
def test_junk_from_the_net_never_raises(did_json: Any, jwks: Any, listed: Any) -> None:
    signer = keys.SeedSigner(f"{ISSUER}#key", bytes(32))
    small = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:x:1",
        "type": ["VerifiableCredential"],
        "issuer": ISSUER,
        "validFrom": "2026-03-02T10:00:00Z",
        "credentialSubject": {"id": "urn:x:2"},
        "credentialStatus": status.status_entry(LIST, INDEX),
    }
    content = to_bytes(proof.sign(small, signer, moment("2026-03-02T10:00Z")))
    resources = {DID_JSON: to_bytes(did_json), JWKS: to_bytes(jwks), LIST: to_bytes(listed)}
    found = verify(content, resources, moment("2026-03-10T12:00Z"), {ISSUER})
    assert not found.ok
