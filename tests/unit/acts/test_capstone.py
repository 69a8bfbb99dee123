"""The capstone from its start to its decision: fourteen days, two ledgers, no second attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import review as act
from jobtwin.acts.audit import audit
from jobtwin.acts.start import start
from jobtwin.errors import Refused
from jobtwin.forge.events import Account
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Decision, Review, Reviewed
from jobtwin.records.intake import StartRequest
from jobtwin.records.submission import Started

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.events import Effects

TWIN = "jt-capstone"
MIA, MAX, KIM = Account(501, "mia"), Account(502, "max"), Account(503, "kim")


@pytest.fixture
def desk(make_desk: Callable[..., Any]) -> Any:
    """A desk with three mentors who are calibrated for the capstone."""
    return make_desk(calibrated=True, more=(KIM,), twin=TWIN)


def hand_in(desk: Any, written: Review) -> Effects:
    content = write(written)
    signature = act.sign_review(desk.keys / written.mentor, content)
    box = act.seal(desk.ledger(), content, signature)
    effects: Effects = desk.apply(act.sealed(desk.event(), desk.ledger(), desk.holders, box))
    return effects


def reviewed(desk: Any, attempt_id: str, account: Account, score: float) -> Effects:
    desk.claim(account)
    return hand_in(desk, desk.written(attempt_id, score, mentor=account.login))


def decided(desk: Any, attempt_id: str) -> Decision:
    desk.decide(attempt_id)
    found: Decision = desk.attempt(attempt_id).last(Decision).record
    return found


def test_the_clock_of_the_capstone_runs_fourteen_days(organisation: Any, learner: Account) -> None:
    wish = write(StartRequest(format=1, twin=TWIN))
    event = organisation.forge.open_pull_request(learner, {"start.yml": wish})
    ledger = organisation.ledger()
    with ledger.tree:
        (content,) = start(event, ledger, organisation.holders).records.values()
    begun = load(Started, content).record
    (only,) = begun.deadlines
    assert only.at - begun.at == timedelta(days=14)


def test_two_mentors_pass_a_capstone_and_neither_sees_the_other_before(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    first = reviewed(desk, attempt_id, MIA, 0.85)
    assert "0.85" not in first.comment + "".join(map(repr, first.records.values()))
    with pytest.raises(Refused, match="1 of 2"):
        desk.decide(attempt_id)
    reviewed(desk, attempt_id, MAX, 0.95)
    decision = decided(desk, attempt_id)
    assert (decision.overall, decision.verdict) == (0.9, "pass")
    assert [(skill.id, skill.weight) for skill in decision.skills] == [
        ("llm.api.production-readiness", 0.8)
    ]
    opened = [f"review-{n}.yml" for n in (1, 2)]
    assert set(opened) <= set(desk.ledger().tree.names(layout.grade(TWIN, attempt_id)))


def test_two_mentors_on_both_sides_of_the_threshold_bring_a_third(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    reviewed(desk, attempt_id, MIA, 0.7)
    reviewed(desk, attempt_id, MAX, 0.75)
    assert desk.attempt(attempt_id).last(Reviewed).record.needed == 3
    reviewed(desk, attempt_id, KIM, 0.7)
    assert decided(desk, attempt_id).verdict == "fail"


def test_a_capstone_below_the_gate_is_read_by_both_and_fails_for_good(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt(bar=False)
    reviewed(desk, attempt_id, MIA, 0.95)
    reviewed(desk, attempt_id, MAX, 0.95)
    assert decided(desk, attempt_id).verdict == "fail"


def test_an_audit_derives_the_capstones_decision_again(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    for account in (MIA, MAX):
        reviewed(desk, attempt_id, account, 0.85)
    decided(desk, attempt_id)
    graded = [d.finding for d in audit(desk.git, "refs/heads/main").divergences]
    assert [f for f in graded if not f.path.startswith("submissions/")] == []
