"""Claims that no honest desk would have written: the replay names each, with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.audit import audit
from jobtwin.acts.claim import claim
from jobtwin.forge.events import Account
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import CalibrationNow, Claim
from jobtwin.records.organisation import Revealed
from jobtwin.repository import append
from jobtwin.rules import queue, relations, seeds
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Callable

TWIN = "jt-incident-4"
MENTOR, OTHER = Account(501, "mia"), Account(502, "max")
OURS = ("AUD-130", "AUD-131", "AUD-132")


def _found(desk: Any) -> dict[str, str]:
    """Return what the audit says of the queue: code → message."""
    report = audit(desk.git)
    findings = [divergence.finding for divergence in report.divergences]
    return {finding.code: finding.message for finding in findings if finding.code in OURS}


def _forge(desk: Any, attempt_id: str, mentor: str = "mia", **changed: Any) -> Claim:
    """Write a claim with the desk's own key, past every rule."""
    attempt = desk.attempt(attempt_id)
    number = len(attempt.all(Claim)) + 1
    secret = desk.holders.cohort("autumn-2026")
    calibration = desk.ledger().calibrations("mia", TWIN)[-1]
    signer = desk.holders.signer("desk")
    record = Claim(
        format=1,
        at=desk.now,
        event=desk.event(kind="issue_comment.created").id,
        previous=attempt.tip,
        key=signer.key_id,
        attempt=attempt_id,
        number=number,
        review_id=seeds.review_id(secret, attempt_id, number),
        mentor=mentor,
        due=desk.now + timedelta(hours=48),
        calibration=CalibrationNow(
            record=calibration.digest,
            agreement=calibration.record.agreement,
            expires=calibration.record.expires,
        ),
    )
    record = sign(record.model_copy(update=changed), signer)
    append.add(desk.git, {layout.claim(TWIN, attempt_id, number): write(record)}, "f", desk.now)
    return record


def _reveal(desk: Any) -> None:
    signer = desk.holders.signer("clock")
    record = sign(
        Revealed(
            format=1,
            at=desk.now,
            event=desk.event().id,
            key=signer.key_id,
            cohort="autumn-2026",
            secret=desk.holders.cohort("autumn-2026").hex(),
        ),
        signer,
    )
    path = "cohorts/autumn-2026.revealed.yml"
    append.add(desk.git, {path: write(record)}, "Reveal", desk.now)


def test_honest_claims_hold_before_and_after_the_secret_is_revealed(desk: Any) -> None:
    for account in range(1001, 1012):
        desk.evaluated_attempt(account)
    for actor in (MENTOR, OTHER, MENTOR):
        desk.claim(actor)
    desk.wait(hours=49)
    desk.claim(OTHER)
    assert _found(desk) == {}
    before = audit(desk.git)
    assert any("the draws of 4 claims by cohort autumn-2026" in item for item in before.unchecked)
    _reveal(desk)
    after = audit(desk.git)
    assert after.checked["draws by the revealed secret"] == 4
    assert _found(desk) == {}


def test_a_claim_by_a_mentor_of_the_learners_employer(desk: Any) -> None:
    employer = relations.employer(desk.holders.subject, "example.com")
    hired = desk.ledger().mentor("mia").model_copy(update={"employer": employer})
    append.add(desk.git, {layout.mentor("mia"): write(hired)}, "Mia works", desk.now)
    _forge(desk, desk.evaluated_attempt(employer=employer))
    assert "`mia`: same employer" in _found(desk)["AUD-130"]


def test_a_claim_by_a_mentor_whom_the_learner_knows(desk: Any) -> None:
    _forge(desk, desk.evaluated_attempt(relations=(MENTOR.number,)))
    assert "declared by the learner" in _found(desk)["AUD-130"]


