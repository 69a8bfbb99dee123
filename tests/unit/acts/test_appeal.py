"""An appeal: another pair, once, in time, and their decision replaces the first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import review as act
from jobtwin.acts.appeal import appeal
from jobtwin.acts.audit import audit
from jobtwin.errors import Refused
from jobtwin.forge.events import Account, PullRequest
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Appealed, Decision, Review
from jobtwin.rules.ledger import digest
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.events import Effects

TWIN = "jt-incident-4"
MIA, MAX, KIM = Account(501, "mia"), Account(502, "max"), Account(503, "kim")
LEARNER = Account(1001, "lea")


def hand_in(desk: Any, written: Review, key: str) -> None:
    content = write(written)
    box = act.seal(desk.ledger(), content, act.sign_review(desk.keys / key, content))
    desk.apply(act.sealed(desk.event(), desk.ledger(), desk.holders, box))


def findings(desk: Any) -> list[tuple[str, str]]:
    """Return what audit says about grading; what these tests hand in was never really evaluated."""
    found = [d.finding for d in audit(desk.git, "refs/heads/main").divergences]
    return [(f.code, f.message) for f in found if not f.path.startswith("submissions/")]


def test_an_appeal_brings_two_other_mentors_and_their_decision_replaces_the_first(
    make_desk: Callable[..., Any],
) -> None:
    desk = make_desk(calibrated=True, more=(KIM,))
    attempt_id, _ = desk.graded(score=0.4)
    assert desk.attempt(attempt_id).last(Decision).record.verdict == "retake"
    effects = desk.apply(_appealed(desk))
    assert effects.labels == ("waiting-for-mentor",)
    assert "two other mentors" in effects.comment
    with pytest.raises(Refused):
        desk.claim(MIA)
    for account in (MAX, KIM):
        assert desk.claim(account).attempt == attempt_id
        hand_in(desk, desk.written(attempt_id, 0.8, mentor=account.login), account.login)
    done = desk.decide(attempt_id)
    assert "Passed" in done.comment
    decisions = [item.record for item in desk.attempt(attempt_id).all(Decision)]
    assert [(item.number, item.verdict) for item in decisions] == [(1, "retake"), (2, "pass")]
    assert decisions[1].best == attempt_id
    assert findings(desk) == []


def test_an_appeal_given_twice_is_one_and_after_its_decision_there_is_no_other(
    make_desk: Callable[..., Any],
) -> None:
    desk = make_desk(calibrated=True, more=(KIM,))
    attempt_id, _ = desk.graded(score=0.4)
    desk.apply(_appealed(desk))
    assert _appealed(desk).records == {}
    assert len(desk.attempt(attempt_id).all(Appealed)) == 1
    for account in (MAX, KIM):
        desk.claim(account)
        hand_in(desk, desk.written(attempt_id, 0.4, mentor=account.login), account.login)
    desk.decide(attempt_id)
    with pytest.raises(Refused, match="one appeal"):
        _appealed(desk)


def test_a_pass_is_not_appealed_nor_a_decision_of_long_ago(desk: Any) -> None:
    desk.graded(score=0.8)
    with pytest.raises(Refused, match="was passed"):
        _appealed(desk)


def test_an_appeal_comes_within_its_days(desk: Any) -> None:
    desk.graded(score=0.4)
    desk.wait(days=14)
    assert _appealed(desk).records
    desk.wait(seconds=1)
    with pytest.raises(Refused, match="within 14 days"):
        _appealed(desk)


@pytest.mark.parametrize(
    ("comment", "actor"),
    [("/appeal", MAX), ("I appeal", LEARNER), ("/appeal now, please", LEARNER)],
)
def test_only_the_learners_own_command_is_an_appeal(
    desk: Any, comment: str, actor: Account
) -> None:
    desk.graded(score=0.4)
    assert _appealed(desk, comment, actor).records == {}


def test_an_appeal_is_shown_as_waiting_until_the_pair_has_decided(desk: Any) -> None:
    attempt_id, _ = desk.graded(score=0.4)
    effects = desk.apply(_appealed(desk))
    assert not any(label in ("retake", "not-cleared") for label in effects.labels)
    (path,) = effects.records
    assert parse(effects.records[path]).data["decision"] == digest(
        desk.ledger().tree.read(layout.decision(TWIN, attempt_id))
    )


def _appealed(desk: Any, comment: str = "/appeal", actor: Account = LEARNER) -> Effects:
    event = replace(
        desk.event(actor, comment, kind="issue_comment.created"),
        pull_request=PullRequest(7, LEARNER, "a" * 40, "lea/records", "attempt"),
    )
    return appeal(event, desk.ledger(), desk.holders)
