"""The links by which a learner takes a credential elsewhere say what they must, and no name."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.organisation import Issuer
from jobtwin.site.sharing import sharing

SITE = "https://a.example/academy"
URL = f"{SITE}/credentials/ab/abcd/credential.json"
ISSUER = Issuer(
    format=1,
    name="Academy & Söhne",
    url=SITE,
    did="did:web:a.example:academy",
    description="For tests.",
)


def credential(**more: Any) -> dict[str, Any]:
    identity = {"type": "IdentityObject", "hashed": False, "identityHash": "Lea Example"}
    subject = {"id": "urn:uuid:1", "identifier": [identity]}
    named = {"id": URL, "name": "p95 ≤ 200 ms, 90 % & more", "awardedDate": "2026-03-02T18:30:00Z"}
    return {**named, "credentialSubject": subject, **more}


def links(document: dict[str, Any]) -> tuple[str, str]:
    found = sharing(ISSUER, json.dumps(document).encode())
    return found.linkedin, found.wallet


def test_linkedins_form_is_filled_in_by_its_documented_parameters() -> None:
    parts = urlsplit(links(credential())[0])
    assert (parts.scheme, parts.netloc, parts.path) == (
        "https", "www.linkedin.com", "/profile/add",
    )  # fmt: skip
    assert parse_qs(parts.query, strict_parsing=True) == {
        "startTask": ["CERTIFICATION_NAME"],
        "name": ["p95 ≤ 200 ms, 90 % & more"],
        "organizationName": ["Academy & Söhne"],
        "issueYear": ["2026"],
        "issueMonth": ["3"],
        "certUrl": [f"{SITE}/credentials/ab/abcd/"],
        "certId": ["abcd"],
    }


def test_linkedin_is_not_told_the_holders_name() -> None:
    assert "Lea" not in links(credential())[0]


@pytest.mark.parametrize("decodings", [1, 2])
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_the_wallet_gets_the_very_credential_however_often_it_decodes(
    decodings: int, text: str
) -> None:
    document = credential(description=text)
    scheme, _, written = links(document)[1].partition("?request=")
    assert scheme == "dccrequest://request"
    for _ in range(decodings):
        written = unquote(written.replace("+", " "), errors="strict")
    offer = json.loads(written)
    assert offer["credentialRequestOrigin"] == "https://a.example"
    assert offer["verifiablePresentation"]["verifiableCredential"] == [document]


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_nothing_in_a_credential_gets_out_of_its_link(text: str) -> None:
    for link in links(credential(name=text, description=text)):
        assert link.isascii()
        assert not set(link) & set(" \"'<>`\\{}|^\n\t")
