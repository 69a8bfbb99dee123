"""Reviews: the blank form, what is refused, whose signature counts, and when it is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.review import check, review, sign_review, template
from jobtwin.errors import Refused
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Claim, Evidence, Review, Reviewed
from jobtwin.repository import ssh
from jobtwin.rules.ledger import digest
from jobtwin.rules.signature import ROUND
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from pathlib import Path

TWIN = "jt-incident-4"


def _codes(desk: Any, written: Review, key: str = "mia") -> list[str]:
    with pytest.raises(Refused) as refused:
        desk.review(written, key)
    return [finding.code for finding in refused.value.findings]


def _claimed(desk: Any) -> str:
    attempt_id: str = desk.evaluated_attempt()
    desk.claim()
    return attempt_id


def _review_id(desk: Any, attempt_id: str) -> str:
    claimed = desk.attempt(attempt_id).last(Claim)
    review_id: str = claimed.record.review_id
    return review_id


def test_the_form_has_every_anchor_beside_its_score(desk: Any) -> None:
    attempt_id = _claimed(desk)
    review_id = _review_id(desk, attempt_id)
    content = template(desk.ledger(), TWIN, review_id)
    text = " ".join(content.decode().replace("#", " ").split())
    for dimension in desk.twin().rubric:
        for level in dimension.levels:
            assert " ".join(level.split()) in text
    assert "fail_to_pass: 1 (bar >= 1: met)" in text
    data = parse(content).data
    assert [item["dimension"] for item in data["scores"]] == [d.id for d in desk.twin().rubric]
    assert data["attempt"] == attempt_id


def test_the_blank_form_is_refused_at_every_gap(desk: Any) -> None:
    attempt_id = _claimed(desk)
    review_id = _review_id(desk, attempt_id)
    content = template(desk.ledger(), TWIN, review_id)
    with pytest.raises(Refused) as refused:
        load(Review, content, "review.yml")
    messages = [finding.message for finding in refused.value.findings]
    assert sum("score" in message for message in messages) >= 5
    assert all(finding.line for finding in refused.value.findings)


def test_a_form_for_an_attempt_that_nobody_claimed_is_refused(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    with pytest.raises(Refused, match="there is no claim"):
        template(desk.ledger(), TWIN, attempt_id)


def test_a_signed_review_is_kept_as_it_was_written(desk: Any) -> None:
    attempt_id = _claimed(desk)
    written = desk.written(attempt_id)
    effects = desk.review(written)
    path = layout.review(TWIN, attempt_id, 1)
    assert effects.records[path] == write(written)
    reviewed = desk.attempt(attempt_id).last(Reviewed).record
    assert reviewed.review == digest(write(written))
    assert reviewed.review_signature == digest(effects.records[f"{path}.sig"])
    assert reviewed.mentor_key.startswith("SHA256:")
    assert reviewed.within_sla


def test_the_same_review_again_changes_nothing(desk: Any) -> None:
    written = desk.written(_claimed(desk))
    first, again = desk.review(written), desk.review(written)
    assert (dict(again.records), again.comment) == ({}, first.comment)


def test_a_review_after_it_was_due_still_counts_and_is_marked(desk: Any) -> None:
    attempt_id = _claimed(desk)
    desk.wait(hours=48)
    desk.wait(seconds=1)
    desk.review(desk.written(attempt_id))
    assert not desk.attempt(attempt_id).last(Reviewed).record.within_sla


def test_a_released_claim_takes_no_review(desk: Any) -> None:
    from jobtwin.forge.events import Account

    attempt_id = _claimed(desk)
    late = desk.written(attempt_id)
    desk.wait(hours=49)
    desk.claim(Account(502, "max"))
    assert _codes(desk, late) == ["REV-007"]


def test_a_second_review_of_a_claim_is_refused(desk: Any) -> None:
    attempt_id = _claimed(desk)
    desk.review(desk.written(attempt_id))
    assert _codes(desk, desk.written(attempt_id, score=1.0)) == ["REV-007"]


def test_another_mentors_key_does_not_sign_it(desk: Any) -> None:
    assert _codes(desk, desk.written(_claimed(desk)), key="max") == ["SIG-003"]


def test_another_mentor_cannot_take_the_claim_over(desk: Any) -> None:
    written = desk.written(_claimed(desk), mentor="max")
    assert _codes(desk, written, key="max") == ["REV-001"]


def test_a_signature_in_another_namespace_does_not_count(desk: Any) -> None:
    content = write(desk.written(_claimed(desk)))
    signature = ssh.sign_bytes_with_ssh(desk.keys / "mia", ROUND, content)
    with pytest.raises(Refused, match="SIG-004"):
        review(desk.event(), desk.ledger(), desk.holders, content, signature)


def test_a_review_changed_after_signing_does_not_count(desk: Any) -> None:
    content = write(desk.written(_claimed(desk)))
    signature = sign_review(desk.keys / "mia", content)
    with pytest.raises(Refused, match="SIG-005"):
        review(desk.event(), desk.ledger(), desk.holders, content + b"\n", signature)


def test_everything_wrong_is_told_at_once_and_at_its_place(desk: Any, tmp_path: Path) -> None:
    written = desk.written(_claimed(desk))
    first, second, *rest = written.scores
    bad = written.model_copy(
        update={
            "scores": (
                first.model_copy(update={"score": 0.77}),
                second.model_copy(update={"evidence": (Evidence(),)}),
                *rest[:-1],
                rest[-1].model_copy(update={"dimension": "charm"}),
            ),
            "skills": (
                written.skills[0].model_copy(update={"id": "llm.magic"}),
                written.skills[0],
                written.skills[0],
            ),
        }
    )
    found = check(desk.ledger(), load(Review, write(bad), "review.yml"))
    assert sorted(f.code for f in found) == [
        "REV-002",
        "REV-002",
        "REV-003",
        "REV-004",
        "REV-005",
        "REV-005",
    ]
    off = next(f for f in found if f.code == "REV-003")
    assert write(bad).decode().splitlines()[(off.line or 0) - 1].strip() == "score: 0.77"


def test_a_review_for_no_attempt_is_refused(desk: Any) -> None:
    written = desk.written(_claimed(desk)).model_copy(update={"attempt": "0" * 32})
    assert _codes(desk, written) == ["REV-001"]


def test_a_review_for_another_claim_is_refused(desk: Any) -> None:
    written = desk.written(_claimed(desk)).model_copy(update={"claim": "sha256:" + "1" * 64})
    assert _codes(desk, written) == ["REV-001"]


def test_the_decision_follows_the_last_review_and_the_learner_is_told(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    desk.claim()
    effects = desk.review(desk.written(attempt_id))
    (following,) = effects.then
    assert (following.act, following.arguments) == (
        "decide",
        {"twin": TWIN, "attempt": attempt_id},
    )
    (notice,) = effects.notices
    assert (notice.pull_request, notice.labels) == (7, ("in-review",))
    assert "the decision follows" in notice.comment
    assert "mia" not in notice.comment
