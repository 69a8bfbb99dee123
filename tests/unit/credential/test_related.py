"""Cited files: as they were, replaced, or not to be had; never confused with the signature."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from jobtwin.credential.related import MAX_RELATED, related_urls, with_related
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.verify import Outcome, Verdict, Verification

URL = "https://a.example/evidence.tar"


def cited(content: bytes = b"as it was", url: str = URL) -> dict[str, Any]:
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")
    return {"id": url, "digestSRI": f"sha384-{digest}"}


def found(signature: str = "valid") -> Verification:
    said = Verdict("unknown", "")
    return Verification((), Verdict(signature, ""), said, said, said)


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (b"as it was", Outcome.PASSED),
        (b"another", Outcome.FAILED),
        (Unavailable("gone"), Outcome.NOT_CHECKED),
    ],
)
def test_a_cited_file_is_compared_with_its_digest(content: Any, outcome: Outcome) -> None:
    told = with_related(found(), {"relatedResource": cited()}, {URL: content})
    assert (told.steps[-1].outcome, told.ok) == (outcome, outcome is not Outcome.FAILED)


def test_one_replaced_file_fails_the_step_though_others_cannot_be_had() -> None:
    document = {"relatedResource": [cited(), cited(url="https://a.example/other")]}
    told = with_related(found(), document, {URL: b"another"})
    assert told.steps[-1].outcome is Outcome.FAILED
    assert [finding.code for finding in told.findings] == ["VC-085"]


def test_nothing_is_said_of_files_while_the_signature_does_not_hold() -> None:
    told = with_related(found("forged"), {"relatedResource": cited()}, {URL: b"as it was"})
    assert told.steps[-1].outcome is Outcome.NOT_CHECKED


@pytest.mark.parametrize("value", [None, 1, "x", [1], [{"id": 1}], [{"id": URL}], {}])
def test_what_cites_nothing_asks_for_nothing(value: Any) -> None:
    assert related_urls({"relatedResource": value}) == ()


def test_no_credential_asks_for_more_files_than_a_few() -> None:
    many = [cited(url=f"{URL}/{number}") for number in range(100)]
    assert len(related_urls({"relatedResource": many})) == MAX_RELATED
