"""The routes of the local GitHub's API that the edge uses while acts are performed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.github import fake_views
from tests.github.fake_server import Answer, ApiError, Request, paged, route
from tests.github.fake_state import Comment, Dispatch, Issue, Pull

if TYPE_CHECKING:
    from tests.github.fake_api import FakeGitHub

_REPO = "/repos/{owner}/{repo}"
_READ_PULL = ("pull_requests:read",)
_READ_ISSUE = ("issues:read", "pull_requests:read")
_WRITE_ISSUE = ("issues:write", "pull_requests:write")
LONGEST_COMMENT = 65_536


@route("GET", _REPO)
def _repository(github: FakeGitHub, request: Request) -> Any:
    return fake_views.full_repository(github, request.repo)


@route("GET", f"{_REPO}/actions/runs/{{run_id}}", ("actions:read",))
def _run(github: FakeGitHub, request: Request) -> Any:
    found = request.repo.runs.get(request.number("run_id"))
    if found is None:
        raise ApiError(404, "Not Found")
    return fake_views.run(github, request.repo, found)


@route("GET", f"{_REPO}/pulls", _READ_PULL)
def _pulls(github: FakeGitHub, request: Request) -> Answer:
    state, base = request.query.get("state", "open"), request.query.get("base")
    found = [
        fake_views.simple_pull(github, request.repo, pull)
        for pull in request.repo.pulls.values()
        if state in ("all", "closed" if pull.issue.closed_at else "open")
        and base in (None, pull.base)
    ]
    found.sort(key=lambda pull: pull["number"], reverse=request.query.get("direction") != "asc")
    return paged(request, found, github.url)


@route("GET", f"{_REPO}/pulls/{{pull_number}}", _READ_PULL)
def _get_pull(github: FakeGitHub, request: Request) -> Any:
    return fake_views.pull(github, request.repo, _pull(request))


@route("PATCH", f"{_REPO}/pulls/{{pull_number}}", ("pull_requests:write",))
def _edit_pull(github: FakeGitHub, request: Request) -> Any:
    pull = _pull(request)
    if "state" in request.body:
        actor = request.caller.account
        github.set_state(request.repo.name, pull.number, request.body["state"], actor)
    return fake_views.pull(github, request.repo, pull)


@route("GET", f"{_REPO}/pulls/{{pull_number}}/files", _READ_PULL)
def _files(github: FakeGitHub, request: Request) -> Answer:
    pull, name = _pull(request), request.repo.name
    between = f"refs/heads/{pull.base}...{pull.head}"
    git = github.repositories.git(name)
    raw = git.run("diff", "--raw", "-z", "--no-renames", "--no-abbrev", between).decode()
    fields = raw.split("\0")[:-1]
    page = f"{fake_views.HOST}/{name}"
    states = {"A": "added", "M": "modified", "D": "removed", "T": "changed"}
    found = []
    for entry, path in zip(fields[0::2], fields[1::2], strict=True):
        _, _, _, blob, letter = entry.split(" ")
        found.append(
            {
                "sha": blob,
                "filename": path,
                "status": states[letter[0]],
                "additions": 1,
                "deletions": 0,
                "changes": 1,
                "blob_url": f"{page}/blob/{pull.head}/{path}",
                "raw_url": f"{page}/raw/{pull.head}/{path}",
                "contents_url": f"{github.url}/repos/{name}/contents/{path}?ref={pull.head}",
            }
        )
    return paged(request, found, github.url)


@route("GET", f"{_REPO}/issues", _READ_ISSUE)
def _listed_issues(github: FakeGitHub, request: Request) -> Answer:
    wanted, repo = request.query.get("labels", ""), request.repo
    found = [
        fake_views.issue(github, repo, number)
        for number, one in repo.issues.items()
        if not one.closed_at and (not wanted or wanted in one.labels)
    ]
    return paged(request, found, github.url)


@route("GET", f"{_REPO}/issues/{{issue_number}}/comments", _READ_ISSUE)
def _comments(github: FakeGitHub, request: Request) -> Answer:
    issue = _issue(request)
    found = [fake_views.comment(github, request.repo, issue.number, c) for c in issue.comments]
    return paged(request, found, github.url)


@route("POST", f"{_REPO}/issues/{{issue_number}}/comments", _WRITE_ISSUE)
def _add_comment(github: FakeGitHub, request: Request) -> Answer:
    issue, body = _issue(request), _body(request)
    made = github.comment(request.repo.name, issue.number, request.caller.account, body)
    return Answer(fake_views.comment(github, request.repo, issue.number, made), 201)


@route("PATCH", f"{_REPO}/issues/comments/{{comment_id}}", _WRITE_ISSUE)
def _edit_comment(github: FakeGitHub, request: Request) -> Any:
    issue, found = _find_comment(request)
    found.body, found.updated_at = _body(request), github.now
    return fake_views.comment(github, request.repo, issue.number, found)


@route("GET", f"{_REPO}/issues/{{issue_number}}/labels", _READ_ISSUE)
def _labels(github: FakeGitHub, request: Request) -> Answer:
    names = _issue(request).labels
    found = [fake_views.label(github, request.repo, name) for name in names]
    return paged(request, found, github.url)


@route("POST", f"{_REPO}/issues/{{issue_number}}/labels", _WRITE_ISSUE)
def _add_labels(github: FakeGitHub, request: Request) -> Any:
    issue = _issue(request)
    for name in request.body["labels"]:
        request.repo.labels.setdefault(name, ("ededed", ""))
        if name not in issue.labels:
            issue.labels.append(name)
    return [fake_views.label(github, request.repo, name) for name in issue.labels]


@route("DELETE", f"{_REPO}/issues/{{issue_number}}/labels/{{name}}", _WRITE_ISSUE)
def _remove_label(github: FakeGitHub, request: Request) -> Any:
    issue, name = _issue(request), request.names["name"]
    if name not in issue.labels:
        raise ApiError(404, "Label does not exist")
    issue.labels.remove(name)
    return [fake_views.label(github, request.repo, left) for left in issue.labels]


@route("POST", f"{_REPO}/actions/workflows/{{workflow_id}}/dispatches", ("actions:write",))
def _dispatch(github: FakeGitHub, request: Request) -> Answer:
    workflow, ref = request.names["workflow_id"], request.body["ref"]
    name = request.repo.name
    if github.repositories.read(name, ref, f".github/workflows/{workflow}") is None:
        raise ApiError(404, "Not Found")
    inputs = {key: str(value) for key, value in request.body.get("inputs", {}).items()}
    github.dispatch(Dispatch(name, workflow, ref, inputs, request.caller.account))
    return Answer(None, 204)


_PERIODS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}


@route("GET", f"{_REPO}/activity")
def _activity(github: FakeGitHub, request: Request) -> Answer:
    found = list(reversed(request.repo.activity))
    if ref := request.query.get("ref"):
        full = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        found = [one for one in found if one.ref == full]
    if days := _PERIODS.get(request.query.get("time_period", "")):
        found = [one for one in found if one.at > github.now - timedelta(days=days)]
    size = min(100, int(request.query.get("per_page", "30")))
    after = int(request.query.get("after", "0"))
    shown = [fake_views.activity(github, one) for one in found[after : after + size]]
    if after + size >= len(found):
        return Answer(shown)
    asked = "".join(f"{k}={v}&" for k, v in request.query.items() if k != "after")
    link = f'<{github.url}{request.path}?{asked}after={after + size}>; rel="next"'
    return Answer(shown, 200, {"Link": link})


def _pull(request: Request) -> Pull:
    found = request.repo.pulls.get(request.number("pull_number"))
    if found is None:
        raise ApiError(404, "Not Found")
    return found


def _issue(request: Request) -> Issue:
    found = request.repo.issue(request.number("issue_number"))
    if found is None:
        raise ApiError(404, "Not Found")
    return found


def _find_comment(request: Request) -> tuple[Issue, Comment]:
    repo, wanted = request.repo, request.number("comment_id")
    issues = [*repo.issues.values(), *(pull.issue for pull in repo.pulls.values())]
    for issue in issues:
        for found in issue.comments:
            if found.id == wanted:
                return issue, found
    raise ApiError(404, "Not Found")


def _body(request: Request) -> str:
    body = request.body.get("body")
    if not isinstance(body, str) or not re.search(r"\S", body) or len(body) > LONGEST_COMMENT:
        raise ApiError(422, "Validation Failed")
    return body
