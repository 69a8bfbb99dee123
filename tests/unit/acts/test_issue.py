"""What is due is signed once, after a record from which it can be derived again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from jobtwin import multikey
from jobtwin.acts import issue, rekey
from jobtwin.acts.audit import audit
from jobtwin.acts.issue import lists, signing
from jobtwin.acts.revoke import revoke
from jobtwin.acts.verify import verify_source
from jobtwin.cli import _run
from jobtwin.credential.jsonbytes import jcs
from jobtwin.credential.jwt import read_jwt
from jobtwin.credential.keys import SeedSigner, from_jwk, is_signature, method_key
from jobtwin.credential.proof import unsigned, verify_proof
from jobtwin.errors import EngineError, Refused
from jobtwin.forge.events import Effects, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.forge.local import OnThisMachine
from jobtwin.forge.performing import Done
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.credential import Issued
from jobtwin.rules.ledger import check_record, digest, sign
from jobtwin.site.signed import bare_keys, key_files, signed_jwt, status_lists

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
        "1.jwt",
        "issued-1.yml",
    ]


def test_the_jwt_says_the_same_and_names_the_published_jwk(desk: Any) -> None:
    desk.graded(score=0.9)
    effects = _issued(desk)
    (content,) = (body for path, body in effects.records.items() if path.endswith(".jwt"))
    token = read_jwt(content)
    assert token.document == unsigned(_signed(effects))
    published = bare_keys(desk.ledger().tree.read(layout.JWKS))
    jwk = json.loads(published[token.kid.removeprefix("https://credentials.example/")])
    assert is_signature(from_jwk(jwk), token.signed, token.signature)


def test_the_jwt_is_verified_like_any_other_form(desk: Any, tmp_path: Path) -> None:
    desk.graded(score=0.9)
    effects = _issued(desk)
    ledger = desk.ledger()
    site = key_files(ledger) | status_lists(ledger)
    for path, content in site.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (issued,) = ledger.issued(next(ledger.credentials()))
    (path,) = signed_jwt(ledger, issued.record)
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(effects.records[layout.signed_jwt(issued.record.credential, 1)])
    url = f"{ledger.issuer.url}/{path}"
    found = verify_source(url, now=desk.now, mirror=tmp_path)
    assert (found.signature.value, found.status.value) == ("valid", "holds")


def test_did_json_jwks_json_and_the_bare_jwks_hold_the_same_keys(desk: Any) -> None:
    tree = desk.ledger().tree
    jwks = json.loads(tree.read(layout.JWKS))["keys"]
    methods = json.loads(tree.read(layout.DID))["verificationMethod"]
    bare = {path: json.loads(body) for path, body in bare_keys(tree.read(layout.JWKS)).items()}
    assert bare == {f"keys/{key['kid']}.jwk.json": key for key in jwks}
    in_did = {method_key(method) for method in methods}
    assert in_did == {from_jwk(key) for key in jwks} == {from_jwk(key) for key in bare.values()}


def test_a_program_that_keeps_the_key_gives_the_same_bytes_as_the_key(
    desk: Any, tmp_path: Path
) -> None:
    desk.graded(score=0.9)
    own = desk.holders.signer("issuer")
    program = tmp_path / "signer"
    program.write_text(
        f"#!{sys.executable}\n"
        "import base64, json, sys\n"
        "from nacl.signing import SigningKey\n"
        "asked = json.load(sys.stdin)\n"
        f"key = SigningKey(bytes.fromhex('{own.seed.hex()}'))\n"
        f"answer = {{'public_key': '{multikey.encode(own.public_key)}'}}\n"
        "if asked['do'] == 'sign':\n"
        "    payload = base64.urlsafe_b64decode(asked['payload'] + '==')\n"
        "    signature = base64.urlsafe_b64encode(key.sign(payload).signature)\n"
        "    answer = {'signature': signature.decode().rstrip('=')}\n"
        "print(json.dumps(answer))\n",
        "utf-8",
    )
    program.chmod(0o700)
    behind = Holders({**desk.holders.secrets, "issuer": f"command:{own.key_id}:{program}"})
    event = desk.event()
    expected = issue.issue(event, desk.ledger(), desk.holders).records
    assert issue.issue(event, desk.ledger(), behind).records == expected


def test_what_signs_under_a_published_name_with_another_key_signs_nothing(desk: Any) -> None:
    desk.graded(score=0.9)
    own = desk.holders.signer("issuer")
    others = Holders({**desk.holders.secrets, "issuer": f"{own.key_id}:{'7' * 64}"})
    with pytest.raises(EngineError, match="another key than the published one"):
        issue.issue(desk.event(), desk.ledger(), others)


def test_what_a_thief_put_on_record_is_not_signed_again(desk: Any) -> None:
    desk.graded(score=0.9)
    _issued(desk)
    ledger = desk.ledger()
    (honest,) = ledger.issued(next(ledger.credentials()))
    signer = desk.holders.signer("issuer")
    for name, changes in (
        ("aa" * 16, {"attempt": "ab" * 16}),
        ("bb" * 16, {"decision": "sha256:" + "b" * 64}),
    ):
        made_up = honest.record.model_copy(update={"credential": name, **changes})
        _replace(desk, layout.issued(name, 1), write(sign(made_up, signer)))
    public = multikey.encode(SeedSigner("", b"n" * 32).public_key)
    desk.apply(Effects(records=rekey.add(desk.ledger(), "key-2026-2", public, desk.now)))
    desk.apply(Effects(records=rekey.compromise(desk.ledger(), "key-2026-1", desk.now)))
    listed = issue.batch(desk.ledger())
    assert [item.digest for item in listed.again] == [honest.digest]
    assert listed.named == {honest.digest}
    assert not listed.is_empty


def test_a_credential_is_signed_a_third_time_after_its_revocation_in_one_chain(desk: Any) -> None:
    desk.graded(score=0.9)
    _issued(desk)
    (name,) = desk.ledger().credentials()
    holders = desk.holders
    for number, seed in ((2, "22" * 32), (3, "33" * 32)):
        public = multikey.encode(SeedSigner("", bytes.fromhex(seed)).public_key)
        old, new = f"key-2026-{number - 1}", f"key-2026-{number}"
        desk.wait(hours=1)
        desk.apply(Effects(records=rekey.add(desk.ledger(), new, public, desk.now)))
        desk.apply(Effects(records=rekey.compromise(desk.ledger(), old, desk.now)))
        desk.wait(hours=1)
        holders = Holders({**holders.secrets, "issuer": f"{new}:{seed}"})
        desk.apply(issue.issue(desk.event(), desk.ledger(), holders))
        if number == 2:
            desk.wait(hours=1)
            event = desk.event()
            desk.apply(revoke(event, desk.ledger(), holders, name, "Not theirs.", event.at))
    first, second, third = (item.record for item in desk.ledger().issued(name))
    assert first.status == second.status == third.status
    assert third.previous == digest(desk.ledger().tree.read(layout.revoked(name)))
    assert issue.batch(desk.ledger()).is_empty
    codes = {item.finding.code for item in audit(desk.git).divergences}
    assert not {code for code in codes if code.startswith(("AUD-06", "AUD-01", "LED-"))}


def test_a_list_that_names_what_is_signed_again_is_shown_before_it_is_approved(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.graded(score=0.9)
    _issued(desk)
    (name,) = desk.ledger().credentials()
    public = multikey.encode(SeedSigner("", b"n" * 32).public_key)
    desk.apply(Effects(records=rekey.add(desk.ledger(), "key-2026-2", public, desk.now)))
    desk.apply(Effects(records=rekey.compromise(desk.ledger(), "key-2026-1", desk.now)))
    assert _run(["issue", "list", "--repo", str(desk.git.path)]) == 0
    page = capsys.readouterr().out
    assert "A compromised key had signed these" in page
    assert f"`{name}`" in page
    assert "No key in force has signed the latest status list 1." in page
    assert issue.batch(desk.ledger()).digest in page
    assert _run(["issue", "list", "--json", "--repo", str(desk.git.path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["again"], told["lists"], told["due"]) == ([name], [1], [])


def test_places_are_what_they_were_when_the_first_credentials_were_issued() -> None:
    places = [lists.place(b"s" * 32, count) for count in (0, 1, 131_071, 131_072)]
    assert [(one.list, one.index) for one in places] == [
        (1, 73671),
        (1, 2149),
        (1, 98962),
        (2, 4755),
    ]


def test_when_a_list_is_full_the_next_begins_and_no_place_comes_twice(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CAPACITY", 2)
    places = [lists.place(desk.holders.subject, count) for count in range(6)]
    assert [place.list for place in places] == [1, 1, 2, 2, 3, 3]
    assert len({(place.list, place.index) for place in places}) == 6
    monkeypatch.setattr(lists, "CAPACITY", 1)
    desk.graded(score=0.9)
    _second(desk)
    effects = _issued(desk)
    signed = [load(Issued, body).record for path, body in effects.records.items() if ".yml" in path]
    assert sorted(record.status.list for record in signed) == [1, 2]
    assert {layout.status_list(1, 1), layout.status_list(2, 1)} <= effects.records.keys()
    codes = {item.finding.code for item in audit(desk.git).divergences}
    assert not {code for code in codes if code.startswith("AUD-06")}


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
    monkeypatch.setattr(signing, "confirm_with_openbadgeslib", lambda *_: refusal)
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


def _second(desk: Any) -> str:
    """Play the attempt of another learner, and return the digest of its decision."""
    attempt_id, _ = desk.graded(score=0.85, account=1002)
    return str(desk.attempt(attempt_id).tip)


def test_what_is_due_is_listed_without_any_secret(
    desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attempt_id, _ = desk.graded(score=0.9)
    words = ["issue", "list", "--repo", str(desk.git.path)]
    assert _run([*words, "--github-output", str(tmp_path / "output")]) == 0
    page = capsys.readouterr().out
    assert f"`{attempt_id}`" in page
    assert desk.attempt(attempt_id).tip in page
    head = desk.git.text("rev-parse", "main")
    batch = issue.batch(desk.ledger()).digest
    assert (tmp_path / "output").read_text() == f"batch={batch}\ncommit={head}\n"
    assert _run([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["batch"], [item["attempt"] for item in told["due"]]) == (batch, [attempt_id])


def test_nothing_due_is_no_batch_to_approve(
    desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["issue", "list", "--repo", str(desk.git.path)]
    assert _run([*words, "--github-output", str(tmp_path / "output")]) == 0
    assert capsys.readouterr().out.startswith("Nothing is due")
    assert (tmp_path / "output").read_text().startswith("batch=\n")


def test_the_batch_is_the_same_in_whatever_order_it_is_found(desk: Any) -> None:
    desk.graded(score=0.9)
    _second(desk)
    found = issue.batch(desk.ledger())
    assert len(found.due) == 2
    assert issue.Batch("", found.due[::-1]).digest == found.digest
    assert issue.Batch("", found.due[:1]).digest != found.digest


def test_what_became_due_after_the_approval_waits_for_the_next_batch(desk: Any) -> None:
    desk.graded(score=0.9)
    batch = issue.batch(desk.ledger())
    later = _second(desk)
    only = issue.approved(desk.ledger(), batch.digest, batch.commit)
    effects = desk.apply(issue.issue(desk.event(), desk.ledger(), desk.holders, only))
    signed = [load(Issued, body).record for p, body in effects.records.items() if "/issued-" in p]
    assert [record.decision for record in signed] == list(batch.decisions)
    assert issue.batch(desk.ledger()).decisions == {later}


def test_without_its_commit_a_batch_that_grew_is_refused(desk: Any) -> None:
    desk.graded(score=0.9)
    batch = issue.batch(desk.ledger())
    assert issue.approved(desk.ledger(), batch.digest) == batch.decisions
    _second(desk)
    with pytest.raises(Refused, match="ISS-001"):
        issue.approved(desk.ledger(), batch.digest)


def test_a_commit_that_lists_something_else_is_refused(desk: Any) -> None:
    before = desk.git.text("rev-parse", "main")
    desk.graded(score=0.9)
    batch = issue.batch(desk.ledger())
    with pytest.raises(Refused, match="ISS-001"):
        issue.approved(desk.ledger(), batch.digest, before)


@pytest.mark.parametrize("commit", ["f" * 40, "--all", "no such\nthing", "refs/pull/1/head"])
def test_a_commit_that_is_not_in_mains_history_approves_nothing(desk: Any, commit: str) -> None:
    desk.graded(score=0.9)
    batch = issue.batch(desk.ledger())
    desk.git.run("update-ref", "refs/pull/1/head", _elsewhere(desk))
    with pytest.raises(Refused, match="not in main's history"):
        issue.approved(desk.ledger(), batch.digest, commit)


def _elsewhere(desk: Any) -> str:
    """Return a commit with main's files that main does not have."""
    person = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    tree = desk.git.text("rev-parse", "main^{tree}")
    return str(desk.git.text("commit-tree", tree, "-p", "main", "-m", "elsewhere", env=person))


