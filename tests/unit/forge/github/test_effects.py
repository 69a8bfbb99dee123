"""Each step fails once, and for ever; the job that is run again completes what was left."""

from __future__ import annotations

from typing import Any

import pytest
from tests.github.fake_state import Pull
from tests.unit.forge.github.conftest import NAME, Hub

from jobtwin.errors import EngineError
from jobtwin.forge.events import Effects, Next, Reminder
from jobtwin.forge.github import api

EFFECTS = Effects(
    records={"submissions/a.yml": b"a: 1\n"},
    message="Add",
    comment="All is well",
    labels=("accepted",),
    close=True,
    then=(Next("evaluate", {"twin": "jt-rag-1"}),),
)
COMMENTS, LABELS, PULL = r"/issues/\d+/comments$", r"/labels$", r"/pulls/\d+$"
DISPATCH, RUN = r"/dispatches$", r"/actions/runs/\d+$"
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait."}
STEPS = [("POST", COMMENTS), ("POST", LABELS), ("PATCH", PULL), ("POST", DISPATCH)]
READS = [("GET", COMMENTS), ("GET", LABELS), ("GET", PULL)]


def perform(hub: Hub, pull: Pull, effects: Effects = EFFECTS) -> None:
    hub.pushed(pull).perform(lambda _: effects)


def all_is_done(hub: Hub, pull: Pull) -> None:
    """Hold that every effect is there, and there once."""
    assert hub.main("submissions/a.yml") == b"a: 1\n"
    assert [one.body.partition("\n")[2] for one in hub.comments(pull.number)] == ["All is well"]
    assert pull.issue.labels == ["accepted"]
    assert pull.issue.closed_at is not None
    assert {one.workflow for one in hub.github.dispatches} == {"evaluate.yml"}


@pytest.mark.parametrize(("method", "place"), [*STEPS, *READS, ("GET", RUN)])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502},
        {"status": 500, "body": "<html>Unicorn!</html>"},
        {"status": 404},
        {"status": 429, "headers": {"Retry-After": "3"}},
        {"drop": True},
        {"drop": True, "taken": True},
        {"status": 502, "taken": True},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_step_that_fails_once_is_taken_again(
    hub: Hub, method: str, place: str, fault: dict[str, Any]
) -> None:
    pull = hub.pull()
    hub.github.fault(method, place, **fault)
    perform(hub, pull)
    all_is_done(hub, pull)
    assert len(hub.waited) <= 1


@pytest.mark.parametrize(
    ("method", "place", "status"),
    [
        (*step, status)
        for step in (*STEPS, *READS)
        for status in (502, 404, 403, 422)
        # That is how GitHub says that one cannot be closed or opened again.
        if (step[0], status) != ("PATCH", 422)
    ],
)
def test_a_step_that_always_fails_keeps_no_other_from_being_taken_and_is_said(
    hub: Hub, method: str, place: str, status: int
) -> None:
    pull = hub.pull()
    hub.github.fault(method, place, status=status, times=-1)
    with pytest.raises(EngineError, match=str(status)) as caught:
        perform(hub, pull)
    assert "run the job again" in caught.value.hint
    assert hub.main("submissions/a.yml") == b"a: 1\n"
    done = (
        len(hub.comments(pull.number)),
        len(pull.issue.labels),
        int(pull.issue.closed_at is not None),
        len(hub.github.dispatches),
    )
    assert sum(done) == 3
    hub.github.faults.clear()
    hub.waited.clear()
    perform(hub, pull)
    all_is_done(hub, pull)


