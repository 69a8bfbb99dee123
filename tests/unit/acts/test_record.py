"""record: all attempts of one learner, and of nobody else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from jobtwin.acts.record import data, record, text
from jobtwin.cli.record import command
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.repository.learners import Entry


def _record(desk: Any, attempt: str) -> tuple[Entry, ...]:
    return record(desk.ledger(), attempt, desk.now)


def test_every_attempt_of_the_learner_is_there_the_oldest_first(desk: Any) -> None:
    first = desk.evaluated_attempt(1001, 1)
    desk.evaluated_attempt(1002, 1)
    second = desk.evaluated_attempt(1001, 2)
    for known in (first, second):
        found = _record(desk, known)
        assert [(entry.attempt, entry.number) for entry in found] == [(first, 1), (second, 2)]


def test_an_attempt_says_its_times_and_what_came_of_it(desk: Any) -> None:
    attempt, _ = desk.graded(score=0.8)
    (entry,) = _record(desk, attempt)
    assert (entry.label, entry.overall, entry.bar_met) == ("passed", 0.8, True)
    assert entry.handed_in == entry.started + timedelta(minutes=80)
    assert entry.decided is not None
    assert entry.credential is None
    told = text((entry,))
    assert "overall    0.8 of 1, 0.65 needed; bar met" in told
    assert f"id         {attempt}" in told
    assert json.loads(json.dumps(data((entry,))))[0]["overall"] == 0.8


def test_an_attempt_that_nobody_made_is_said_so(desk: Any) -> None:
    with pytest.raises(UsageError, match="there is no attempt 'no'"):
        _record(desk, "no")


def test_the_command_lists_them_for_people_and_for_machines(desk: Any) -> None:
    attempt = desk.evaluated_attempt(1001, 1)
    repo = ["--repo", str(desk.git.path)]
    told = CliRunner().invoke(command, [attempt, *repo])
    assert told.exit_code == 0
    assert "attempt 1\n" in told.output
    known = json.loads(CliRunner().invoke(command, [attempt, *repo, "--json"]).output)
    assert [item["attempt"] for item in known["attempts"]] == [attempt]
