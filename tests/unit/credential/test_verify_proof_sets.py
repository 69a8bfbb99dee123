"""Several proofs on a credential: all of them must hold, and one must be the issuer's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from jobtwin.credential import proof
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.keys import SeedSigner, to_multikey
from jobtwin.credential.verify import Verification

Document = dict[str, Any]
AT = datetime(2026, 2, 1, tzinfo=UTC)


class Academy(Protocol):
    def sign(self, document: Document) -> bytes: ...
    def verify(self, content: bytes) -> Verification: ...


def witness() -> SeedSigner:
    bare = SeedSigner("", b"NOT A SECRET: a key for tests 99")
    name = to_multikey(bare.public_key)
    return SeedSigner(f"did:key:{name}#{name}", bare.seed)


def by_witness(document: Document) -> Document:
    """Return the witness's own proof over a document."""
    unsigned = proof.unsigned(document)
    found: Document = proof.sign(unsigned, witness(), AT)["proof"][0]
    return found


@pytest.fixture
def signed(academy: Academy, credential: Document) -> Document:
    document: Document = json.loads(academy.sign(credential))
    return document


def outcome(academy: Academy, document: Document) -> tuple[str, bool]:
    found = academy.verify(to_bytes(document))
    return found.signature.value, found.ok


def test_the_issuers_proof_and_a_witnesss_hold_together(academy: Academy, signed: Document) -> None:
    both = [by_witness(signed), *signed["proof"]]
    assert outcome(academy, signed | {"proof": both}) == ("valid", True)
    assert outcome(academy, signed | {"proof": both[::-1]}) == ("valid", True)


def test_one_proof_that_does_not_hold_is_enough_to_refuse(
    academy: Academy, signed: Document
) -> None:
    other = by_witness(signed | {"name": "Another"})
    assert outcome(academy, signed | {"proof": [*signed["proof"], other]}) == ("forged", False)


def test_a_witness_alone_does_not_speak_for_the_issuer(academy: Academy, signed: Document) -> None:
    assert outcome(academy, signed | {"proof": [by_witness(signed)]}) == ("forged", False)
    twice = [by_witness(signed), by_witness(signed)]
    assert outcome(academy, signed | {"proof": twice}) == ("forged", False)
