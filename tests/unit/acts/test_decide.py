"""From a claim to the feedback: verdicts, attempts left, and everything the learner is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import Refused
from jobtwin.records.base import load
from jobtwin.records.grade import Decision, Reviewed
from jobtwin.rules.ledger import check_record

if TYPE_CHECKING:
    from jobtwin.forge.events import Effects

TWIN = "jt-incident-4"


def _decision(effects: Effects) -> Decision:
    (content,) = effects.records.values()
    return load(Decision, content).record


def test_bar_met_and_threshold_reached_is_a_pass(desk: Any) -> None:
    attempt_id, effects = desk.graded(score=0.75)
    decision = _decision(effects)
    assert (decision.verdict, decision.overall, decision.best) == ("pass", 0.75, attempt_id)
    assert (effects.labels, effects.pull_request) == (("passed",), 7)
    assert [(s.id, s.weight) for s in decision.skills] == [("llm.ops.incident-response", 0.8)]


def test_the_threshold_itself_is_enough(desk: Any) -> None:
    _, effects = desk.graded(score=0.65)
    assert _decision(effects).verdict == "pass"


def test_a_bar_that_is_not_met_is_a_retake_whatever_the_score(desk: Any) -> None:
    _, effects = desk.graded(score=1.0, bar=False)
    decision = _decision(effects)
    assert (decision.verdict, decision.bar_met, decision.attempts_left) == ("retake", False, 1)
    assert "fail_to_pass is 0.4; the bar asks >= 1." in decision.reasons


def test_the_last_attempt_ends_in_fail_and_the_better_one_binds(desk: Any) -> None:
    first, _ = desk.graded(score=0.6)
    desk.wait(days=1)
    _, effects = desk.graded(score=0.5, number=2)
    decision = _decision(effects)
    assert (decision.verdict, decision.attempts_left, decision.best) == ("fail", 0, first)
    assert "No attempt is left" in effects.comment


def test_a_pass_binds_over_a_higher_score_below_the_bar(desk: Any) -> None:
    desk.graded(score=1.0, bar=False)
    second, effects = desk.graded(score=0.7, number=2)
    assert _decision(effects).best == second


def test_the_feedback_says_everything_and_what_would_have_cleared_it(desk: Any) -> None:
    _, effects = desk.graded(score=0.5, bar=False)
    said = effects.comment
    for dimension in desk.twin().rubric:
        assert f"### {dimension.title}: 0.5, level 3 of 5" in said
        assert dimension.levels[2].split("`")[0] in said
    assert "`src/app.py:12`: Here the cache is keyed wrongly." in said
    assert "| Mended answers `fail_to_pass` | 0.4 | >= 1 | **not met** |" in said
    assert "Mended answers `fail_to_pass` >= 1 instead of 0.4." in said
    assert "0.15 more overall" in said
    assert "A retake has another seed" in said


def test_what_people_wrote_is_never_markup(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    desk.claim()
    review = desk.written(attempt_id)
    hostile = review.model_copy(
        update={"summary": "<img src=x> @everybody [a](javascript:b) | **c**"}
    )
    desk.review(hostile)
    said = desk.decide(attempt_id).comment
    assert "> &lt;img src=x&gt; @\u200beverybody \\[a\\](javascript:b) \\| \\*\\*c\\*\\*" in said
    for markup in ("<img", "@everybody", "[a]", "**c**"):
        assert markup not in said


def test_without_a_review_nothing_is_decided(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    with pytest.raises(Refused, match="0 of 1 reviews") as refused:
        desk.decide(attempt_id)
    assert refused.value.findings[0].code == "DEC-002"


def test_an_infrastructure_error_is_never_decided(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt(counts=False)
    with pytest.raises(Refused, match="DEC-002"):
        desk.decide(attempt_id)


def test_an_attempt_that_is_not_there_is_refused(desk: Any) -> None:
    with pytest.raises(Refused, match="DEC-001"):
        desk.decide("0" * 32)


def test_deciding_again_writes_nothing_and_says_the_same(desk: Any) -> None:
    attempt_id, first = desk.graded()
    again = desk.decide(attempt_id)
    assert (dict(again.records), again.comment) == ({}, first.comment)


def test_the_whole_chain_holds(desk: Any) -> None:
    attempt_id, _ = desk.graded()
    attempt, keys = desk.attempt(attempt_id), desk.ledger().act_keys
    previous = None
    for item in attempt.chain:
        assert list(check_record(item.record, item.path, keys, previous)) == []
        previous = (item.digest, item.record.at)
    kinds = [item.record.kind for item in attempt.chain]
    assert kinds[0] == "started"
    assert kinds[-4:] == ["evaluated", "claim", "reviewed", "decision"]
    assert attempt.last(Decision).record.reviews == (attempt.last(Reviewed).digest,)


def test_a_pass_asks_for_its_credential_and_closes_the_pull_request(desk: Any) -> None:
    _, effects = desk.graded()
    assert [following.act for following in effects.then] == ["issue", "calibrate"]
    assert effects.close


def _follow(effects: Any) -> list[str]:
    return [following.act for following in effects.then]


def test_what_was_not_cleared_asks_for_no_credential(desk: Any) -> None:
    _, effects = desk.graded(score=0.5)
    assert (_follow(effects), effects.labels) == (["calibrate"], ("retake",))


def test_an_attempt_that_does_not_bind_asks_for_no_credential(desk: Any) -> None:
    desk.graded(score=0.9)
    desk.wait(days=1)
    _, effects = desk.graded(score=0.7, number=2)
    assert (_follow(effects), effects.labels) == (["calibrate"], ("passed",))
    assert "An earlier attempt of yours has the higher score" in effects.comment


def test_results_are_those_of_the_decisions_that_stand(desk: Any) -> None:
    from jobtwin.acts.build.facts import facts

    first, _ = desk.graded(score=0.6)
    desk.wait(days=1)
    desk.graded(score=0.5, number=2)
    desk.evaluated_attempt(account=1002)
    results = (facts(one, desk.now, None).result for one in desk.ledger().attempts(TWIN))
    found = sorted((one for one in results if one), key=lambda one: one.number)
    subject = desk.attempt(first).started.subject
    assert [(one.learner, one.number, one.decision.overall) for one in found] == [
        (subject, 1, 0.6),
        (subject, 2, 0.5),
    ]
