"""Every mentor is excluded from an attempt: somebody is told, and it does not wait in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.build.facts import facts
from jobtwin.acts.build.overview import overview
from jobtwin.acts.sweep import stuck_attempts
from jobtwin.forge.events import Account
from jobtwin.repository import queues
from jobtwin.rules.standing import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.acts.sweep import Errand

TWIN = "jt-incident-4"
MIA, MAX = Account(501, "mia"), Account(502, "max")


def _found(desk: Any) -> list[Errand]:
    forge = type("Forge", (), {"event": desk.event()})()
    return list(stuck_attempts(forge, desk.ledger(), desk.holders))


def test_learner_and_operators_are_told_when_all_mentors_have_to_do_with_the_learner(
    make_desk: Callable[..., Any],
) -> None:
    desk = make_desk(related=(1001,), calibrated=True)
    attempt = desk.evaluated_attempt(1001)
    desk.evaluated_attempt(1002)
    (errand,) = _found(desk)
    assert (errand.kind, errand.words) == ("no mentor", f"{TWIN} {attempt}")
    assert errand.act is not None
    told = errand.act(desk.ledger())
    assert told.labels == ("waiting-for-mentor", "no-mentor")
    assert set(told.labels) <= set(LABELS)
    assert told.comment.startswith("**No mentor may read your work at present**")
    (reminder,) = told.reminders
    assert reminder.key == f"nobody:{TWIN}:{attempt}"
    assert f"/calibrate {TWIN}" in reminder.text
    assert told.records == {}


def test_operators_are_told_once_for_a_twin_and_each_learner(
    make_desk: Callable[..., Any],
) -> None:
    desk = make_desk()
    for account in (1001, 1002, 1003):
        desk.evaluated_attempt(account)
    errands = _found(desk)
    told = [errand.act(desk.ledger()) for errand in errands if errand.act]
    assert [len(effects.reminders) for effects in told] == [1, 0, 0]
    assert all("no-mentor" in effects.labels for effects in told)


def test_a_retake_that_its_only_other_mentor_has_graded_before_is_stuck(desk: Any) -> None:
    desk.graded(score=0.4)
    desk.evaluated_attempt(number=2)
    assert _found(desk) == []
    desk.claim(MAX)
    desk.wait(days=3)
    (errand,) = _found(desk)
    assert errand.kind == "no mentor"


def test_what_somebody_may_grade_is_not_stuck_though_all_hold_enough(desk: Any) -> None:
    for account in range(1001, 1010):
        desk.evaluated_attempt(account)
    for mentor in (MIA, MAX):
        for _ in range(3):
            desk.claim(mentor)
    assert queues.stuck(desk.ledger(), TWIN, desk.now, desk.holders.subject) == ()


@pytest.mark.parametrize(("account", "is_said"), [(1001, True), (1002, False)])
def test_the_queues_page_says_whether_something_waits_that_nobody_may_read(
    make_desk: Callable[..., Any], account: int, is_said: bool
) -> None:
    desk = make_desk(related=(1001,), calibrated=True)
    attempt = desk.evaluated_attempt(account)
    told = {attempt: facts(desk.attempt(attempt), desk.now, None)}
    found = replace(overview(desk.ledger(), desk.now, None), facts=told)
    page = found.pages()["queue/index.md"]
    assert (f"{desk.twin().title}: no mentor may read some of what waits" in page) == is_said
