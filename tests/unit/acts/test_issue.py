"""What is due is signed once, after a record from which it can be derived again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobtwin.acts import issue
from jobtwin.credential.jsonbytes import jcs
from jobtwin.credential.proof import unsigned, verify_proof
from jobtwin.errors import EngineError
from jobtwin.keys import Holders
from jobtwin.records.base import load
from jobtwin.records.credential import Issued
from jobtwin.rules.ledger import check_record, digest

STANDARDS = Path(__file__).parents[4] / "shared" / "standards" / "schemas"


def _issued(desk: Any) -> Any:
    return desk.apply(issue.issue(desk.event(), desk.ledger(), desk.holders))


def _signed(effects: Any) -> dict[str, Any]:
    (body,) = (
        body
        for path, body in effects.records.items()
        if path.endswith("/1.json") and "/status/" not in path
    )
    document: dict[str, Any] = json.loads(body)
    return document


def test_a_pass_leads_to_a_record_a_credential_and_a_status_list(desk: Any) -> None:
    desk.graded(score=0.9)
    effects = _issued(desk)
    assert sorted(path.rsplit("/", 1)[-1] for path in effects.records) == [
        "1.json",
        "1.json",
        "issued-1.yml",
    ]


def test_the_record_continues_the_decisions_chain_and_is_signed_by_the_issuer(desk: Any) -> None:
    attempt_id, _ = desk.graded(score=0.9)
    effects = _issued(desk)
    path, body = next((p, b) for p, b in effects.records.items() if "/issued-" in p)
    record = load(Issued, body).record
    decision = desk.attempt(attempt_id).chain[-1]
    previous = (decision.digest, decision.record.at)
    assert list(check_record(record, path, desk.ledger().act_keys, previous)) == []
    assert record.decision == decision.digest


def test_the_unsigned_credential_is_derived_again_from_records_alone(desk: Any) -> None:
    desk.graded(score=0.9)
    signed = _signed(_issued(desk))
    ledger = desk.ledger()
    (identifier,) = ledger.credentials()
    derived = issue.derive(ledger, identifier, 1)
    assert derived == unsigned(signed)
    assert digest(jcs(derived)) == ledger.issued(identifier)[0].record.digest


def test_issuing_again_at_once_finds_nothing_to_do(desk: Any) -> None:
    desk.graded(score=0.9)
    _issued(desk)
    assert _issued(desk).records == {}


def test_the_same_records_and_key_give_the_same_bytes(desk: Any) -> None:
    desk.graded(score=0.9)
    event, ledger = desk.event(), desk.ledger()
    first = issue.issue(event, ledger, desk.holders).records
    assert issue.issue(event, ledger, desk.holders).records == first


def test_an_attempt_that_missed_the_bar_gets_no_credential(desk: Any) -> None:
    desk.graded(score=0.9, bar=False)
    assert _issued(desk).records == {}


def test_the_credential_states_scores_skills_and_the_graders_agreement(desk: Any) -> None:
    desk.graded(score=0.9)
    subject = _signed(_issued(desk))["credentialSubject"]
    kinds = [item["resultType"] for item in subject["achievement"]["resultDescription"]]
    assert kinds.count("RubricCriterionLevel") == len(desk.twin().rubric)
    assert {"ScaledScore", "RawScore", "ext:SkillAssertion", "ext:CohensKappa"} <= set(kinds)
    described = {item["id"] for item in subject["achievement"]["resultDescription"]}
    assert {result["resultDescription"] for result in subject["result"]} == described
    assert [a["targetCode"] for a in subject["achievement"]["alignment"]] == [
        "llm.ops.incident-response"
    ]
    assert "Cohen's kappa" in subject["achievement"]["criteria"]["narrative"]


def test_the_learners_account_and_repository_are_nowhere_in_the_credential(desk: Any) -> None:
    desk.graded(score=0.9)
    text = json.dumps(_signed(_issued(desk)))
    assert "1001" not in text
    assert "forge.invalid" not in text


def test_the_evidence_is_bound_by_its_digest(desk: Any) -> None:
    desk.graded(score=0.9)
    document = _signed(_issued(desk))
    (related,) = document["relatedResource"]
    assert related["id"] == document["evidence"][0]["id"]
    assert related["digestSRI"] == "sha256-7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u4="


def test_a_key_that_the_issuer_does_not_publish_signs_nothing(desk: Any) -> None:
    desk.graded(score=0.9)
    others = Holders({**desk.holders.secrets, "issuer": f"key-2020-1:{'7' * 64}"})
    with pytest.raises(EngineError, match="not a key the issuer signs with"):
        issue.issue(desk.event(), desk.ledger(), others)


def test_nothing_is_kept_when_the_independent_library_refuses(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobtwin.credential.independent import Confirmation

    desk.graded(score=0.9)
    refusal = Confirmation(ok=False, reason="no")
    monkeypatch.setattr(issue, "confirm_with_openbadgeslib", lambda *_: refusal)
    with pytest.raises(EngineError, match="independent library"):
        issue.issue(desk.event(), desk.ledger(), desk.holders)


def test_the_proof_fits_the_issuers_published_key(desk: Any) -> None:
    from jobtwin import multikey

    desk.graded(score=0.9)
    signed = _signed(_issued(desk))
    (key,) = desk.ledger().issuer_keys.keys
    assert verify_proof(signed, multikey.decode(key.public_key)) == ()


@pytest.mark.skipif(not STANDARDS.exists(), reason="the official schemas are not beside the clone")
def test_the_credential_is_valid_against_the_official_schemas(desk: Any) -> None:
    from jsonschema import Draft201909Validator, Draft202012Validator

    desk.graded(score=0.9)
    signed = _signed(_issued(desk))
    badge = STANDARDS / "1edtech-ghpages-ob_v3p0_achievementcredential_schema.json"
    w3c = STANDARDS / "w3c-verifiable-credential-schema.json"
    assert [
        e.message for e in Draft201909Validator(json.loads(badge.read_text())).iter_errors(signed)
    ] == []
    assert [
        e.message for e in Draft202012Validator(json.loads(w3c.read_text())).iter_errors(signed)
    ] == []
