"""The local GitHub is held to what GitHub does, where the edge or a journey leans on it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest
from tests.github.fake_api import FakeGitHub, Request, route
from tests.github.fake_server import ROUTES
from tests.github.fake_state import Caller
from tests.github.repositories import Repositories

from jobtwin.forge.events import Account

NAME = "academy/credentials"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    repositories = Repositories(tmp_path)
    repositories.create(NAME)
    files = {"README.md": b"An academy\n", ".github/workflows/decide.yml": b"on: {}\n"}
    repositories.commit(NAME, "main", files, "Found it", "founder", NOW)
    with FakeGitHub(repositories, NOW) as made:
        made.account(1001, "lea")
        made.add_repository(NAME)
        yield made


def ask(
    github: FakeGitHub, method: str, path: str, body: Any = None, token: str | None = None
) -> tuple[int, Any, Any]:
    """Ask the API; return status, answer and headers."""
    request = urllib.request.Request(
        f"{github.url}/repos/{NAME}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {github.mint() if token is None else token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            content = answer.read()
            return answer.status, json.loads(content) if content else None, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers


def pushed(github: FakeGitHub, path: str, before: str | None = None) -> str:
    """Push a file to lea's branch; return the fork."""
    lea = github.accounts["lea"]
    fork = github.fork(NAME, lea)
    github.repositories.commit(fork, "attempt", {path: b"x\n"}, "Push", "lea", github.now)
    github.pushed(fork, "attempt", lea, before)
    return fork


def test_a_push_reaches_the_pull_request_its_ref_and_the_activity(github: FakeGitHub) -> None:
    fork = pushed(github, "submissions/inbox/start.yml")
    pull = github.open_pull(NAME, github.accounts["lea"], fork, "attempt")
    github.now += timedelta(minutes=5)
    first = pull.head
    pushed(github, "submissions/inbox/fix.yml", first)
    _, seen, _ = ask(github, "GET", f"/pulls/{pull.number}")
    assert seen["head"]["sha"] == pull.head != first
    assert seen["updated_at"] == "2026-11-02T09:05:00Z"
    assert github.repositories.resolve(NAME, f"refs/pull/{pull.number}/head") == pull.head
    _, files, _ = ask(github, "GET", f"/pulls/{pull.number}/files")
    assert [file["filename"] for file in files] == [
        "submissions/inbox/fix.yml",
        "submissions/inbox/start.yml",
    ]
    activity = github.state[fork].activity
    assert [one.kind for one in activity] == ["branch_creation", "push"]


def test_a_history_that_is_replaced_is_a_force_push(github: FakeGitHub) -> None:
    fork = pushed(github, "a")
    old = github.repositories.head(fork, "attempt")
    github.repositories.git(fork).run("update-ref", "refs/heads/attempt", "refs/heads/main")
    pushed(github, "b", old)
    assert github.state[fork].activity[-1].kind == "force_push"


