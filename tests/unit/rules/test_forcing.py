"""What a critical self-check answered no blocks, what force makes of it, and who is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import load
from jobtwin.records.submission import Received, SelfCheck
from jobtwin.records.twin import Twin
from jobtwin.rules import forcing

ROOT = Path(__file__).parents[3]
CAPSTONE = load(Twin, (ROOT / "twins/jt-capstone/twin.yml").read_bytes()).record
YES = {check.id: True for check in CAPSTONE.failure_modes}
CRITICAL = {"F1", "F2"}


def receipt(answers: dict[str, bool], ruling: str = "accepted", *, forced: bool = False) -> Any:
    return Received.model_construct(
        checkpoint="submission",
        ruling=ruling,
        forced=forced,
        self_checks=tuple(SelfCheck(id=name, answer=yes) for name, yes in answers.items()),
    )


def wrong(found: Any, *, is_sealed: bool = False) -> list[str]:
    told = forcing.check_self_checks(found, "received-1.yml", CAPSTONE, is_sealed=is_sealed)
    return [finding.message for finding in told]


def test_the_capstones_critical_questions_are_the_tests_and_the_container() -> None:
    noes = forcing.critical_noes(CAPSTONE, dict.fromkeys(YES, False))
    assert {check.id for check in noes} == CRITICAL


@given(st.fixed_dictionaries(dict.fromkeys(YES, st.booleans())), st.booleans())
def test_exactly_one_of_accepted_and_blocked_follows_from_the_answers(
    answers: dict[str, bool], forced: bool
) -> None:
    fine = {r for r in ("accepted", "blocked") if not wrong(receipt(answers, r, forced=forced))}
    is_blocked = not forced and any(not answers[name] for name in CRITICAL)
    assert fine == {"blocked" if is_blocked else "accepted"}


@pytest.mark.parametrize("name", sorted(YES))
def test_a_hand_in_that_counts_answers_every_question(name: str) -> None:
    answers = {other: True for other in YES if other != name}
    assert wrong(receipt(answers)) == [f"it is accepted with no answer to {name}"]


def test_what_is_late_refused_or_no_hand_in_is_not_judged_by_its_answers() -> None:
    rulings = set(get_args(Received.model_fields["ruling"].annotation)) - {"accepted", "blocked"}
    assert all(wrong(receipt({}, ruling)) == [] for ruling in rulings)


def test_of_a_sealed_attempt_only_force_is_public() -> None:
    assert wrong(receipt({}), is_sealed=True) == []
    assert wrong(receipt({}, "blocked", forced=True), is_sealed=True) == [
        "it is blocked although it was forced"
    ]


def test_a_forced_hand_in_is_told_with_the_questions_that_it_was_forced_against() -> None:
    forced = receipt(YES | {"F2": False, "F3": False}, forced=True)
    (line,) = forcing.told(CAPSTONE, [forced])
    against = "no to F2 (Does a deployable container exist and start?)"
    assert line == f"`submission` was handed in by force: {against}"


def test_a_force_that_nothing_needed_is_told_as_well() -> None:
    (line,) = forcing.told(CAPSTONE, [receipt(YES, forced=True)])
    assert line.endswith("no critical no")


def test_a_sealed_force_is_told_without_its_answers() -> None:
    (line,) = forcing.told(CAPSTONE, [receipt({}, forced=True)])
    assert line.endswith("the answers are in its box")


def test_what_was_not_forced_or_does_not_count_is_not_told() -> None:
    quiet = [receipt(YES), receipt(YES | {"F1": False}, "late", forced=True)]
    assert list(forcing.told(CAPSTONE, quiet)) == []