def test_a_decision_that_was_exchanged_after_the_approval_is_not_signed(desk: Any) -> None:
    attempt_id, _ = desk.graded(score=0.9)
    batch = issue.batch(desk.ledger())
    path = layout.decision("jt-incident-4", attempt_id)
    decision = desk.attempt(attempt_id).chain[-1].record
    other = write(decision.model_copy(update={"overall": 0.95}))
    _replace(desk, path, other)
    with pytest.raises(Refused, match="does not stand any more"):
        issue.approved(desk.ledger(), batch.digest, batch.commit)


def _replace(desk: Any, path: str, content: bytes) -> None:
    """Push a commit that no act would make."""
    blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    index = {"GIT_INDEX_FILE": str(desk.git.path / "tampering")}
    desk.git.run("read-tree", "main", env=index)
    line = f"100644 {blob}\t{path}\n".encode()
    desk.git.run("update-index", "--index-info", stdin=line, env=index)
    person = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    tree = desk.git.text("write-tree", env=index)
    commit = desk.git.text("commit-tree", tree, "-p", "main", "-m", "t", env=person)
    desk.git.run("update-ref", "refs/heads/main", commit)


def test_the_command_signs_what_was_approved_and_says_cleanly_when_it_was_not(
    desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.graded(score=0.9)
    write_secrets(desk.holders, tmp_path / "secrets")
    (tmp_path / "event.json").write_bytes(event_to_json(desk.event()))
    words = ["issue", "--repo", str(desk.git.path), "--event", str(tmp_path / "event.json")]
    words += ["--secrets", str(tmp_path / "secrets")]
    assert _run([*words, "--batch", "sha256:" + "0" * 64]) == 1
    told = capsys.readouterr().err
    assert "ISS-001" in told
    assert "Traceback" not in told
    assert _run([*words, "--batch", issue.batch(desk.ledger()).digest]) == 0
    assert "1 credential signed" in capsys.readouterr().out


def test_a_batch_that_github_was_told_is_refused_still_ends_the_job_in_red(
    desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Refused([issue.OTHER_BATCH.at("another one")])
    told = Done(Effects(comment="refused"), (), refused.findings)
    monkeypatch.setattr(OnThisMachine, "perform", lambda *_: told)
    (tmp_path / "event.json").write_bytes(event_to_json(desk.event()))
    words = ["issue", "--repo", str(desk.git.path), "--event", str(tmp_path / "event.json")]
    assert _run([*words, "--batch", "sha256:" + "0" * 64]) == 1


def test_on_github_nothing_is_signed_without_a_batch(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["issue", "--on", "github"]) == 2
    assert "--batch" in capsys.readouterr().err


@pytest.mark.parametrize("marked", [True, False])
def test_a_key_for_tests_and_an_organisation_in_earnest_do_not_go_together(
    desk: Any, marked: bool
) -> None:
    desk.graded(score=0.9)
    ledger = desk.ledger()
    (key,) = ledger.issuer_keys.keys
    keys = ledger.issuer_keys.model_copy(
        update={"keys": (key.model_copy(update={"test": marked}),)}
    )
    _replace(desk, layout.ISSUER_KEYS, write(keys))
    _replace(desk, layout.ISSUER, write(ledger.issuer.model_copy(update={"test": not marked})))
    with pytest.raises(Refused, match="ISS-002"):
        issue.issue(desk.event(), desk.ledger(), desk.holders)


def test_the_learner_is_told_where_the_credential_is_also_when_the_job_runs_again(
    desk: Any,
) -> None:
    desk.graded()
    event = desk.event()
    effects = desk.apply(issue.issue(event, desk.ledger(), desk.holders))
    path = next(path for path in effects.records if path.endswith("/issued-1.yml"))
    page = "https://credentials.example/" + path.removesuffix("issued-1.yml")
    (notice,) = effects.notices
    assert (notice.pull_request, notice.labels) == (7, ("passed",))
    assert f"Your credential: <{page}>" in notice.comment
    again = issue.issue(event, desk.ledger(), desk.holders)
    assert (dict(again.records), again.notices) == ({}, effects.notices)
    assert issue.issue(desk.event(), desk.ledger(), desk.holders).notices == ()


def test_what_waited_a_day_for_its_approval_is_not_dated_back(desk: Any) -> None:
    desk.graded()
    asked = desk.event()
    desk.wait(days=1)
    desk.evaluated_attempt(account=1002)
    effects = issue.issue(asked, desk.ledger(), desk.holders)
    path = next(path for path in effects.records if path.endswith("/issued-1.yml"))
    assert load(Issued, effects.records[path]).record.at == desk.now
