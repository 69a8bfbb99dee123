"""An employer's statement is read strictly: nothing but what was asked stands in its name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.credential.endorsement import SignedFile, check_proof
from jobtwin.credential.independent import confirm_with_openbadgeslib
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.keys import SeedSigner
from jobtwin.credential.outcome import read_statement, signed_statement
from jobtwin.credential.proof import sign, unsigned
from jobtwin.errors import Refused
from jobtwin.records.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FOLDER = "https://issuer.example/credentials/aa/" + "a" * 32
SIGNER = SeedSigner("did:web:employer.example#key-1", bytes(range(32)))
CREDENTIAL = to_bytes({"id": f"{FOLDER}/credential.json"})


def said() -> bytes:
    return signed_statement(
        credential=SignedFile(CREDENTIAL, f"{FOLDER}/1.json"),
        number=1,
        employer="Acme GmbH",
        outcome=Outcome(hired=True, in_role=True, again=None, comment="Ships."),
        signer=SIGNER,
        at=AT,
    )


def test_it_stands_beside_the_credential_and_is_bound_to_one_file() -> None:
    statement = read_statement(said())
    assert statement.endorsement.id == f"{FOLDER}/outcome-1.json"
    assert statement.endorsement.credential == f"{FOLDER}/credential.json"
    assert statement.endorsement.is_over(CREDENTIAL)
    assert not statement.endorsement.is_over(CREDENTIAL + b" ")
    assert (statement.issuer, statement.employer) == ("did:web:employer.example", "Acme GmbH")


def test_the_signature_holds_for_us_and_for_an_independent_library() -> None:
    statement = read_statement(said())
    assert check_proof(statement.endorsement, SIGNER.public_key) == ()
    assert confirm_with_openbadgeslib(statement.document, SIGNER.public_key).ok


def test_the_same_words_give_the_same_bytes() -> None:
    assert said() == said()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.update(name="Praise"), "ATT-011"),
        (lambda d: d.update(description="And more."), "ATT-011"),
        (lambda d: d.update(validUntil="2027-01-01T00:00:00Z"), "ATT-011"),
        (lambda d: d["issuer"].update(url="https://employer.example"), "ATT-011"),
        (lambda d: d["credentialSubject"]["type"].append("ext:Genius"), "ATT-010"),
        (lambda d: d["credentialSubject"]["type"].pop(), "ATT-010"),
        (lambda d: d["credentialSubject"].update(endorsementComment="Great."), "ATT-010"),
        (lambda d: d["credentialSubject"].pop("endorsementComment"), "VC-"),
        (lambda d: d.pop("relatedResource"), "VC-"),
    ],
)
def test_what_says_more_or_less_is_refused_though_well_signed(
    change: Callable[[Any], object], code: str
) -> None:
    document = unsigned(json.loads(said()))
    change(document)
    with pytest.raises(Refused, match=code):
        read_statement(to_bytes(sign(document, SIGNER, AT)))
