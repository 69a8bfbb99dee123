from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import EngineError, JobtwinError, UsageError
from jobtwin.forge.events import Account, PullRequest
from jobtwin.forge.github import payload

NAME = "academy/credentials"
SHA = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = {"full_name": NAME}
LEA = {"id": 1001, "login": "lea"}


def pushed(action: str = "opened") -> dict[str, Any]:
    return {
        "action": action,
        "repository": dict(REPOSITORY),
        "sender": {"id": 7, "login": "somebody-else"},
        "pull_request": {
            "number": 17,
            "user": dict(LEA),
            "created_at": "2026-11-02T09:00:00Z",
            "updated_at": "2026-11-02T09:30:00Z",
            "closed_at": "2026-11-02T09:45:00Z",
            "head": {"sha": SHA, "ref": "attempt", "repo": {"full_name": "lea/credentials"}},
            "base": {"ref": "main", "repo": dict(REPOSITORY)},
        },
    }


def commented(action: str = "created") -> dict[str, Any]:
    return {
        "action": action,
        "repository": dict(REPOSITORY),
        "sender": {"id": 7, "login": "somebody-else"},
        "issue": {"number": 3},
        "comment": {
            "user": dict(LEA),
            "body": "/claim jt-rag-1",
            "created_at": "2026-11-02T09:00:00Z",
        },
    }


def read(data: Any, name: str = "pull_request_target") -> payload.Payload:
    return payload.read(json.dumps(data).encode(), name, NAME)


def test_a_push_names_the_head_the_author_and_the_learners_own_branch() -> None:
    told = read(pushed())
    assert told.kind == "pull_request.opened"
    assert told.actor == Account(7, "somebody-else")
    assert told.pull_request == PullRequest(
        17, Account(1001, "lea"), SHA, "lea/credentials", "attempt"
    )


@pytest.mark.parametrize(
    ("action", "minute"), [("opened", 0), ("synchronize", 30), ("reopened", 30), ("closed", 45)]
)
def test_each_activity_has_its_own_moment(action: str, minute: int) -> None:
    told = read(pushed(action))
    assert told.kind == f"pull_request.{action}"
    assert told.at == datetime(2026, 11, 2, 9, minute, tzinfo=UTC)


def test_a_pull_request_whose_fork_is_gone_has_no_place() -> None:
    data = pushed()
    data["pull_request"]["head"]["repo"] = None
    told = read(data).pull_request
    assert told is not None
    assert (told.head, told.repository, told.branch) == (SHA, "", "")


def test_a_comment_on_an_issue_names_the_issue_and_who_wrote_it() -> None:
    told = read(commented(), "issue_comment")
    assert told.kind == "issue_comment.created"
    assert (told.issue, told.commented, told.comment) == (3, None, "/claim jt-rag-1")
    assert told.actor == Account(1001, "lea")


def test_a_comment_on_a_pull_request_says_which_and_no_head() -> None:
    data = commented()
    data["issue"]["pull_request"] = {"url": "x"}
    told = read(data, "issue_comment")
    assert (told.issue, told.commented, told.pull_request) == (None, 3, None)


def test_a_dispatch_has_its_inputs() -> None:
    data = {"repository": dict(REPOSITORY), "sender": LEA, "inputs": {"twin": "jt-rag-1", "odd": 3}}
    assert read(data, "workflow_dispatch").inputs == {"twin": "jt-rag-1"}


def test_a_dispatch_without_inputs_has_none() -> None:
    data = {"repository": dict(REPOSITORY), "sender": LEA, "inputs": None}
    assert read(data, "workflow_dispatch").inputs == {}


def test_a_schedule_names_nobody() -> None:
    assert read({"schedule": "7 3 * * *"}, "schedule").actor is None


def test_a_push_to_main_has_an_actor() -> None:
    told = read({"repository": dict(REPOSITORY), "sender": LEA}, "push")
    assert (told.kind, told.actor) == ("push", Account(1001, "lea"))


@pytest.mark.parametrize("name", ["pull_request", "workflow_run", "", "PUSH"])
def test_other_events_start_no_act(name: str) -> None:
    with pytest.raises(UsageError):
        read(pushed(), name)


@pytest.mark.parametrize("action", ["edited", "labeled", "converted_to_draft", None, 3, []])
def test_other_activities_of_a_pull_request_start_no_act(action: Any) -> None:
    with pytest.raises(UsageError):
        read(pushed() | {"action": action})


