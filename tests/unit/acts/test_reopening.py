"""What rests on a mentor who has drifted is read anew: who decides, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.calibrate.affected import affected
from jobtwin.acts.calibrate.reopening import reopen
from jobtwin.acts.issue import batch, issue
from jobtwin.acts.revoke import revoke
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.forge import answering
from jobtwin.forge.events import Account, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Decision, Reopened
from jobtwin.repository import append, queues
from jobtwin.rules import seeds
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from jobtwin.acts.calibrate.affected import Resting

TWIN = "jt-incident-4"
MENTOR, OTHER = Account(501, "mia"), Account(502, "max")


def _issue(desk: Any) -> Any:
    return desk.apply(issue(desk.event(), desk.ledger(), desk.holders))


def _reopen(desk: Any) -> Any:
    return desk.apply(reopen(desk.event(), desk.ledger(), desk.holders, TWIN, "mia"))


def _in_doubt(desk: Any) -> tuple[str, str]:
    """Return attempt and credential of a learner whose only mentor was stopped since."""
    attempt, _ = desk.graded(score=0.85)
    _issue(desk)
    (credential,) = desk.ledger().credentials()
    desk.stop()
    return attempt, credential


def _read_anew(desk: Any, attempt: str, score: float) -> Any:
    _reopen(desk)
    desk.wait(minutes=5)
    assert desk.claim(OTHER).attempt == attempt
    desk.review(desk.written(attempt, score, mentor="max"), key="max")
    desk.wait(minutes=5)
    return desk.decide(attempt)


def _listed(desk: Any) -> Resting:
    (found,) = affected(desk.ledger(), "mia")
    return found


def test_a_review_that_is_in_and_not_decided_waits_for_another_mentor(desk: Any) -> None:
    attempt = desk.evaluated_attempt()
    desk.claim()
    desk.review(desk.written(attempt, 0.9))
    desk.stop()
    with pytest.raises(Refused, match="0 of 1 reviews that count"):
        desk.decide(attempt)
    waiting = queues.register(desk.ledger(), TWIN).waiting(TWIN, desk.now)
    assert [one.candidate.attempt for one in waiting] == [attempt]
    assert desk.claim(OTHER).attempt == attempt
    desk.review(desk.written(attempt, 0.75, mentor="max"), key="max")
    desk.decide(attempt)
    decision = desk.attempt(attempt).last(Decision).record
    assert (decision.overall, decision.void) == (0.75, (1,))
    assert not {"AUD-030", "AUD-090", "AUD-130", "AUD-131"} & desk.divergences()


def test_the_learner_is_told_that_the_work_is_in_front_of_the_queue_again(desk: Any) -> None:
    attempt = desk.evaluated_attempt()
    desk.claim()
    desk.review(desk.written(attempt, 0.9))
    desk.stop()
    ledger = desk.ledger()
    found = ledger.attempt(TWIN, attempt)
    now = answering.standing_of(ledger, desk.holders.subject, found, desk.event())
    assert (now.stage, now.follows) == ("waiting-for-mentor", "")
    assert "grades no more for now" in now.comment


def test_what_has_to_be_reviewed_again_goes_back_into_the_queue_once(desk: Any) -> None:
    attempt, credential = _in_doubt(desk)
    assert _listed(desk).fate == "reviewed again"
    effects = _reopen(desk)
    ((path, content),) = effects.records.items()
    assert path == layout.reopened(TWIN, attempt, 1)
    assert load(Reopened, content).record.mentor == "mia"
    found = _listed(desk)
    assert (found.credential, found.fate, found.is_waiting) == (credential, "reviewed again", True)
    ledger = desk.ledger()
    now = answering.standing_of(
        ledger, desk.holders.subject, ledger.attempt(TWIN, attempt), desk.event()
    )
    assert now.stage == "waiting-for-mentor"
    assert "read anew by another mentor" in now.comment
    assert _reopen(desk).records == {}
    with pytest.raises(Refused, match="CLM-003"):
        desk.claim(MENTOR)


def test_the_credential_stands_where_others_say_no_less(desk: Any) -> None:
    attempt, _ = _in_doubt(desk)
    effects = _read_anew(desk, attempt, 0.95)
    assert "Your credential stands." in effects.comment
    assert effects.reminders == ()
    assert _listed(desk).fate == "kept"
    assert batch(desk.ledger()).is_empty
    assert not _issue(desk).records


def test_where_others_say_less_the_credential_is_signed_again_by_their_decision(desk: Any) -> None:
    attempt, credential = _in_doubt(desk)
    effects = _read_anew(desk, attempt, 0.75)
    assert "issue" in [then.act for then in effects.then]
    found = _listed(desk)
    assert (found.fate, "says less" in found.why) == ("superseded", True)
    assert [one.record.credential for one in batch(desk.ledger()).again] == [credential]
    _issue(desk)
    first, second = desk.ledger().issued(credential)
    assert second.record.decision == desk.attempt(attempt).last(Decision).digest
    assert first.record.decision != second.record.decision
    assert "it was signed again" in _listed(desk).why
    assert batch(desk.ledger()).is_empty


def test_what_others_do_not_pass_is_listed_for_revocation_and_signed_by_nobody(desk: Any) -> None:
    attempt, credential = _in_doubt(desk)
    effects = _read_anew(desk, attempt, 0.3)
    assert _listed(desk).fate == "revoked"
    assert "an operator revokes it now" in effects.comment
    (reminder,) = effects.reminders
    assert f"jobtwin revoke {credential}" in reminder.text
    assert batch(desk.ledger()).is_empty
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, credential, "Not passed.", event.at))
    assert _listed(desk).why.startswith("it was revoked")


@pytest.mark.parametrize("score", [0.95, 0.75, 0.3])
def test_audit_replays_what_was_read_anew(desk: Any, score: float) -> None:
    attempt, _ = _in_doubt(desk)
    before = desk.divergences()
    _read_anew(desk, attempt, score)
    _issue(desk)
    assert desk.divergences() == before


def test_reopening_at_will_is_found(desk: Any) -> None:
    attempt, _ = desk.graded(score=0.85)
    decided = desk.attempt(attempt).last(Decision)
    desk.wait(minutes=5)
    signer = desk.holders.signer("desk")
    record = Reopened(
        format=1,
        at=desk.now,
        event=desk.event().id,
        previous=decided.digest,
        key=signer.key_id,
        attempt=attempt,
        number=1,
        decision=decided.digest,
        mentor="mia",
    )
    signed = write(sign(record, signer))
    append.add(desk.git, {layout.reopened(TWIN, attempt, 1): signed}, "Forged", desk.now)
    assert "AUD-136" in desk.divergences()


def test_signing_again_without_a_decision_that_says_less_is_found(desk: Any) -> None:
    attempt, credential = _in_doubt(desk)
    _read_anew(desk, attempt, 0.75)
    effects = issue(desk.event(), desk.ledger(), desk.holders)
    path = layout.issued(credential, 2)
    first = desk.ledger().issued(credential)[0].record
    forged = load(type(first), effects.records[path]).record
    forged = forged.model_copy(update={"decision": first.decision})
    content = write(sign(forged, desk.holders.signer("issuer")))
    append.add(desk.git, dict(effects.records) | {path: content}, "Forged", desk.now)
    assert "AUD-066" in desk.divergences()


def test_the_commands_as_operators_run_them(desk: Any, tmp_path: Any, capsys: Any) -> None:
    _in_doubt(desk)
    secrets, event = tmp_path / "secrets", tmp_path / "event.json"
    write_secrets(desk.holders, secrets)
    event.write_bytes(event_to_json(desk.event()))
    named = ["--event", str(event), "--repo", str(desk.git.path), "--secrets", str(secrets)]
    assert _run(["calibrate", "reopen", TWIN, "mia", *named]) == 0
    assert "1 attempts are put before other mentors; 0 wait already." in capsys.readouterr().out
    assert _run(["calibrate", "carrier", "1001", "--secrets", str(secrets)]) == 0
    subject = seeds.subject(desk.holders.subject, 1001)
    assert capsys.readouterr().out.strip() == seeds.carrier(desk.holders.subject, subject)


def test_what_a_carrier_handed_in_is_never_signed(desk: Any) -> None:
    desk.graded(score=0.9, account=1001)
    mine, _ = desk.graded(score=0.9, account=1002)
    subject = seeds.subject(desk.holders.subject, 1001)
    line = seeds.carrier(desk.holders.subject, subject)
    content = f"format: 1\ncarriers: [{line}]\n".encode()
    append.add(desk.git, {layout.CARRIERS: content}, "A carrier", desk.now)
    _issue(desk)
    (credential,) = desk.ledger().credentials()
    assert credential == seeds.credential(desk.holders.subject, mine)
    assert line != subject
