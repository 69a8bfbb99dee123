"""The links by which a learner takes a credential elsewhere say what they must, and no name."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.organisation import Issuer
from jobtwin.site.sharing import Sharing, sharing

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


def shared(document: dict[str, Any]) -> Sharing:
    return sharing(ISSUER, json.dumps(document).encode())


def test_linkedins_form_is_filled_in_by_its_documented_parameters() -> None:
    parts = urlsplit(shared(credential()).linkedin)
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
    assert "Lea" not in shared(credential()).linkedin


def test_a_personnel_system_gets_what_it_asks_for_and_where_to_verify() -> None:
    lines = dict(line.split(": ", 1) for line in shared(credential()).for_records.splitlines())
    assert lines["Qualification"] == "p95 ≤ 200 ms, 90 % & more"
    assert lines["Issued by"] == "Academy & Söhne (did:web:a.example:academy)"
    assert lines["Awarded"] == "2026-03-02"
    assert lines["Verify"] == f"{SITE}/verify/?url={quote(URL, safe='')}"
    assert "Lea" not in "".join(lines.values())


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_nothing_in_a_credential_gets_out_of_its_link(text: str) -> None:
    link = shared(credential(name=text, description=text)).linkedin
    assert link.isascii()
    assert not set(link) & set(" \"'<>`\\{}|^\n\t")
