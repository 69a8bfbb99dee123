"""A mentor's or employer's detached words: what they are bound to, and what is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from jobtwin.credential import endorsement, verify
from jobtwin.credential.endorsement import (
    MAX_BYTES,
    MAX_COMMENT,
    SignedFile,
    Words,
    check_proof,
    did_key,
    did_key_method,
    read_endorsement,
    sign_endorsement,
    unsigned_endorsement,
)
from jobtwin.credential.independent import confirm_with_openbadgeslib
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.credential.keys import SeedSigner
from jobtwin.credential.related import with_related
from jobtwin.errors import Refused

AT = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
FOLDER = "https://twins.example/academy/credentials/3f/3f00000000000000000000000000000a"
ENDORSED = to_bytes({"id": f"{FOLDER}/credential.json", "name": "Line three is down"})
SEED = bytes(range(32))
SCHEMA = "schemas/1edtech-ghpages-ob_v3p0_endorsementcredential_schema.json"


def signer(seed: bytes = SEED) -> SeedSigner:
    public = SeedSigner("", seed).public_key
    return SeedSigner(did_key_method(public), seed)


def unsigned(endorsed: bytes = ENDORSED, **words: Any) -> dict[str, Any]:
    said = {"comment": "I graded this work, and stand by every score."} | words
    return unsigned_endorsement(
        identifier=f"{FOLDER}/endorsement-ana.json",
        name="Endorsement by a mentor",
        issuer=endorsement.profile(did_key(signer().public_key), "Ana"),
        endorsed=SignedFile(endorsed, f"{FOLDER}/1.json"),
        words=Words(**said),
        at=AT,
    )


def signed(**others: Any) -> bytes:
    return sign_endorsement(unsigned(**others), signer(), AT)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {finding.code for finding in refused.value.findings}


def test_what_is_signed_is_read_back_and_is_by_its_key() -> None:
    found = read_endorsement(signed())
    assert found.credential == f"{FOLDER}/credential.json"
    assert found.issuer == did_key(signer().public_key)
    assert (found.name, found.valid_from, found.says) == ("Ana", AT, ())
    assert found.comment == "I graded this work, and stand by every score."
    assert check_proof(found, signer().public_key) == ()
    assert [f.code for f in check_proof(found, signer(bytes(32)).public_key)] == ["VC-024"]


def test_it_is_over_these_bytes_and_no_others() -> None:
    found = read_endorsement(signed())
    assert found.is_over(ENDORSED)
    assert not found.is_over(ENDORSED + b"\n")
    assert not found.is_over(ENDORSED.replace(b"three", b"four"))


def test_the_same_words_at_the_same_moment_are_the_same_bytes() -> None:
    assert signed() == signed()


def test_it_is_valid_for_the_strict_schema_of_open_badges(
    standards: Callable[[str], Path],
) -> None:
    schema = json.loads(standards(SCHEMA).read_bytes())
    validator = jsonschema.validators.validator_for(schema)(schema)
    more = {"description": "Ninety days later.", "awardedDate": "2026-03-05T09:30:00Z"}
    plain, rich = signed(), signed(says=("ext:Hired",), more=more)
    assert [list(validator.iter_errors(parse_object(one))) for one in (plain, rich)] == [[], []]


def test_verify_reads_it_without_any_network() -> None:
    found = verify.verify(signed(), {}, AT, ())
    assert found.ok
    assert found.signature.value == "valid"


def test_another_library_accepts_the_signature() -> None:
    assert confirm_with_openbadgeslib(parse_object(signed()), signer().public_key).ok


def test_the_cited_file_is_compared_with_its_digest() -> None:
    content = signed()
    found = verify.verify(content, {}, AT, ())
    url = f"{FOLDER}/1.json"
    same = with_related(found, parse_object(content), {url: ENDORSED})
    other = with_related(found, parse_object(content), {url: ENDORSED + b" "})
    assert [same.steps[-1].outcome, other.steps[-1].outcome] == ["passed", "failed"]


def test_further_types_and_allowed_members_are_kept() -> None:
    found = read_endorsement(signed(says=("ext:Hired",), more={"description": "d"}))
    assert found.says == ("ext:Hired",)
    assert found.document["description"] == "d"


def test_a_member_that_is_not_allowed_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="evidence"):
        unsigned(more={"evidence": []})


def test_a_file_that_is_no_credential_cannot_be_endorsed() -> None:
    with pytest.raises(Refused) as refused:
        unsigned(endorsed=b"{}")
    assert codes(refused) == {"VC-090"}


def test_words_that_cannot_be_shown_are_not_signed() -> None:
    with pytest.raises(Refused) as refused:
        signed(comment="fine\u202eenif")
    assert codes(refused) == {"VC-010"}


@pytest.mark.parametrize("comment", ["", " \n ", "x" * (MAX_COMMENT + 1), 5])
def test_a_comment_is_a_text_of_bounded_length(comment: Any) -> None:
    with pytest.raises(Refused) as refused:
        signed(comment=comment)
    assert codes(refused) == {"VC-090"}


def test_a_key_of_somebody_else_cannot_sign_for_the_issuer() -> None:
    with pytest.raises(Refused) as refused:
        sign_endorsement(unsigned(), signer(bytes(32)), AT)
    assert codes(refused) == {"VC-090"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("@context",), ["https://www.w3.org/ns/credentials/v2"]),
        (("id",), "endorsement.json"),
        (("type",), ["VerifiableCredential", "EndorsementCredential", "OpenBadgeCredential"]),
        (("type",), ["VerifiableCredential"]),
        (("name",), 5),
        (("evidence",), []),
        (("credentialStatus",), {"type": "BitstringStatusListEntry"}),
        (("issuer",), "did:key:z6Mk"),
        (("issuer", "name"), ""),
        (("issuer", "name"), "Ana\nIssuer of everything"),
        (("issuer", "endorsement"), []),
        (("validFrom",), "yesterday"),
        (("credentialSubject",), []),
        (("credentialSubject", "type"), ["AchievementSubject"]),
        (("credentialSubject", "type"), "EndorsementSubject"),
        (("credentialSubject", "id"), "credential.json"),
        (("credentialSubject", "achievement"), {}),
        (("relatedResource",), []),
        (("relatedResource",), {}),
        (("relatedResource", 0, "id"), f"{FOLDER}/credential.json"),
        (("relatedResource", 0, "digestSRI"), None),
        (("proof",), []),
        (("proof",), None),
        (("proof", 0, "proofValue"), "z"),
        (("proof", 0, "proofPurpose"), "authentication"),
    ],
)
def test_any_other_form_is_refused_with_a_reason(path: tuple[str | int, ...], value: Any) -> None:
    document = copy.deepcopy(parse_object(signed()))
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    with pytest.raises(Refused) as refused:
        read_endorsement(to_bytes(document))
    assert all(finding.message and finding.hint for finding in refused.value.findings)


def test_what_is_too_large_is_not_read() -> None:
    with pytest.raises(Refused) as refused:
        read_endorsement(b"{" + b" " * MAX_BYTES + b"}")
    assert codes(refused) == {"VC-090"}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"id": 1, "id": 2}'])
def test_what_is_no_endorsement_at_all_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        read_endorsement(content)
