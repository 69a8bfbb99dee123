"""A better attempt is told as a caution, by the credential's own issuer and by nobody else."""

from __future__ import annotations

import json

import pytest

from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.superseded import pointer_url, with_superseded
from jobtwin.credential.verdicts import Outcome, Step, Verdict, Verification

SITE = "https://a.example/org"
OLD = f"{SITE}/credentials/11/{'1' * 32}/credential.json"
NEW = f"{SITE}/credentials/22/{'2' * 32}/credential.json"
DOCUMENT = {"id": OLD, "issuer": {"id": "did:web:a.example:org"}}
PASSED = Step(1, "parse", Outcome.PASSED, "fine")


def _found(signature: str = "valid", status: str = "holds") -> Verification:
    said = Verdict("known", "")
    return Verification((PASSED,), Verdict(signature, ""), Verdict(status, ""), said, said)


def _pointer(**changes: object) -> bytes:
    return json.dumps({"format": 1, "superseded": OLD, "by": NEW} | changes).encode()


def test_it_is_looked_for_beside_the_credential() -> None:
    assert pointer_url(DOCUMENT) == f"{SITE}/credentials/11/{'1' * 32}/superseded.json"


@pytest.mark.parametrize(
    "document",
    [
        {"id": OLD, "issuer": "did:web:b.example"},
        {"id": OLD, "issuer": "did:web:a.example:other"},
        {"id": OLD, "issuer": "did:key:z6Mk"},
        {"id": OLD.replace("https", "http"), "issuer": "did:web:a.example:org"},
        {"id": OLD + "?x", "issuer": "did:web:a.example:org"},
        {"id": OLD.replace("credential.json", "../x.json"), "issuer": "did:web:a.example:org"},
        {"id": "urn:uuid:1", "issuer": "did:web:a.example:org"},
        {"id": 7, "issuer": "did:web:a.example:org"},
        {"id": "https://[", "issuer": "did:web:a.example:org"},
    ],
)
def test_it_is_not_looked_for_anywhere_else(document: dict[str, object]) -> None:
    assert pointer_url(document) is None


def test_it_is_a_caution_and_names_the_better_one() -> None:
    found = with_superseded(_found(), DOCUMENT, _pointer())
    assert found.ok
    assert found.status.value == "superseded"
    assert NEW in found.status.words
    assert [finding.code for finding in found.findings] == ["VC-086"]


def test_what_is_revoked_stays_revoked() -> None:
    found = with_superseded(_found(status="revoked"), DOCUMENT, _pointer())
    assert found.status.value == "revoked"


@pytest.mark.parametrize(
    "content",
    [
        Unavailable("404"),
        b"",
        b"[]",
        b"{",
        _pointer(superseded=NEW),
        _pointer(by=OLD),
        _pointer(by=7),
        _pointer(by="https://elsewhere.example/credentials/22/" + "2" * 32 + "/credential.json"),
        _pointer(by="javascript:alert(1)"),
    ],
)
def test_what_cannot_be_had_or_read_or_leads_elsewhere_says_nothing(
    content: bytes | Unavailable,
) -> None:
    assert with_superseded(_found(), DOCUMENT, content) == _found()


def test_a_forged_credential_gets_no_answer() -> None:
    assert with_superseded(_found("forged"), DOCUMENT, _pointer()) == _found("forged")
