"""Claims: who may, which attempt, until when; and every refusal in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.claim import claim
from jobtwin.errors import Refused
from jobtwin.forge.events import Account, Effects
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Claim
from jobtwin.repository import append
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Callable

MENTOR, OTHER = Account(501, "mia"), Account(502, "max")


def _refusal(desk: Any, actor: Account = MENTOR, comment: str = "/claim jt-incident-4") -> str:
    with pytest.raises(Refused) as refused:
        claim(desk.event(actor, comment), desk.ledger(), desk.holders)
    return " ".join(str(finding) for finding in refused.value.findings)


def test_a_claim_is_due_after_the_twins_hours_and_carries_the_calibration(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    record = desk.claim()
    calibration = desk.ledger().calibrations("mia", "jt-incident-4")[-1]
    assert (record.attempt, record.mentor) == (attempt_id, "mia")
    assert record.due == desk.now + timedelta(hours=48)
    assert record.calibration.record == calibration.digest
    assert record.calibration.agreement == calibration.record.agreement


def test_below_the_bar_is_graded_too(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt(bar=False)
    assert desk.claim().attempt == attempt_id


def test_the_draw_is_among_the_oldest_and_follows_from_the_event(desk: Any) -> None:
    ids = [desk.evaluated_attempt(account) for account in range(1001, 1011)]
    event = desk.event(comment="/claim jt-incident-4")
    secret = desk.holders.cohort("autumn-2026")
    effects = claim(event, desk.ledger(), desk.holders)
    drawn = ids[seeds.draw(secret, event.id, 8)]
    assert [path for path in effects.records if drawn in path]


def test_the_same_event_claims_once(desk: Any) -> None:
    desk.evaluated_attempt(1001)
    desk.evaluated_attempt(1002)
    event = desk.event(comment="/claim jt-incident-4")
    first = desk.apply(claim(event, desk.ledger(), desk.holders))
    again: Effects = claim(event, desk.ledger(), desk.holders)
    assert (dict(again.records), again.comment) == ({}, first.comment)


def test_a_claimed_attempt_is_not_drawn_again_before_it_is_overdue(desk: Any) -> None:
    desk.evaluated_attempt()
    desk.claim()
    assert "No attempt at `jt-incident-4` waits" in _refusal(desk, OTHER)


def test_an_overdue_claim_returns_to_the_front_and_not_to_the_same_mentor(desk: Any) -> None:
    first = desk.evaluated_attempt(1001)
    desk.claim()
    desk.wait(hours=49)
    for account in range(1002, 1012):
        desk.evaluated_attempt(account)
    claims = [desk.claim(OTHER) for _ in range(8)]
    assert first in {record.attempt for record in claims}
    assert len(desk.attempt(first).all(Claim)) == 2
    assert desk.claim(MENTOR).attempt != first


def test_the_mentors_own_attempt_is_refused(desk: Any) -> None:
    desk.evaluated_attempt(MENTOR.number)
    assert "CLM-003 One waiting attempt is your own." in _refusal(desk)


def test_a_relation_that_the_learner_declared_is_refused(desk: Any) -> None:
    desk.evaluated_attempt(relations=("mia",))
    assert "has declared a relation with you" in _refusal(desk)


def test_a_relation_that_the_mentor_declared_is_refused(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(related=(1001,))
    desk.calibrate()
    desk.evaluated_attempt(1001)
    assert "You have declared a relation" in _refusal(desk)


def test_a_retake_is_graded_by_another_mentor(desk: Any) -> None:
    desk.graded(score=0.5)
    desk.evaluated_attempt(number=2)
    assert "a retake is graded blind" in _refusal(desk)


def test_without_a_calibration_nothing_is_given_out(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    desk.evaluated_attempt()
    assert "You have not been calibrated" in _refusal(desk)


def test_a_round_that_failed_gives_no_right_to_grade(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    desk.calibrate(wrong_every=2)
    desk.evaluated_attempt()
    assert "did not reach the policy's agreement" in _refusal(desk)


def test_a_calibration_ends_with_its_last_day(desk: Any) -> None:
    desk.wait(days=90)
    desk.evaluated_attempt()
    assert "Your calibration expired on 2027-01-31T09:00:00Z." in _refusal(desk)


def test_an_infrastructure_error_is_not_in_the_queue(desk: Any) -> None:
    desk.evaluated_attempt(counts=False)
    assert "No attempt" in _refusal(desk)


def test_only_a_mentors_account_claims(desk: Any) -> None:
    desk.evaluated_attempt()
    assert "CLM-002" in _refusal(desk, Account(999, "mia"))


def test_a_mentor_who_has_left_does_not_claim(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    mentor = desk.ledger().mentor("mia")
    assert mentor is not None
    left = mentor.model_copy(update={"until": desk.now - timedelta(days=1)})
    append.add(desk.git, {layout.mentor("mia"): write(left)}, "Mia has left", desk.now)
    assert "CLM-002" in _refusal(desk)


@pytest.mark.parametrize(
    "comment",
    ["/claim", "claim jt-incident-4", "/claim jt-nothing-9", "/claim jt-incident-4 please", ""],
)
def test_a_comment_that_is_no_claim_is_told_so(desk: Any, comment: str) -> None:
    assert "CLM-001" in _refusal(desk, comment=comment)


def test_the_learner_is_told_that_somebody_reads_and_not_who(desk: Any) -> None:
    desk.evaluated_attempt()
    event = desk.event(MENTOR, "/claim jt-incident-4", kind="issue_comment.created")
    effects = desk.apply(claim(event, desk.ledger(), desk.holders))
    (notice,) = effects.notices
    assert (notice.pull_request, notice.labels, notice.close) == (7, ("in-review",), True)
    assert "A mentor is reading your work" in notice.comment
    assert "mia" not in notice.comment
    assert (effects.labels, effects.pull_request) == ((), None)
    again = claim(event, desk.ledger(), desk.holders)
    assert (again.records, again.notices, again.comment) == ({}, effects.notices, effects.comment)


def test_a_mentor_has_all_the_hours_also_when_the_claim_was_long_on_its_way(desk: Any) -> None:
    desk.evaluated_attempt()
    event = desk.event(MENTOR, "/claim jt-incident-4", kind="issue_comment.created")
    desk.evaluated_attempt(account=1002)
    effects = claim(event, desk.ledger(), desk.holders)
    (content,) = effects.records.values()
    record = load(Claim, content).record
    assert (record.at, record.due) == (desk.now, desk.now + timedelta(hours=48))
