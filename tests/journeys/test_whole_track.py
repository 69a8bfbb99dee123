"""A learner goes through a track of two twins: from the first attempt to a part that is revoked."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.two_twins import BEN, FIRST, LEA, SECOND, SKILL, TRACK, TwoTwins

from jobtwin.acts.audit import audit
from jobtwin.acts.issue import batch
from jobtwin.acts.issue.track import derive_track
from jobtwin.cli import _run
from jobtwin.credential.jsonbytes import jcs
from jobtwin.credential.proof import unsigned
from jobtwin.records import layout
from jobtwin.records.credential import IssuedTrack
from jobtwin.rules.ledger import digest

SCHEMAS = Path(__file__).parents[3] / "shared" / "standards" / "schemas"


@pytest.fixture
def play(tmp_path: Path) -> TwoTwins:
    return TwoTwins(tmp_path).calibrated()


def _cleared(play: TwoTwins) -> str:
    """Play Lea through both twins, sign what is due, and return the track's credential."""
    play.passes(LEA, FIRST)
    play.passes(LEA, SECOND)
    play.issues()
    return play.track_credential(LEA)


def _track(play: TwoTwins, name: str) -> IssuedTrack:
    record: IssuedTrack = play.ledger(lambda ledger: ledger.issued_track(name)[-1].record)
    return record


def _document(play: TwoTwins, name: str) -> dict[str, Any]:
    content = play.ledger(lambda ledger: ledger.tree.read(layout.signed(name, 1)))
    found: dict[str, Any] = json.loads(content)
    return found


def test_one_approval_signs_the_last_part_and_the_track(play: TwoTwins) -> None:
    play.passes(LEA, FIRST)
    assert play.issues().comment == "1 credential signed."
    play.passes(LEA, SECOND)
    listed = play.ledger(batch)
    assert [cleared.track.id for cleared in listed.tracks] == [TRACK]
    done = play.issues()
    assert done.comment == "2 credentials signed."
    (told,) = done.notices
    assert f"{layout.credential(play.track_credential(LEA))}/>" in told.comment
    assert play.issues().records == {}
    assert audit(play.forge.origin).divergences == ()


