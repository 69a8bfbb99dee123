"""sweep: says what is due, and ends attempts that nothing was handed in for. Never decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.acts.sweep import Swept, sweep
from jobtwin.cli import _run
from jobtwin.forge.events import Account, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.submission import Expired, Started
from jobtwin.rules.ledger import check_record, digest

if TYPE_CHECKING:
    from pathlib import Path

TWIN = "jt-incident-4"


class Clock:
    """An organisation, and what its schedule finds."""

    def __init__(self, organisation: Any) -> None:
        self.organisation, self.forge = organisation, organisation.forge
        self.holders = organisation.holders

    def start(self, learner: Account) -> tuple[int, str, bytes]:
        request = write(StartRequest(format=1, twin=TWIN))
        event = self.forge.open_pull_request(learner, {"start.yml": request})
        ledger = self.organisation.ledger()
        with ledger.tree:
            effects = start(event, ledger, self.holders)
        self.forge.apply(effects, event)
        content = next(iter(effects.records.values()))
        return event.pull_request.number, load(Started, content).record.attempt, content

    def push(self, number: int, files: dict[str, bytes]) -> None:
        event = self.forge.push(number, files)
        ledger = self.organisation.ledger()
        with ledger.tree:
            effects = receive(event, ledger, self.holders, self.forge.rewrite)
        self.forge.apply(effects, event)

    def live(self, learner: Account) -> dict[str, bytes]:
        hosted = self.forge.host(learner, "work")
        request = CheckpointRequest(
            format=1,
            checkpoint="live",
            repo_url=self.forge.url(learner, "work"),
            commit=self.forge.commit(hosted, learner, {"serve.py": b"x"}, "Fix it"),
            self_checks={"F1": True, "F2": True, "F3": True},
        )
        return {"live.yml": write(request)}

    def sweep(self) -> Swept:
        event = self.forge.dispatch()
        ledger = self.organisation.ledger()
        with ledger.tree:
            swept = sweep(event, ledger, self.holders)
        self.forge.apply(swept.effects, event)
        return swept


@pytest.fixture
def clock(organisation: Any) -> Clock:
    return Clock(organisation)


def test_an_attempt_that_is_still_open_is_left_alone(clock: Clock, learner: Account) -> None:
    clock.start(learner)
    clock.forge.wait(hours=5)
    swept = clock.sweep()
    assert (swept.effects.records, swept.to_evaluate) == ({}, ())


def test_an_attempt_without_anything_to_grade_expires_once(clock: Clock, learner: Account) -> None:
    _, attempt, begun = clock.start(learner)
    clock.forge.wait(hours=6)
    swept = clock.sweep()
    ((path, content),) = swept.effects.records.items()
    record = load(Expired, content).record
    assert (record.attempt, record.previous, record.at) == (attempt, digest(begun), clock.forge.now)
    ledger = clock.organisation.ledger()
    with ledger.tree:
        previous = (digest(begun), load(Started, begun).record.at)
        assert list(check_record(record, path, ledger.act_keys, previous)) == []
    assert clock.sweep().effects.records == {}


def test_words_alone_do_not_keep_an_attempt_from_expiring(clock: Clock, learner: Account) -> None:
    number, attempt, _ = clock.start(learner)
    clock.push(number, {"POSTMORTEM.md": b"# Nothing was mended\n"})
    clock.forge.wait(hours=6)
    assert attempt in next(iter(clock.sweep().effects.records))


def test_an_attempt_with_work_to_grade_waits_for_its_evaluation(
    clock: Clock, learner: Account
) -> None:
    number, attempt, _ = clock.start(learner)
    clock.push(number, clock.live(learner))
    clock.forge.wait(hours=6)
    swept = clock.sweep()
    assert swept.to_evaluate == ((TWIN, attempt),)
    assert swept.effects.records == {}
    assert f"evaluate {TWIN} {attempt}" in swept.effects.comment


def test_work_that_came_late_is_nothing_to_grade(clock: Clock, learner: Account) -> None:
    number, _, _ = clock.start(learner)
    clock.forge.wait(minutes=120)
    clock.push(number, clock.live(learner))
    clock.forge.wait(hours=6)
    swept = clock.sweep()
    assert swept.to_evaluate == ()
    assert len(swept.effects.records) == 1


def test_several_attempts_are_swept_in_one_commit(clock: Clock, learner: Account) -> None:
    clock.start(learner)
    clock.start(Account(1002, "max"))
    clock.forge.wait(hours=6)
    before = clock.forge.origin.text("rev-list", "--count", "refs/heads/main")
    assert len(clock.sweep().effects.records) == 2
    after = clock.forge.origin.text("rev-list", "--count", "refs/heads/main")
    assert int(after) == int(before) + 1


def test_an_expired_attempt_is_used_up_and_the_next_may_start(
    clock: Clock, learner: Account
) -> None:
    clock.start(learner)
    clock.forge.wait(hours=6)
    clock.sweep()
    _, second, _ = clock.start(learner)
    ledger = clock.organisation.ledger()
    with ledger.tree:
        found = ledger.attempt(TWIN, second)
    assert found is not None
    assert found.started.number == 2


def test_the_command_prints_what_is_due(
    clock: Clock, learner: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.start(learner)
    clock.forge.wait(hours=6)
    write_secrets(clock.holders, tmp_path / "secrets")
    (tmp_path / "event.json").write_bytes(event_to_json(clock.forge.dispatch()))
    command = ["sweep", "--event", str(tmp_path / "event.json")]
    command += ["--repo", str(clock.forge.origin.path), "--secrets", str(tmp_path / "secrets")]
    assert _run(command) == 0
    assert "1 expired, 0 to evaluate, 0 overdue." in capsys.readouterr().out
