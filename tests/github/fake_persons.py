"""The routes of the local GitHub's API that people's own commands use, with their own tokens."""

from __future__ import annotations

from typing import Any

from tests.github import fake_views
from tests.github.fake_api import FakeGitHub
from tests.github.fake_server import Answer, ApiError, Request, paged, route
from tests.github.fake_state import LineComment, Pull

_REPO = "/repos/{owner}/{repo}"
_PAGE = fake_views.HOST


@route("GET", "/user")
def _me(github: FakeGitHub, request: Request) -> Any:
    about = ("name", "company", "blog", "location", "email", "hireable", "bio")
    counts = ("public_repos", "public_gists", "followers", "following")
    made = fake_views.stamp(github.now)
    return {
        **fake_views.account(github, request.caller.account),
        **dict.fromkeys(about),
        "blog": "",
        **dict.fromkeys(counts, 0),
        "created_at": made,
        "updated_at": made,
    }


@route("POST", f"{_REPO}/forks")
def _fork(github: FakeGitHub, request: Request) -> Answer:
    name = github.fork(request.repo.name, request.caller.account)
    return Answer(fake_views.full_repository(github, github.state[name]), 202)


@route("POST", f"{_REPO}/pulls", ("pull_requests:write",))
def _open(github: FakeGitHub, request: Request) -> Answer:
    owner, _, branch = request.body["head"].partition(":")
    source = f"{owner}/{request.repo.name.partition('/')[2]}"
    title, who = request.body["title"], request.caller.account
    pull = github.open_pull(request.repo.name, who, source, branch, title=title)
    return Answer(fake_views.pull(github, request.repo, pull), 201)


@route("GET", f"{_REPO}/pulls/{{pull_number}}/comments", ("pull_requests:read",))
def _line_comments(github: FakeGitHub, request: Request) -> Answer:
    pull = request.repo.pulls.get(request.number("pull_number"))
    if pull is None:
        raise ApiError(404, "Not Found")
    found = [_view(github, request.repo.name, pull, one) for one in pull.line_comments]
    return paged(request, found, github.url)


def _view(github: FakeGitHub, name: str, pull: Pull, one: LineComment) -> dict[str, Any]:
    url = f"{github.url}/repos/{name}/pulls/comments/{one.id}"
    page = f"{_PAGE}/{name}/pull/{pull.number}#discussion_r{one.id}"
    of_pull = f"{github.url}/repos/{name}/pulls/{pull.number}"
    links = {"self": url, "html": page, "pull_request": of_pull}
    return {
        "url": url,
        "pull_request_review_id": 1,
        "id": one.id,
        "node_id": f"PRRC_{one.id}",
        "diff_hunk": "@@ -0,0 +1 @@",
        "path": one.path,
        "commit_id": pull.head,
        "original_commit_id": pull.head,
        "user": fake_views.account(github, one.author) if one.author else None,
        "body": one.body,
        "created_at": fake_views.stamp(one.at),
        "updated_at": fake_views.stamp(one.at),
        "html_url": page,
        "pull_request_url": of_pull,
        "author_association": "OWNER",
        "_links": {key: {"href": href} for key, href in links.items()},
        "start_line": None if one.outdated else one.start_line,
        "original_start_line": one.start_line,
        "start_side": one.side if one.start_line else None,
        "line": None if one.outdated else one.line,
        "original_line": one.line,
        "side": one.side,
        "subject_type": "line" if one.line else "file",
    }