def test_a_claim_by_a_mentor_who_knows_the_learner(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(related=(1001,))
    desk.calibrate()
    _forge(desk, desk.evaluated_attempt(1001))
    assert "declared by the grader" in _found(desk)["AUD-130"]


def test_a_claim_of_ones_own_work(desk: Any) -> None:
    _forge(desk, desk.evaluated_attempt(MENTOR.number))
    assert "`mia`: same person" in _found(desk)["AUD-130"]


def test_a_claim_by_an_uncalibrated_mentor(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    desk.calibrate("mia")
    _forge(desk, desk.evaluated_attempt(), mentor="max")
    assert "`max`: not calibrated" in _found(desk)["AUD-130"]


def test_a_claim_after_the_calibration_is_used_up_by_time(desk: Any) -> None:
    desk.wait(days=91)
    _forge(desk, desk.evaluated_attempt())
    assert "`mia`: expired" in _found(desk)["AUD-130"]


def test_a_released_attempt_that_went_back_to_the_same_mentor(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    desk.claim()
    desk.wait(hours=49)
    _forge(desk, attempt_id)
    assert "`mia`: claimed before" in _found(desk)["AUD-130"]


def test_a_retake_by_the_mentor_of_the_first_attempt(desk: Any) -> None:
    desk.graded(score=0.5)
    _forge(desk, desk.evaluated_attempt(number=2))
    assert "`mia`: graded before" in _found(desk)["AUD-130"]


def test_a_fourth_claim_at_once(desk: Any) -> None:
    for account in range(1001, 1005):
        desk.evaluated_attempt(account)
    for _ in range(3):
        desk.claim()
    free = next(w for w in _waiting(desk) if w)
    _forge(desk, free)
    assert "`mia`: holds enough" in _found(desk)["AUD-130"]


def test_an_attempt_from_behind_the_first_eight(desk: Any) -> None:
    ids = [desk.evaluated_attempt(account) for account in range(1001, 1010)]
    _forge(desk, ids[-1])
    assert "not one of the 8" in _found(desk)["AUD-131"]


def test_an_attempt_that_somebody_holds_already(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    desk.claim()
    desk.wait(hours=1)
    _forge(desk, attempt_id, mentor="max")
    assert "not one of the 0" in _found(desk)["AUD-131"]


def test_an_attempt_before_what_came_back_to_the_front(desk: Any) -> None:
    desk.evaluated_attempt(1001)
    desk.claim()
    desk.wait(hours=49)
    ids = [desk.evaluated_attempt(account) for account in range(1002, 1010)]
    _forge(desk, ids[-1], mentor="max")
    assert "not one of the 8" in _found(desk)["AUD-131"]


def test_a_favourable_draw_is_found_once_the_secret_is_revealed(desk: Any) -> None:
    ids = [desk.evaluated_attempt(account) for account in range(1001, 1004)]
    secret = desk.holders.cohort("autumn-2026")
    event = f"issue_comment.created:{desk.events + 1}"
    wished = next(name for name in ids if name != ids[seeds.draw(secret, event, 3)])
    _forge(desk, wished)
    assert _found(desk) == {}
    _reveal(desk)
    assert "the draw gives attempt" in _found(desk)["AUD-132"]


def test_a_review_id_of_ones_own_choice(desk: Any) -> None:
    _forge(desk, desk.evaluated_attempt(), review_id="0" * 32)
    _reveal(desk)
    assert "the review id is not" in _found(desk)["AUD-132"]


@pytest.mark.parametrize("hours", [1, 49])
def test_act_and_audit_rule_by_one_register(desk: Any, hours: int) -> None:
    for account in range(1001, 1011):
        desk.evaluated_attempt(account)
    desk.claim()
    desk.wait(hours=hours)
    event = desk.event(OTHER, f"/claim {TWIN}", kind="issue_comment.created")
    effects = claim(event, desk.ledger(), desk.holders)
    (content,) = effects.records.values()
    assert load(Claim, content).record.attempt in _waiting(desk)


def _waiting(desk: Any) -> list[str]:
    from jobtwin.repository import queues

    register: queue.Register = queues.register(desk.ledger(), TWIN)
    return [w.candidate.attempt for w in register.waiting(TWIN, desk.now)]
