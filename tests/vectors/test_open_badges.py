"""The signed credential of 1EdTech's Open Badges 3.0 implementation guide.

Source: Open Badges 3.0 Implementation Guide, "Linked Data Proof Test Vector for Open Badges 3.0",
https://www.imsglobal.org/spec/ob/v3p0/impl/.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobtwin.credential import proof
from jobtwin.credential.canonical import canonicalise

PUBLIC_KEY = bytes.fromhex("4bdeafde2ea8beefadd8c699b5c7e0704cf51154d52e17b20b71337ca04cc5a5")
GUIDE = "vectors/openbadges/ob_v3p0/impl"
Standards = Callable[[str], Path]


@pytest.fixture
def signed(standards: Standards) -> dict[str, Any]:
    page = (standards(GUIDE) / "linked-data-proof-ob.html").read_text("utf-8")
    blocks = [html.unescape(b) for b in re.findall(r"<pre[^>]*>(.*?)</pre", page, re.DOTALL)]
    found: dict[str, Any] = json.loads(
        next(b for b in blocks if '"proof": {' in b or '"proof": [' in b)
    )
    return found


def test_its_canonical_form_is_the_published_one(
    standards: Standards, signed: dict[str, Any]
) -> None:
    published = standards(f"{GUIDE}/test-vectors/obv3p0") / "document-canon.txt"
    assert canonicalise(proof.unsigned(signed)).split() == published.read_bytes().split()


def test_its_proof_verifies_with_the_published_key(signed: dict[str, Any]) -> None:
    assert proof.verify_proof(signed, PUBLIC_KEY, canonicalise) == ()


def test_a_changed_word_breaks_it(signed: dict[str, Any]) -> None:
    found = proof.verify_proof(signed | {"name": "Another"}, PUBLIC_KEY, canonicalise)
    assert [finding.code for finding in found] == ["VC-024"]