def test_what_happens_is_told_as_github_fires_it(github: FakeGitHub) -> None:
    told: list[tuple[str, str]] = []
    github.listeners.append(lambda _, event, data: told.append((event, data.get("action", ""))))
    fork = pushed(github, "a")
    pull = github.open_pull(NAME, github.accounts["lea"], fork, "attempt")
    pushed(github, "b", pull.head)
    ask(github, "POST", f"/issues/{pull.number}/comments", {"body": "hello"})
    ask(github, "PATCH", f"/pulls/{pull.number}", {"state": "closed"})
    ask(github, "PATCH", f"/pulls/{pull.number}", {"state": "closed"})
    ask(github, "PATCH", f"/pulls/{pull.number}", {"state": "open"})
    ask(github, "POST", "/actions/workflows/decide.yml/dispatches", {"ref": "main"})
    assert told == [
        ("pull_request", "opened"),
        ("pull_request", "synchronize"),
        ("issue_comment", "created"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
        ("workflow_dispatch", ""),
    ]


def test_a_workflow_that_is_not_there_cannot_be_started(github: FakeGitHub) -> None:
    asked = ("POST", "/actions/workflows/nothing.yml/dispatches", {"ref": "main"})
    assert ask(github, *asked)[0] == 404
    assert github.dispatches == []


def test_one_whose_branch_is_gone_cannot_be_opened_again(github: FakeGitHub) -> None:
    pull = github.open_pull(NAME, github.accounts["lea"], pushed(github, "a"), "attempt")
    ask(github, "PATCH", f"/pulls/{pull.number}", {"state": "closed"})
    pull.source = None
    assert ask(github, "PATCH", f"/pulls/{pull.number}", {"state": "open"})[0] == 422


def test_lists_come_in_pages_that_lead_on(github: FakeGitHub) -> None:
    issue = github.open_issue(NAME, github.accounts["lea"], "Talk")
    for number in range(5):
        github.comment(NAME, issue.number, github.accounts["lea"], f"comment {number}")
    path = f"/issues/{issue.number}/comments"
    _, first, headers = ask(github, "GET", f"{path}?per_page=2")
    assert [one["body"] for one in first] == ["comment 0", "comment 1"]
    assert 'page=2>; rel="next"' in headers["Link"]
    assert 'page=3>; rel="last"' in headers["Link"]
    _, last, headers = ask(github, "GET", f"{path}?per_page=2&page=3")
    assert [one["body"] for one in last] == ["comment 4"]
    assert "next" not in headers["Link"]


def test_a_comment_longer_than_github_takes_is_refused(github: FakeGitHub) -> None:
    issue = github.open_issue(NAME, github.accounts["lea"], "Talk")
    path = f"/issues/{issue.number}/comments"
    assert ask(github, "POST", path, {"body": "x" * 65_536})[0] == 201
    assert ask(github, "POST", path, {"body": "x" * 65_537})[0] == 422
    assert ask(github, "POST", path, {"body": "  "})[0] == 422


def test_a_token_does_no_more_than_it_may(github: FakeGitHub) -> None:
    issue = github.open_issue(NAME, github.accounts["lea"], "Talk")
    path = f"/issues/{issue.number}/comments"
    reader = github.mint({"issues": "read"})
    assert ask(github, "GET", path, token=reader)[0] == 200
    assert ask(github, "POST", path, {"body": "x"}, reader)[0] == 403
    assert ask(github, "GET", path, token="ghs_made_up")[0] == 401
    github.reads_token = lambda token: Caller(Account(7, "eve")) if token == "elsewhere" else None
    assert ask(github, "POST", path, {"body": "x"}, "elsewhere")[1]["user"]["login"] == "eve"


def test_a_fault_strikes_as_often_as_asked_and_does_nothing(github: FakeGitHub) -> None:
    issue = github.open_issue(NAME, github.accounts["lea"], "Talk")
    path = f"/issues/{issue.number}/comments"
    github.fault("POST", r"/comments$", status=502, times=2, headers={"Retry-After": "3"})
    seen = [ask(github, "POST", path, {"body": "x"}) for _ in range(3)]
    assert [status for status, _, _ in seen] == [502, 502, 201]
    assert seen[0][2]["Retry-After"] == "3"
    assert len(issue.comments) == 1
    assert [one.faulty for one in github.exchanges] == [True, True, False]


def test_an_answer_may_be_lost_after_the_request_was_taken(github: FakeGitHub) -> None:
    issue = github.open_issue(NAME, github.accounts["lea"], "Talk")
    github.fault("POST", r"/comments$", drop=True, taken=True)
    with pytest.raises(RemoteDisconnected):
        ask(github, "POST", f"/issues/{issue.number}/comments", {"body": "x"})
    assert len(issue.comments) == 1


def test_every_url_leads_back_here(github: FakeGitHub) -> None:
    pull = github.open_pull(NAME, github.accounts["lea"], pushed(github, "a"), "attempt")
    _, seen, _ = ask(github, "GET", f"/pulls/{pull.number}")
    for name in ("url", "comments_url", "issue_url"):
        assert seen[name].startswith(github.url)
    assert seen["base"]["repo"]["url"] == f"{github.url}/repos/{NAME}"


def test_other_modules_add_routes_of_their_own(github: FakeGitHub) -> None:
    @route("GET", "/repos/{owner}/{repo}/told/{name}", needs=("pages:read",))
    def told(server: FakeGitHub, request: Request) -> Any:
        return {"repository": request.repo.name, "name": request.names["name"]}

    try:
        assert ask(github, "GET", "/told/a%2Fb")[1] == {"repository": NAME, "name": "a/b"}
        assert ask(github, "GET", "/told/x", token=github.mint({"issues": "write"}))[0] == 403
    finally:
        ROUTES[:] = [one for one in ROUTES if one.handle is not told]
