"""sweep: mends what an event should have done, each on its own. Never decides, never signs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import evaluate
from jobtwin.acts.audit import audit
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.acts.sweep import sweep
from jobtwin.cli import _run
from jobtwin.errors import EngineError
from jobtwin.forge.events import Account, Effects, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.forge.local import OnThisMachine
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.organisation import Revealed
from jobtwin.records.submission import Expired, Received, Started
from jobtwin.rules import seeds
from jobtwin.rules.ledger import check_record, digest
from jobtwin.rules.standing.state import TRIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobtwin.acts.sweep import Summary
    from jobtwin.forge.events import Event, Reminder
    from jobtwin.forge.performing import Done
    from jobtwin.repository.ledger import Attempt, Ledger

TWIN = "jt-incident-4"
OTHER = Account(502, "max")


@dataclass
class Watched:
    """A forge on this machine that knows open pull requests, and keeps what was carried out."""

    here: OnThisMachine
    open: tuple[Event, ...] = ()
    done: list[Effects] = field(default_factory=list)
    broken: str = ""
    """What an act may not say: carrying it out fails."""

    @property
    def event(self) -> Event:
        return self.here.event

    @property
    def rewrite(self) -> dict[str, str]:
        return dict(self.here.rewrite)

    def open_pull_requests(self) -> tuple[Event, ...]:
        return self.open

    def perform(self, act: Callable[[Ledger], Effects], event: Event | None = None) -> Done:
        def watched(ledger: Ledger) -> Effects:
            effects = act(ledger)
            if self.broken and self.broken in effects.message:
                raise EngineError("the forge is down")
            return effects

        done = self.here.perform(watched, event)
        if done.effects != Effects():
            self.done.append(done.effects)
        return done


class Clock:
    """An organisation, and what its schedule finds."""

    def __init__(self, organisation: Any) -> None:
        self.organisation, self.forge = organisation, organisation.forge
        self.holders = organisation.holders

    def act(self, event: Event, act: Callable[..., Effects], *more: Any) -> Effects:
        ledger = self.organisation.ledger()
        with ledger.tree:
            effects = act(event, ledger, self.holders, *more)
        self.forge.apply(effects, event)
        return effects

    def opened(self, learner: Account) -> Event:
        request = write(StartRequest(format=1, twin=TWIN))
        event: Event = self.forge.open_pull_request(learner, {"start.yml": request})
        return event

    def start(self, learner: Account) -> tuple[int, str, bytes]:
        event = self.opened(learner)
        content = next(iter(self.act(event, start).records.values()))
        assert event.pull_request is not None
        return event.pull_request.number, load(Started, content).record.attempt, content

    def push(self, number: int, files: dict[str, bytes]) -> Effects:
        return self.act(self.forge.push(number, files), receive, self.forge.rewrite)

    def live(self, learner: Account, **more: Any) -> dict[str, bytes]:
        hosted = self.forge.host(learner, "work")
        request = CheckpointRequest(
            format=1,
            checkpoint="live",
            repo_url=self.forge.url(learner, "work"),
            commit=self.forge.commit(hosted, learner, {"serve.py": b"x"}, "Fix it"),
            self_checks={"F1": True, "F2": True, "F3": True},
            **more,
        )
        return {"live.yml": write(request)}

    def attempt(self, attempt_id: str) -> Attempt:
        ledger = self.organisation.ledger()
        with ledger.tree:
            found: Attempt | None = ledger.attempt(TWIN, attempt_id)
        assert found is not None
        return found

    def watched(self, *open_ones: Event, broken: str = "") -> Watched:
        here = OnThisMachine(self.forge.origin, self.forge.dispatch(), self.forge.rewrite)
        return Watched(here, open_ones, broken=broken)

    def sweep(self, *open_ones: Event) -> tuple[Summary, list[Effects]]:
        watched = self.watched(*open_ones)
        return sweep(watched, self.holders), watched.done

    def holds(self) -> bool:
        """Say whether an auditor finds nothing."""
        return audit(self.forge.origin).ok


@pytest.fixture
def clock(organisation: Any) -> Clock:
    return Clock(organisation)


def test_an_attempt_that_is_still_open_is_left_alone(clock: Clock, learner: Account) -> None:
    clock.start(learner)
    clock.forge.wait(hours=5)
    summary, done = clock.sweep()
    assert (summary.lines, summary.records, done) == ([], [], [])
    assert "nothing to look after" in summary.text()


def test_an_attempt_without_anything_to_grade_expires_once(clock: Clock, learner: Account) -> None:
    _, attempt, begun = clock.start(learner)
    clock.forge.wait(hours=6)
    summary, (effects,) = clock.sweep()
    assert summary.records == [layout.expired(TWIN, attempt)]
    ((path, content),) = effects.records.items()
    record = load(Expired, content).record
    assert (record.attempt, record.previous, record.at) == (attempt, digest(begun), clock.forge.now)
    ledger = clock.organisation.ledger()
    with ledger.tree:
        previous = (digest(begun), load(Started, begun).record.at)
        assert list(check_record(record, path, ledger.act_keys, previous)) == []
    assert clock.sweep()[0].records == []
    assert clock.holds()


def test_an_expired_attempt_is_told_on_its_own_pull_request(clock: Clock, learner: Account) -> None:
    number, _, _ = clock.start(learner)
    clock.forge.wait(hours=6)
    _, (effects,) = clock.sweep()
    assert (effects.pull_request, effects.labels, effects.close) == (number, ("expired",), True)
    assert "**Expired: nothing that can be graded was accepted before" in effects.comment
    assert "start again" in effects.comment


def test_words_alone_do_not_keep_an_attempt_from_expiring(clock: Clock, learner: Account) -> None:
    number, attempt, _ = clock.start(learner)
    clock.push(number, {"POSTMORTEM.md": b"# Nothing was mended\n"})
    clock.forge.wait(hours=6)
    assert clock.sweep()[0].records == [layout.expired(TWIN, attempt)]


def test_a_final_without_a_repository_does_not_expire_before_its_last_deadline(
    clock: Clock, learner: Account
) -> None:
    number, attempt, _ = clock.start(learner)
    checks = {"F1": True, "F2": True, "F3": True}
    done = CheckpointRequest(format=1, checkpoint="post-mortem", self_checks=checks, final=True)
    effects = clock.push(number, {"post-mortem.yml": write(done)})
    assert (effects.close, effects.then) == (False, ())
    clock.forge.wait(hours=2)
    assert clock.sweep()[0].lines == []
    clock.forge.wait(hours=4)
    assert clock.sweep()[0].records == [layout.expired(TWIN, attempt)]
    assert clock.holds()


def test_an_attempt_with_work_to_grade_is_evaluated_next(clock: Clock, learner: Account) -> None:
    number, attempt, _ = clock.start(learner)
    clock.push(number, clock.live(learner))
    clock.forge.wait(hours=6)
    summary, (effects,) = clock.sweep()
    assert summary.lines == [f"- evaluate: {TWIN} {attempt}"]
    assert effects.records == {}
    (following,) = effects.then
    slot = str(int(attempt[0], 16) % 8)
    assert (following.act, following.arguments) == (
        "evaluate",
        {"twin": TWIN, "attempt": attempt, "slot": slot},
    )
    assert (effects.pull_request, effects.labels, effects.close) == (number, ("evaluating",), True)


def test_work_that_came_late_is_nothing_to_grade(clock: Clock, learner: Account) -> None:
    number, attempt, _ = clock.start(learner)
    clock.forge.wait(minutes=120)
    clock.push(number, clock.live(learner))
    clock.forge.wait(hours=6)
    assert clock.sweep()[0].records == [layout.expired(TWIN, attempt)]


def test_one_failure_does_not_stop_the_rest(clock: Clock, learner: Account) -> None:
    attempts = [clock.start(account)[1] for account in (learner, Account(1002, "max"))]
    clock.forge.wait(hours=6)
    watched = clock.watched(broken=attempts[0][:8])
    summary = sweep(watched, clock.holders)
    assert summary.failed == 1
    assert summary.records == [layout.expired(TWIN, attempts[1])]
    assert f"{attempts[0]}: failed: the forge is down" in summary.text()


def test_an_expired_attempt_is_used_up_and_the_next_may_start(
    clock: Clock, learner: Account
) -> None:
    clock.start(learner)
    clock.forge.wait(hours=6)
    clock.sweep()
    _, second, _ = clock.start(learner)
    assert clock.attempt(second).started.number == 2


def test_a_push_whose_event_was_lost_gets_a_receipt_at_the_forges_time_that_says_so(
    clock: Clock, learner: Account
) -> None:
    number, attempt, _ = clock.start(learner)
    clock.forge.wait(minutes=30)
    lost = clock.forge.push(number, clock.live(learner))
    clock.forge.wait(minutes=20)
    summary, (effects,) = clock.sweep(lost)
    assert summary.lines == [f"- missed push: #{number}"]
    (receipt,) = (item.record for item in clock.attempt(attempt).all(Received))
    assert (receipt.at, receipt.recovered, receipt.ruling) == (lost.at, True, "accepted")
    assert "An operator decides" in effects.comment
    assert clock.sweep(lost)[0].lines == []
    assert clock.holds()


def test_a_push_of_a_moment_ago_is_left_to_its_own_event(clock: Clock, learner: Account) -> None:
    number, _, _ = clock.start(learner)
    pushed = clock.forge.push(number, clock.live(learner))
    clock.forge.wait(minutes=5)
    assert clock.sweep(pushed)[0].lines == []


def test_what_rests_on_a_recovered_receipt_waits_for_a_human_until_its_own_event_arrives(
    clock: Clock, learner: Account
) -> None:
    number, attempt, _ = clock.start(learner)
    clock.forge.wait(minutes=30)
    lost = clock.forge.push(number, clock.live(learner, final=True))
    clock.forge.wait(minutes=20)
    found = replace(lost, id="pull_request.recovered:1")
    effects = clock.sweep(found)[1][0]
    assert (effects.then, effects.close) == ((), True)
    assert "A person looks at it before it is measured" in effects.comment
    summary, _ = clock.sweep()
    assert summary.lines[0].startswith(f"- waiting for a human: {TWIN} {attempt}")
    arrived = clock.act(replace(lost, at=clock.forge.now), receive, clock.forge.rewrite)
    assert [following.act for following in arrived.then] == ["evaluate"]
    assert clock.holds()


def test_an_operator_may_evaluate_what_was_recovered(clock: Clock, learner: Account) -> None:
    number, attempt, _ = clock.start(learner)
    lost = clock.forge.push(number, clock.live(learner, final=True))
    clock.forge.wait(minutes=20)
    clock.sweep(lost)
    ledger = clock.organisation.ledger()
    with ledger.tree:
        task = evaluate.due(clock.forge.dispatch(), ledger, TWIN, attempt)
    assert [item.record.recovered for item in task.receipts] == [True]


def test_a_missed_start_is_told_and_no_clock_runs_unseen(clock: Clock, learner: Account) -> None:
    lost = clock.opened(learner)
    clock.forge.wait(hours=3)
    summary, (effects,) = clock.sweep(lost)
    assert summary.lines == ["- not started: #1"]
    assert effects.records == {}
    assert "The clock has not started" in effects.comment
    again = clock.forge.push(1, {"updates/01.yml": b"a"})
    (content,) = clock.act(again, start).records.values()
    assert load(Started, content).record.at == clock.forge.now


def test_a_pull_request_that_cannot_start_is_told_why(clock: Clock, learner: Account) -> None:
    clock.start(learner)
    second = clock.opened(learner)
    clock.forge.wait(minutes=20)
    summary, done = clock.sweep(second)
    assert done == []
    assert "STA-004" in summary.text()


def test_a_pull_request_that_stayed_open_after_its_end_is_closed(
    clock: Clock, learner: Account
) -> None:
    number, _, _ = clock.start(learner)
    handed_in = clock.forge.push(number, clock.live(learner, final=True))
    clock.act(handed_in, receive, clock.forge.rewrite)
    clock.forge.wait(minutes=20)
    summary, done = clock.sweep(handed_in)
    assert summary.lines[0] == f"- still open: #{number}"
    assert done[0].close


def test_what_our_machine_could_not_measure_is_measured_again_but_not_for_ever(
    clock: Clock, learner: Account
) -> None:
    number, attempt, _ = clock.start(learner)
    clock.push(number, clock.live(learner, final=True))
    for _ in range(TRIES):
        event = clock.forge.dispatch()
        ledger = clock.organisation.ledger()
        with ledger.tree:
            task = evaluate.due(event, ledger, TWIN, attempt)
            failed = evaluate.trouble(event, clock.holders, task, EngineError("no disk"))
        assert failed.labels == ("infrastructure-error",)
        assert "no attempt is used up" in failed.comment.lower()
        clock.forge.apply(failed, event)
        clock.forge.wait(minutes=60)
        summary, done = clock.sweep()
    assert "A person finds out why" in failed.comment
    assert "our machine failed 3 times" in summary.text()
    assert done == []
    assert clock.holds()


def test_before_that_the_sweep_asks_for_another_run(clock: Clock, learner: Account) -> None:
    number, attempt, _ = clock.start(learner)
    clock.push(number, clock.live(learner, final=True))
    event = clock.forge.dispatch()
    ledger = clock.organisation.ledger()
    with ledger.tree:
        task = evaluate.due(event, ledger, TWIN, attempt)
        clock.forge.apply(
            evaluate.trouble(event, clock.holders, task, EngineError("no disk")), event
        )
    summary, (effects,) = clock.sweep()
    assert summary.lines == [f"- evaluate again: {TWIN} {attempt}"]
    assert [following.act for following in effects.then] == ["evaluate"]
    assert "Our machine failed, not your work" in effects.comment


def test_an_overdue_claim_is_told_to_operators_and_to_the_learner(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    claimed = desk.claim()
    desk.now = claimed.due + timedelta(seconds=1)
    watched = Watched(OnThisMachine(desk.git, desk.event(kind="schedule")))
    summary = sweep(watched, desk.holders)
    assert summary.lines == [f"- overdue claim: {TWIN} {attempt_id}"]
    (effects,) = watched.done
    assert "Your mentor is overdue" in effects.comment
    assert effects.labels == ("waiting-for-mentor",)
    (reminder,) = effects.reminders
    assert reminder.key == f"over:{claimed.review_id}"
    assert attempt_id not in reminder.text


def test_a_mentor_is_reminded_from_half_of_the_time_on_always_by_the_same_key(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    claimed = desk.claim()
    desk.now = claimed.at + timedelta(hours=23, minutes=59)
    assert _swept(desk) == ([], [])
    desk.wait(minutes=1)
    lines, first = _swept(desk)
    assert lines == [f"- half of a claim: {TWIN} {attempt_id}"]
    assert [reminder.key for reminder in first] == [f"half:{claimed.review_id}"]
    assert "`mia` has until 2026-11-04T10:35:00Z" in first[0].text
    desk.wait(hours=20)
    assert _swept(desk) == (lines, first)


def test_nobody_is_reminded_of_a_claim_that_another_mentor_has_taken_over(desk: Any) -> None:
    desk.evaluated_attempt()
    desk.claim()
    desk.wait(hours=49)
    desk.claim(OTHER)
    desk.wait(hours=1)
    assert _swept(desk) == ([], [])


def _swept(desk: Any) -> tuple[list[str], list[Reminder]]:
    watched = Watched(OnThisMachine(desk.git, desk.event(kind="schedule")))
    lines = sweep(watched, desk.holders).lines
    return lines, [reminder for effects in watched.done for reminder in effects.reminders]


def test_a_decision_that_did_not_follow_its_reviews_is_asked_for(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    desk.claim()
    desk.review(desk.written(attempt_id))
    watched = Watched(OnThisMachine(desk.git, desk.event(kind="schedule")))
    assert sweep(watched, desk.holders).lines == [f"- decide: {TWIN} {attempt_id}"]
    assert [following.act for following in watched.done[0].then] == ["decide"]


@pytest.mark.parametrize(
    ("hours", "asked"), [(0.5, False), (1, True), (4, False), (23, False), (26, True)]
)
def test_an_approval_is_asked_for_again_once_a_day_and_nothing_is_signed(
    desk: Any, hours: float, asked: bool
) -> None:
    desk.graded()
    desk.wait(hours=hours)
    watched = Watched(OnThisMachine(desk.git, desk.event(kind="schedule")))
    summary = sweep(watched, desk.holders)
    assert [effects.then[0].act for effects in watched.done] == (["issue"] if asked else [])
    assert summary.records == []
    assert summary.lines == [
        f"- {'issue' if asked else 'waiting for an approval'}: 1 credential waits"
    ]


def test_the_command_prints_what_is_due(
    clock: Clock, learner: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, attempt, _ = clock.start(learner)
    clock.forge.wait(hours=6)
    write_secrets(clock.holders, tmp_path / "secrets")
    (tmp_path / "event.json").write_bytes(event_to_json(clock.forge.dispatch()))
    command = ["sweep", "--event", str(tmp_path / "event.json")]
    command += ["--repo", str(clock.forge.origin.path), "--secrets", str(tmp_path / "secrets")]
    assert _run(command) == 0
    said = capsys.readouterr()
    assert f"1 to look after.\n- expired: {TWIN} {attempt}" in said.out
    assert "expired.yml" in said.err


def _until_closed(clock: Clock) -> None:
    ledger = clock.organisation.ledger()
    with ledger.tree:
        (cohort,) = ledger.cohorts
    clock.forge.wait(days=(cohort.closes - clock.forge.now).days + 1)


def _cohort_lines(summary: Summary) -> list[str]:
    return [line for line in summary.lines if "cohort" in line]


def test_a_cohort_that_is_over_has_its_secret_revealed_once(clock: Clock, learner: Account) -> None:
    clock.start(learner)
    _until_closed(clock)
    summary, _ = clock.sweep()
    (cohort,) = clock.organisation.ledger().cohorts
    path = layout.revealed(cohort.id)
    # The attempt expires in the same sweep, which looks for cohorts afterwards.
    assert summary.records[-1] == path
    assert _cohort_lines(summary) == [f"- cohort over: {cohort.id}"]
    ledger = clock.organisation.ledger()
    with ledger.tree:
        record = load(Revealed, ledger.tree.read(path) or b"").record
    assert seeds.commitment(bytes.fromhex(record.secret)) == cohort.secret_commitment
    assert clock.sweep()[0].lines == []
    assert clock.holds()


def test_a_secret_stays_one_while_something_can_still_be_graded(
    clock: Clock, learner: Account
) -> None:
    number, _, _ = clock.start(learner)
    clock.push(number, clock.live(learner))
    _until_closed(clock)
    summary, _ = clock.sweep()
    (line,) = _cohort_lines(summary)
    assert line.startswith("- cohort not over: ")
    assert line.endswith(": 1 attempt waits")
    assert not any("revealed" in path for path in summary.records)


def test_a_secret_that_was_not_committed_to_is_not_revealed(clock: Clock) -> None:
    (cohort,) = clock.organisation.ledger().cohorts
    secrets = {**clock.holders.secrets, "cohorts": f"{cohort.id}:{'0' * 64}"}
    clock.holders = replace(clock.holders, secrets=secrets)
    _until_closed(clock)
    summary, _ = clock.sweep()
    assert summary.failed == 1
    assert "not the one that was committed to" in _cohort_lines(summary)[0]
    assert summary.records == []
