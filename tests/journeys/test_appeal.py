"""A learner who was not cleared appeals by a comment, and the work goes back into the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.github import organisation
from tests.github.ordering import NAME
from tests.github.people import Grader, Learner

from jobtwin.acts.audit import audit
from jobtwin.records.grade import Appealed, Decision

if TYPE_CHECKING:
    from tests.github.organisation import Template

pytestmark = pytest.mark.slow


def test_an_appeal_by_comment_brings_the_attempt_back_into_the_queue_for_others(
    started: Learner, template: Template
) -> None:
    github, lea = started.github, started
    handed = lea.solved("reference")
    lea.at_minute(25)
    lea.push(lea.asked_for(handed) | lea.live(handed.files))
    github.settle()
    lea.at_minute(180)
    lea.push(lea.post_mortem())
    github.settle()
    github.wait(minutes=30)
    ada = Grader(github, organisation.ADA, template.keys)
    ada.claim()
    github.settle()
    ada.review(lea.attempt, score=0.4)
    github.settle()
    assert lea.labels == ["retake"]
    assert "comment `/appeal` here" in lea.told.replace("\\", "")

    github.wait(days=2)
    lea.comment("/appeal")
    github.settle()
    assert lea.attempt.last(Appealed)
    assert lea.labels == ["waiting-for-mentor"]
    assert "two other mentors" in lea.told
    assert lea.is_closed

    github.comment(github.account(4001, "passer-by"), 1, "/appeal")
    ada.claim()
    github.settle()
    assert len(lea.attempt.all(Appealed)) == 1
    assert lea.attempt.chain[-1].record.kind == "appealed"
    assert len(lea.attempt.all(Decision)) == 1
    report = audit(github.repositories.git(NAME))
    assert report.ok, report.text()