def test_whoever_approves_sees_the_track_and_what_falls(
    play: TwoTwins, capsys: pytest.CaptureFixture[str]
) -> None:
    attempts = [play.passes(LEA, twin) for twin in (FIRST, SECOND)]
    repo = ["--repo", str(play.forge.origin.path)]
    assert _run(["issue", "list", *repo]) == 0
    page = capsys.readouterr().out
    assert "| Two Twins Track | jt-first-1 0.75" in page
    assert _run(["issue", "list", *repo, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["tracks"]
    assert told["attempts"] == attempts
    assert told["cleared"] in page
    play.issues()
    part = play.credential(attempts[0])
    show = ["revoke", "show", part, "--reason", "Another's work.", *repo]
    assert _run(show) == 0
    assert play.track_credential(LEA) in capsys.readouterr().out
    assert _run([*show, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["falls"] == [play.track_credential(LEA)]


def test_who_has_cleared_one_twin_only_has_no_track(play: TwoTwins) -> None:
    play.passes(LEA, FIRST)
    play.passes(BEN, SECOND)
    assert play.ledger(batch).tracks == ()


def test_the_track_cites_its_parts_and_repeats_what_they_assert(play: TwoTwins) -> None:
    name = _cleared(play)
    document = _document(play, name)
    subject = document["credentialSubject"]
    achievement = subject["achievement"]
    assert achievement["achievementType"] == "LearningProgram"
    assert [item["targetCode"] for item in achievement["alignment"]] == [SKILL, SKILL]
    kinds = [item["resultType"] for item in achievement["resultDescription"]]
    each = ["ScaledScore", "ext:SkillAssertion", "ext:CohensKappa"]
    assert kinds == [*each, *each]
    assert "90 % interval" in achievement["criteria"]["narrative"]
    cited = {item["id"]: item["digestSRI"] for item in document["relatedResource"]}
    for part in _track(play, name).parts:
        url = f"https://credentials.example/{layout.credential(part.credential)}/credential.json"
        raw = bytes.fromhex(part.digest.removeprefix("sha256:"))
        assert cited.pop(url) == "sha256-" + base64.b64encode(raw).decode()
    assert all("/evidence/" in url for url in cited)
    assert len(cited) == 2


def test_the_unsigned_track_is_derived_again_from_records_alone(play: TwoTwins) -> None:
    name = _cleared(play)
    record = _track(play, name)
    derived = play.ledger(lambda ledger: derive_track(ledger, record))
    assert derived == unsigned(_document(play, name))
    assert digest(jcs(derived)) == record.digest


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the official schemas are not beside the clone")
def test_the_track_is_valid_against_the_official_schemas(play: TwoTwins) -> None:
    from jsonschema import Draft201909Validator, Draft202012Validator

    document = _document(play, _cleared(play))
    badge = SCHEMAS / "1edtech-ghpages-ob_v3p0_achievementcredential_schema.json"
    w3c = SCHEMAS / "w3c-verifiable-credential-schema.json"
    strict = Draft201909Validator(json.loads(badge.read_text())).iter_errors(document)
    general = Draft202012Validator(json.loads(w3c.read_text())).iter_errors(document)
    assert [error.message for error in (*strict, *general)] == []


def test_the_track_falls_with_its_part_in_one_commit(play: TwoTwins) -> None:
    name = _cleared(play)
    part = _track(play, name).parts[0].credential
    done = play.revokes(part)
    assert {layout.revoked(part), layout.revoked(name)} <= set(done.records)
    fallen = play.ledger(lambda ledger: ledger.revoked(name))
    assert fallen.part == part
    assert play.ledger(batch).is_empty
    assert audit(play.forge.origin).divergences == ()


def test_revoking_the_part_again_changes_nothing(play: TwoTwins) -> None:
    part = _track(play, _cleared(play)).parts[0].credential
    play.revokes(part)
    assert play.revokes(part).records == {}


def test_a_retake_after_a_revoked_part_gives_a_new_track(play: TwoTwins) -> None:
    name = _cleared(play)
    play.revokes(_track(play, name).parts[0].credential)
    again = play.passes(LEA, FIRST, score=0.7, nth=2)
    play.issues()
    second = _track(play, play.track_credential(LEA, 2))
    assert second.parts[0].credential == play.credential(again)
    assert second.supersedes is None
    assert audit(play.forge.origin).divergences == ()


def test_a_better_retake_supersedes_the_part_and_the_track_and_revokes_neither(
    play: TwoTwins,
) -> None:
    name = _cleared(play)
    before = _track(play, name).parts[0].credential
    better = play.passes(LEA, FIRST, score=0.9, nth=2)
    play.issues()
    issued = play.ledger(lambda ledger: ledger.issued(play.credential(better))[-1].record)
    assert issued.supersedes == before
    second = _track(play, play.track_credential(LEA, 2))
    assert second.supersedes == name
    assert second.parts[0].credential == play.credential(better)
    assert play.ledger(lambda ledger: ledger.revoked(before)) is None
    assert play.ledger(lambda ledger: ledger.revoked(name)) is None
    assert audit(play.forge.origin).divergences == ()


def test_a_lower_retake_makes_nothing_due(play: TwoTwins) -> None:
    _cleared(play)
    play.passes(LEA, FIRST, score=0.7, nth=2)
    assert play.ledger(batch).is_empty


def test_a_better_retake_before_the_batch_is_the_only_one_signed(play: TwoTwins) -> None:
    play.passes(LEA, FIRST, score=0.7)
    better = play.passes(LEA, FIRST, score=0.9, nth=2)
    play.issues()
    issued = play.ledger(lambda ledger: [n for n in ledger.credentials() if ledger.issued(n)])
    assert issued == [play.credential(better)]
    assert audit(play.forge.origin).divergences == ()
