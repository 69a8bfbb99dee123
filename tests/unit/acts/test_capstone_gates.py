"""The capstone's gates outside of the sandbox, from the record to the verdict and its readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts.test_capstone import MAX, MIA, decided, desk, hand_in

from jobtwin.acts import review
from jobtwin.acts.audit import audit
from jobtwin.forge import answering
from jobtwin.records.gate import Gate, GateOutcome
from jobtwin.records.grade import Claim
from jobtwin.repository import bundles
from jobtwin.rules import gates

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["desk"]
TWIN = "jt-capstone"
HELD: Mapping[str, GateOutcome] = {
    "container_builds": "passed",
    "container_starts": "passed",
    "artifact_digest": "passed",
}


def found(**other: GateOutcome) -> tuple[Gate, ...]:
    return tuple(Gate(id=n, outcome=o, detail="Seen.") for n, o in (dict(HELD) | other).items())


def both(desk: Any, attempt_id: str) -> list[str]:
    """Have two mentors read an attempt alike; return the blank form that each was given."""
    forms = []
    for account in (MIA, MAX):
        desk.claim(account)
        claim = desk.attempt(attempt_id).last(Claim).record
        blank = review.template(desk.ledger(), TWIN, claim.review_id).decode()
        forms.append(" ".join(blank.replace("#", " ").split()))
        hand_in(desk, desk.written(attempt_id, 0.95, mentor=account.login))
    return forms


def about_gates(desk: Any) -> list[str]:
    every = audit(desk.git, "refs/heads/main").divergences
    return [d.finding.message for d in every if d.finding.code == gates.WRONG_GATES.id]


def test_a_capstone_passes_when_every_gate_holds(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt(gates=found())
    both(desk, attempt_id)
    decision = decided(desk, attempt_id)
    assert (decision.verdict, decision.bar_met) == ("pass", True)
    assert about_gates(desk) == []


@pytest.mark.parametrize("name", sorted(HELD))
def test_a_gate_that_failed_fails_the_final_exam_whatever_both_mentors_say(
    desk: Any, name: str
) -> None:
    missed: dict[str, GateOutcome] = {name: "failed"}
    attempt_id = desk.evaluated_attempt(gates=found(**missed))
    forms = both(desk, attempt_id)
    assert all("FAILED. Seen." in form for form in forms)
    decision = decided(desk, attempt_id)
    assert (decision.verdict, decision.bar_met) == ("fail", False)
    assert any("FAILED" in reason for reason in decision.reasons)


def test_a_gate_that_was_not_run_blocks_nothing_and_both_mentors_and_the_verdict_say_so(
    desk: Any,
) -> None:
    attempt_id = desk.evaluated_attempt(
        gates=found(container_builds="not_run", container_starts="not_run")
    )
    forms = both(desk, attempt_id)
    assert all("The container builds: NOT RUN. Seen." in form for form in forms)
    decision = decided(desk, attempt_id)
    assert decision.verdict == "pass"
    assert sum("NOT RUN" in reason for reason in decision.reasons) == 2


def test_an_audit_finds_an_evaluation_from_which_the_gates_were_left_out(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    both(desk, attempt_id)
    decided(desk, attempt_id)
    assert about_gates(desk) == [
        "it says none; the pinned twin asks for container_builds, container_starts, artifact_digest"
    ]


def test_a_force_is_told_to_each_of_the_two_mentors_and_to_the_learner(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt(gates=found(), forced_against=("F2",))
    told = "was handed in by force: no to F2 (Does a deployable container exist and start?)"
    comment = answering.answer(
        desk.ledger(), desk.holders.subject, desk.attempt(attempt_id), desk.event()
    ).comment
    assert told.replace("`", "") in comment.replace("`", "")
    forms = both(desk, attempt_id)
    assert all(told in form for form in forms)


def test_the_bundle_that_both_mentors_open_says_force_and_gates(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt(
        gates=found(container_starts="not_run"), forced_against=("F1",)
    )
    ledger = desk.ledger()
    report = bundles.bundle(ledger, desk.attempt(attempt_id), desk.twin())["report.md"].decode()
    assert "was handed in by force: no to F1 (Does `pytest` pass on a clean clone?)" in report
    assert "answers and stops: NOT RUN. Seen." in report
