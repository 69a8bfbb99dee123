from __future__ import annotations

import pytest

from jobtwin.errors import EngineError
from jobtwin.records.organisation import Issuer
from jobtwin.site.signed import did_path


def issuer(url: str, did: str) -> Issuer:
    return Issuer(format=1, name="I", url=url, did=did, description="D")


@pytest.mark.parametrize(
    ("url", "did", "path"),
    [
        ("https://a.example", "did:web:a.example", ".well-known/did.json"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000", ".well-known/did.json"),
        ("https://a.example/jobs", "did:web:a.example:jobs", "did.json"),
        ("https://a.example/jobs", "did:web:a.example:jobs:issuer", "issuer/did.json"),
        ("https://a.example", "did:web:a.example:issuer", "issuer/did.json"),
    ],
)
def test_the_did_document_stands_where_did_web_looks_for_it(url: str, did: str, path: str) -> None:
    assert did_path(issuer(url, did)) == path


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://a.example", "did:web:b.example"),
        ("https://a.example/jobs", "did:web:a.example"),
        ("https://a.example/jobs", "did:web:a.example:jobs-2"),
        ("https://a.example", "did:web:a.example%3A8000"),
    ],
)
def test_a_did_outside_the_site_stops_the_build(url: str, did: str) -> None:
    with pytest.raises(EngineError, match="outside"):
        did_path(issuer(url, did))