@pytest.mark.parametrize("action", ["edited", "deleted", None])
def test_only_a_new_comment_starts_an_act(action: Any) -> None:
    with pytest.raises(UsageError):
        read(commented() | {"action": action}, "issue_comment")


@pytest.mark.parametrize("name", ["pull_request_target", "issue_comment", "schedule", "push"])
def test_an_event_of_another_repository_is_refused(name: str) -> None:
    data = pushed() | commented() | {"action": "opened", "repository": {"full_name": "evil/fork"}}
    with pytest.raises(EngineError, match="another repository"):
        read(data, name)


def test_a_pull_request_to_another_repository_is_refused() -> None:
    data = pushed()
    data["pull_request"]["base"]["repo"] = {"full_name": "lea/credentials"}
    with pytest.raises(EngineError, match="another repository"):
        read(data)


def _set(*path: str) -> Callable[[dict[str, Any], Any], None]:
    def change(data: dict[str, Any], value: Any) -> None:
        for name in path[:-1]:
            data = data[name]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "value"),
    [
        (_set("pull_request"), []),
        (_set("pull_request", "number"), True),
        (_set("pull_request", "number"), 0),
        (_set("pull_request", "number"), "17"),
        (_set("pull_request", "number"), 1.0),
        (_set("pull_request", "number"), 2**53),
        (_set("pull_request", "user"), None),
        (_set("pull_request", "user", "id"), -1),
        (_set("pull_request", "user", "login"), "lea\n::add-mask::"),
        (_set("pull_request", "user", "login"), "lea/../x"),
        (_set("pull_request", "head", "sha"), SHA[:-1]),
        (_set("pull_request", "head", "sha"), SHA + "\n"),
        (_set("pull_request", "head", "sha"), "refs/heads/main"),
        (_set("pull_request", "head", "sha"), "--upload-pack=x"),
        (_set("pull_request", "head", "repo", "full_name"), "lea/x/y"),
        (_set("pull_request", "created_at"), "yesterday"),
        (_set("pull_request", "created_at"), "2026-13-41T09:00:00Z"),
        (_set("pull_request", "created_at"), "2026-11-02T09:00:00"),
        (_set("repository"), None),
        (_set("sender"), {"id": "7", "login": "x"}),
    ],
)
def test_a_field_that_is_not_what_github_sends_is_refused_by_name_and_not_shown(
    change: Callable[[dict[str, Any], Any], None], value: Any
) -> None:
    data = pushed()
    change(data, value)
    with pytest.raises(EngineError) as caught:
        read(data)
    assert "event." in str(caught.value) or "pull_request." in str(caught.value)
    assert "::" not in str(caught.value)


@pytest.mark.parametrize("branch", ["x\ny", "a b", "x" * 256, "a~1", "", None, 7])
def test_a_branch_that_git_would_not_have_is_left_out(branch: Any) -> None:
    data = pushed()
    data["pull_request"]["head"]["ref"] = branch
    told = read(data).pull_request
    assert told is not None
    assert told.branch == ""


@pytest.mark.parametrize("body", [None, 3, "x" * (payload.LONGEST_COMMENT + 1)])
def test_a_comment_that_is_no_text_or_too_long_is_refused(body: Any) -> None:
    data = commented()
    data["comment"]["body"] = body
    with pytest.raises(EngineError):
        read(data, "issue_comment")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff", b"null", b"3"])
def test_what_is_no_object_is_refused(content: bytes) -> None:
    with pytest.raises(EngineError):
        payload.read(content, "pull_request_target", NAME)


def test_an_event_larger_than_github_sends_is_refused() -> None:
    with pytest.raises(EngineError, match="larger"):
        payload.read(b" " * (payload.LARGEST_PAYLOAD + 1), "push", NAME)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(
    st.sampled_from([pushed("synchronize"), commented()]),
    st.lists(st.integers(0, 30), min_size=1, max_size=3),
    _ANYTHING,
)
def test_whatever_stands_in_an_event_it_is_read_or_refused(
    start: dict[str, Any], where: list[int], value: Any
) -> None:
    data = copy.deepcopy(start)
    part: Any = data
    for step in where[:-1]:
        names = sorted(part)
        below = part[names[step % len(names)]]
        part = below if isinstance(below, dict) and below else part
    part[sorted(part)[where[-1] % len(part)]] = value
    name = "issue_comment" if "comment" in start else "pull_request_target"
    try:
        told = read(data, name)
    except JobtwinError:
        return
    assert told.actor is not None
    assert told.pull_request is None or len(told.pull_request.head) == 40
