"""Fifty attempts that end in the same hour: none is dropped, and receipts find a runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import START
from tests.github.ordering import NAME
from tests.github.people import Learner, ledger
from tests.github.performed import Performed

from jobtwin.repository import queues

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub

COUNT = 50
SLOTS = 8


@pytest.mark.slow
def test_fifty_attempts_that_end_at_once_wait_in_eight_slots_and_none_is_dropped(
    github: LocalGitHub,
) -> None:
    # The attempts are played by performing the acts: fifty runs by act would take minutes.
    for number in range(COUNT):
        github.set_clock(START)
        play = Performed(Learner(github, github.account(2000 + number, f"l{number}")))
        play.begin(500 + number)
        answered = play.hand_in({"README.md": f"{number}\n".encode()}, at_once=True)
        for following in answered.then:
            workflow = f"{following.act}.yml"
            github.dispatch(github.api.bot, workflow, **following.arguments)
    runs = github.of("evaluate.yml")
    assert len({run.payload["inputs"]["attempt"] for run in runs}) == len(runs) == COUNT
    assert {run.status for run in runs} == {"queued"}
    github.runs.parallel = COUNT
    at_once = github.runs.ready()
    assert 1 < len(at_once) <= SLOTS
    with ledger(github) as records:
        every = list(records.attempts("jt-incident-4"))
        assert len(every) == COUNT
        assert not queues.register(records, "jt-incident-4").waiting("jt-incident-4", github.now)
    assert github.repositories.head(NAME, "main")