def test_how_long_github_says_to_wait_is_how_long_is_waited(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.fault("POST", DISPATCH, status=403, headers={"Retry-After": "7"}, body=SECONDARY)
    perform(hub, pull)
    all_is_done(hub, pull)
    assert hub.waited == [7.0]


def test_a_secondary_limit_without_a_time_is_waited_for_a_minute_and_longer(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.fault("POST", COMMENTS, status=403, body=SECONDARY, times=3)
    perform(hub, pull)
    all_is_done(hub, pull)
    assert hub.waited == [60.0, 120.0, 180.0]


def test_the_primary_limit_is_waited_for_by_githubs_own_clock(hub: Hub) -> None:
    pull = hub.pull()
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1793610140",
        "Date": "Mon, 02 Nov 2026 09:00:00 GMT",
    }
    body = {"message": "API rate limit exceeded for installation ID 1."}
    hub.github.fault("POST", COMMENTS, status=403, headers=headers, body=body)
    perform(hub, pull)
    all_is_done(hub, pull)
    assert hub.waited == [141.0]


def test_a_limit_beyond_the_jobs_patience_is_said_and_not_waited_for(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.fault(
        "POST", DISPATCH, status=403, headers={"Retry-After": "3600"}, body=SECONDARY, times=-1
    )
    with pytest.raises(EngineError, match="secondary rate limit"):
        perform(hub, pull)
    assert hub.waited == []


def test_the_steps_of_a_job_share_its_patience(hub: Hub) -> None:
    pull = hub.pull()
    for method, place in STEPS:
        hub.github.fault(
            method, place, status=403, headers={"Retry-After": "400"}, body=SECONDARY, times=-1
        )
    with pytest.raises(EngineError):
        perform(hub, pull)
    assert sum(hub.waited) == 400


def test_what_we_may_not_do_is_not_tried_again(hub: Hub) -> None:
    pull = hub.pull()
    hub.token = hub.github.mint({"contents": "write", "actions": "read", "issues": "read"})
    with pytest.raises(EngineError, match="not accessible"):
        perform(hub, pull)
    assert hub.waited == []


def test_a_token_that_is_no_longer_good_is_said(hub: Hub) -> None:
    pull = hub.pull()
    hub.token = "ghs_expired"
    with pytest.raises(EngineError, match="401") as caught:
        perform(hub, pull)
    assert "ghs_expired" not in str(caught.value)


def test_github_that_does_not_answer_in_time_is_asked_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TIMEOUT", 1)
    pull = hub.pull()
    hub.github.fault("GET", LABELS, status=0, delay=1.6)
    perform(hub, pull)
    all_is_done(hub, pull)
    assert hub.waited == [1.0]


def test_an_answer_on_an_issue_is_given_once_though_its_first_answer_was_lost(hub: Hub) -> None:
    issue = hub.github.open_issue(NAME, hub.lea, "The queue", ("queue",))
    hub.github.fault("POST", COMMENTS, drop=True, taken=True)
    hub.commented(issue.number, "/claim").perform(lambda _: Effects(comment="It is yours"))
    assert len(hub.comments(issue.number)) == 1


def test_a_label_that_somebody_took_away_meanwhile_is_no_failure(hub: Hub) -> None:
    pull = hub.pull()
    pull.issue.labels.append("started")
    hub.github.fault("DELETE", r"/labels/started$", status=404, body={"message": "Not Found"})
    perform(hub, pull, Effects(labels=("accepted",)))
    assert "accepted" in pull.issue.labels
    assert hub.waited == []


def test_a_conversation_that_cannot_be_written_to_still_has_its_evaluation(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.fault("POST", COMMENTS, status=403, body={"message": "Unable to comment"}, times=-1)
    with pytest.raises(EngineError, match="Unable to comment"):
        perform(hub, pull)
    assert len(hub.github.dispatches) == 1


REMINDED = Effects(reminders=(Reminder("half:f00", "Half of the time is over."),))


def test_a_reminder_is_said_once_on_the_queues_issue_however_often_it_is_asked_for(
    hub: Hub,
) -> None:
    pull = hub.pull()
    owner = next(iter(hub.github.accounts.values()))
    hub.github.open_issue(NAME, owner, "Talk")
    queue = hub.github.open_issue(NAME, owner, "Queue", ("queue",))
    for _ in range(2):
        perform(hub, pull, REMINDED)
    assert [one.body for one in hub.comments(queue.number)] == [
        "<!-- jobtwin half:f00 -->\nHalf of the time is over."
    ]


def test_without_a_queues_issue_the_operator_is_told(hub: Hub) -> None:
    with pytest.raises(EngineError, match="no open issue has the label `queue`"):
        perform(hub, hub.pull(), REMINDED)
