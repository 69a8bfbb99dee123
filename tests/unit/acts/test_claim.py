"""Claims: who may, which attempt, until when; and every refusal in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.claim import Enrolment, claim, enrolled
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.forge.events import Account, Effects
from jobtwin.forge.founding import write_secrets
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Claim
from jobtwin.records.organisation import Mentor
from jobtwin.repository import append
from jobtwin.rules import relations, seeds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    desk.wait(minutes=1)
    assert "No attempt at `jt-incident-4` waits" in _refusal(desk, OTHER)


def test_who_lost_the_last_attempt_to_a_claim_of_the_same_second_is_told_so(desk: Any) -> None:
    desk.evaluated_attempt()
    desk.claim()
    told = _refusal(desk, OTHER)
    assert "CLM-004 another mentor's claim took the last attempt" in told
    assert "mia" not in told


def test_a_mentor_holds_three_claims_at_most(desk: Any) -> None:
    for account in range(1001, 1006):
        desk.evaluated_attempt(account)
    first = desk.claim()
    for _ in range(2):
        desk.claim()
    assert "You hold 3 claims at this twin: hand a review in first." in _refusal(desk)
    desk.review(desk.written(first.attempt))
    assert desk.claim()


def test_whoever_lets_three_claims_lapse_draws_no_more_for_ninety_days(desk: Any) -> None:
    for account in range(1001, 1006):
        desk.evaluated_attempt(account)
    due = desk.claim().due
    for _ in range(2):
        desk.claim()
    desk.wait(hours=49)
    assert "3 claims of yours came to nothing; you draw again from 2027-02-" in _refusal(desk)
    assert desk.claim(OTHER).at > due


def test_the_mentor_is_told_a_review_id_and_no_attempt(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    event = desk.event(comment="/claim jt-incident-4")
    effects = claim(event, desk.ledger(), desk.holders)
    (content,) = effects.records.values()
    record = load(Claim, content).record
    secret = desk.holders.cohort("autumn-2026")
    assert record.review_id == seeds.review_id(secret, attempt_id, 1) != attempt_id
    assert f"`mia` reviews `{record.review_id}`" in effects.comment
    assert attempt_id[:8] not in effects.message


def test_an_overdue_claim_returns_to_the_front_and_not_to_the_same_mentor(desk: Any) -> None:
    first = desk.evaluated_attempt(1001)
    desk.claim()
    desk.wait(hours=49)
    for account in range(1002, 1012):
        desk.evaluated_attempt(account)
    claims: list[Claim] = []
    while first not in {record.attempt for record in claims}:
        claims.append(desk.claim(OTHER))
        if claims[-1].attempt != first:
            written = desk.written(claims[-1].attempt, mentor="max")
            desk.review(written, key="max")
    assert len(claims) <= 8
    assert len(desk.attempt(first).all(Claim)) == 2
    assert desk.claim(MENTOR).attempt != first


def test_the_mentors_own_attempt_is_refused(desk: Any) -> None:
    desk.evaluated_attempt(MENTOR.number)
    assert "not for you: fewer than 5, because it is your own." in _refusal(desk)


def test_a_relation_that_the_learner_declared_is_refused(desk: Any) -> None:
    desk.evaluated_attempt(relations=(MENTOR.number,))
    assert "its learner has declared a relation with you" in _refusal(desk)


def test_a_relation_that_the_mentor_declared_is_refused(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(related=(1001,))
    desk.calibrate()
    desk.evaluated_attempt(1001)
    assert "because you have declared a relation with its learner" in _refusal(desk)


def test_a_learner_of_the_same_employer_is_refused(desk: Any) -> None:
    employer = relations.employer(desk.holders.subject, "example.com")
    mentor = desk.ledger().mentor("mia")
    hired = mentor.model_copy(update={"employer": employer})
    append.add(desk.git, {layout.mentor("mia"): write(hired)}, "Mia works", desk.now)
    desk.evaluated_attempt(employer=employer)
    assert "because its learner has your employer" in _refusal(desk)


def test_a_mentor_who_committed_to_the_work_is_refused(desk: Any) -> None:
    number = MENTOR.number
    mails = [f"{number}+mia@users.noreply.github.com", "lea@people.invalid"]
    desk.evaluated_attempt(identities=relations.identities(desk.holders.subject, mails, ()))
    assert "among those who committed to it" in _refusal(desk)
    assert desk.claim(OTHER)


def test_a_learner_of_the_same_cohort_is_refused(desk: Any) -> None:
    desk.evaluated_attempt(MENTOR.number, counts=False)
    desk.evaluated_attempt(1001)
    assert "because you are a learner of the same cohort" in _refusal(desk)


def test_a_retake_is_graded_by_another_mentor(desk: Any) -> None:
    desk.graded(score=0.5)
    desk.evaluated_attempt(number=2)
    assert "a retake is graded blind" in _refusal(desk)


def test_without_a_calibration_nothing_is_given_out(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    desk.evaluated_attempt()
    assert "you have no calibration." in _refusal(desk)


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


def test_a_mentor_is_enrolled_by_hashes_and_excluded_by_them(
    desk: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_secrets(desk.holders, tmp_path / "secrets")
    asked = ["--name", "Kim", "--key", desk.keys / "mia.pub", "--account", 777, "--account", 778]
    asked += ["--mail", "Kim@Example.com", "--employer", "example.com", "--knows", 1001]
    asked += ["--since", "2026-11-01T00:00:00Z", "--secrets", tmp_path / "secrets"]
    assert _run(["claim", "enrol", "kim", *map(str, asked)]) == 0
    content = capfd.readouterr().out.encode()
    kim, secret = load(Mentor, content).record, desk.holders.subject
    assert kim.account == seeds.subject(secret, 777)
    assert kim.relations == (seeds.subject(secret, 1001),)
    assert kim.employer == relations.employer(secret, "example.com")
    assert {seeds.subject(secret, 778), relations.address(secret, "kim@example.com")} < {
        *kim.identities
    }
    assert len(kim.identities) == 3
    assert not any(word in content.lower() for word in (b"example", b"kim@"))


def test_a_mentor_with_another_kind_of_key_is_not_enrolled(desk: Any) -> None:
    wish = Enrolment("kim", "Kim", "sk-ssh-ed25519@openssh.com AAAA", desk.now, (777,))
    with pytest.raises(Refused) as refused:
        enrolled(wish, desk.holders.subject)
    assert "key" in str(refused.value.findings[0])
