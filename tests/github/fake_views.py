"""What GitHub's API answers about each thing; URLs lead back to the local GitHub."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.fake_state import Activity, Comment, Issue, Pull, Repository, Run

from jobtwin.forge.events import Account

if TYPE_CHECKING:
    from tests.github.fake_api import FakeGitHub

HOST = "https://github.example"
"""Where pages for people would be."""


def stamp(at: datetime) -> str:
    """Return a moment as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _node(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}{number}".encode()).decode()


def account(github: FakeGitHub, who: Account) -> dict[str, Any]:
    """Return a user as `simple-user`."""
    url = f"{github.url}/users/{who.login}"
    is_bot = who.login.endswith("[bot]")
    lists = (
        "followers", "following", "gists", "starred", "subscriptions", "orgs", "repos", "events",
        "received_events",
    )  # fmt: skip
    named = {"orgs": "organizations_url"}
    return {
        "login": who.login,
        "id": who.number,
        "node_id": _node("User", who.number),
        "avatar_url": f"{HOST}/avatars/{who.number}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{HOST}/{who.login}",
        **{named.get(name, f"{name}_url"): f"{url}/{name}" for name in lists},
        "type": "Bot" if is_bot else "User",
        "site_admin": False,
    }


_OF_REPOSITORY = {
    "archive": "{archive_format}{/ref}", "assignees": "{/user}", "blobs": "git/blobs{/sha}",
    "branches": "{/branch}", "collaborators": "{/collaborator}", "comments": "{/number}",
    "commits": "{/sha}", "compare": "{base}...{head}", "contents": "{+path}", "contributors": "",
    "deployments": "", "downloads": "", "events": "", "forks": "", "git_commits": "git/commits",
    "git_refs": "git/refs{/sha}", "git_tags": "git/tags{/sha}", "hooks": "",
    "issue_comment": "issues/comments{/number}", "issue_events": "issues/events{/number}",
    "issues": "{/number}", "keys": "{/key_id}", "labels": "{/name}", "languages": "", "merges": "",
    "milestones": "{/number}", "notifications": "{?since,all,participating}", "pulls": "{/number}",
    "releases": "{/id}", "stargazers": "", "statuses": "{sha}", "subscribers": "",
    "subscription": "", "tags": "", "teams": "", "trees": "git/trees{/sha}",
}  # fmt: skip


def minimal_repository(github: FakeGitHub, repo: Repository) -> dict[str, Any]:
    """Return a repository as `minimal-repository`."""
    url = f"{github.url}/repos/{repo.name}"
    return {
        "id": repo.id,
        "node_id": _node("Repository", repo.id),
        "name": repo.name.partition("/")[2],
        "full_name": repo.name,
        "owner": account(github, github.accounts[repo.owner]),
        "private": repo.private,
        "html_url": f"{HOST}/{repo.name}",
        "description": None,
        "fork": repo.parent is not None,
        "url": url,
        **{f"{name}_url": f"{url}/{tail or name}" for name, tail in _OF_REPOSITORY.items()},
    }


def repository(github: FakeGitHub, repo: Repository) -> dict[str, Any]:
    """Return a repository as `repository`."""
    page = f"{HOST}/{repo.name}"
    counts = ("forks", "forks_count", "open_issues", "open_issues_count", "stargazers_count",
              "watchers", "watchers_count", "size")  # fmt: skip
    yes = ("has_downloads", "has_issues", "has_projects", "has_wiki", "has_pages")
    return {
        **minimal_repository(github, repo),
        "clone_url": f"{page}.git",
        "git_url": f"git:{page.removeprefix('https:')}.git",
        "ssh_url": f"git@github.example:{repo.name}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "visibility": "private" if repo.private else "public",
        "topics": [],
        "has_discussions": False,
        "default_branch": "main",
        "archived": False,
        "disabled": False,
        **dict.fromkeys(counts, 0),
        **dict.fromkeys(yes, True),
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.created_at),
        "pushed_at": stamp(repo.activity[-1].at if repo.activity else repo.created_at),
    }


def full_repository(github: FakeGitHub, repo: Repository) -> dict[str, Any]:
    """Return a repository as `full-repository`, which only asking for it alone gives."""
    return {**repository(github, repo), "network_count": 0, "subscribers_count": 0}


def label(github: FakeGitHub, repo: Repository, name: str) -> dict[str, Any]:
    """Return a label."""
    color, description = repo.labels.get(name, ("ededed", ""))
    return {
        "id": 1 + sorted({*repo.labels, name}).index(name),
        "node_id": _node("Label", len(name)),
        "url": f"{github.url}/repos/{repo.name}/labels/{name}",
        "name": name,
        "description": description,
        "color": color,
        "default": False,
    }


def association(repo: Repository, who: Account) -> str:
    """Return what somebody is to a repository."""
    return "OWNER" if who.login == repo.owner else "CONTRIBUTOR" if who.number else "NONE"


def _shared(github: FakeGitHub, repo: Repository, issue: Issue) -> dict[str, Any]:
    return {
        "number": issue.number,
        "state": "closed" if issue.closed_at else "open",
        "locked": False,
        "title": issue.title,
        "body": issue.body or None,
        "user": account(github, issue.author),
        "labels": [label(github, repo, name) for name in issue.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "author_association": association(repo, issue.author),
        "active_lock_reason": None,
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": stamp(issue.closed_at) if issue.closed_at else None,
    }


def issue(github: FakeGitHub, repo: Repository, number: int) -> dict[str, Any]:
    """Return an issue, or a pull request as an issue."""
    found = repo.issue(number)
    assert found is not None
    url = f"{github.url}/repos/{repo.name}/issues/{number}"
    page = f"{HOST}/{repo.name}/{'pull' if number in repo.pulls else 'issues'}/{number}"
    seen = {
        "id": 5000 + number,
        "node_id": _node("Issue", number),
        "url": url,
        "repository_url": f"{github.url}/repos/{repo.name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "comments": len(found.comments),
        "state_reason": None,
        "reactions": _reactions(url),
        **_shared(github, repo, found),
    }
    if number in repo.pulls:
        pull_url = f"{github.url}/repos/{repo.name}/pulls/{number}"
        links = {"html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
        seen["pull_request"] = {"url": pull_url, **links, "merged_at": None}
    return seen


def simple_pull(github: FakeGitHub, repo: Repository, pull: Pull) -> dict[str, Any]:
    """Return a pull request as lists show it."""
    url = f"{github.url}/repos/{repo.name}/pulls/{pull.number}"
    of_issue = f"{github.url}/repos/{repo.name}/issues/{pull.number}"
    page = f"{HOST}/{repo.name}/pull/{pull.number}"
    links = {
        "self": url,
        "html": page,
        "issue": of_issue,
        "comments": f"{of_issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{url}/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{github.url}/repos/{repo.name}/statuses/{pull.head}",
    }
    source = github.find(pull.source) if pull.source else None
    return {
        "id": 7000 + pull.number,
        "node_id": _node("PullRequest", pull.number),
        "url": url,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{n}_url": links[n] for n in links if n not in ("self", "html")},
        "_links": {name: {"href": href} for name, href in links.items()},
        "merge_commit_sha": None,
        "merged_at": None,
        "auto_merge": None,
        "draft": False,
        "requested_reviewers": [],
        "requested_teams": [],
        **_shared(github, repo, pull.issue),
        "head": _end(github, source, pull.branch, pull.head, pull.issue.author),
        "base": _end(github, repo, pull.base, pull.base_sha, github.accounts[repo.owner]),
    }


def _end(
    github: FakeGitHub, repo: Repository | None, ref: str, sha: str, owner: Account
) -> dict[str, Any]:
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "repo": repository(github, repo) if repo else None,
        "user": account(github, owner),
    }


def pull(github: FakeGitHub, repo: Repository, found: Pull) -> dict[str, Any]:
    """Return a pull request by itself."""
    return {
        **simple_pull(github, repo, found),
        "merged": False,
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": None,
        "comments": len(found.issue.comments),
        "review_comments": 0,
        "maintainer_can_modify": True,
        "commits": 1,
        "additions": 1,
        "deletions": 0,
        "changed_files": 1,
    }


def comment(github: FakeGitHub, repo: Repository, number: int, one: Comment) -> dict[str, Any]:
    """Return a comment."""
    url = f"{github.url}/repos/{repo.name}/issues"
    kind = "pull" if number in repo.pulls else "issues"
    return {
        "id": one.id,
        "node_id": _node("IssueComment", one.id),
        "url": f"{url}/comments/{one.id}",
        "issue_url": f"{url}/{number}",
        "html_url": f"{HOST}/{repo.name}/{kind}/{number}#issuecomment-{one.id}",
        "body": one.body,
        "user": account(github, one.author),
        "author_association": association(repo, one.author),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "performed_via_github_app": None,
        "reactions": _reactions(f"{url}/comments/{one.id}"),
    }


def _reactions(url: str) -> dict[str, Any]:
    kinds = ("total_count", "+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
    return {"url": f"{url}/reactions", **dict.fromkeys(kinds, 0)}


def activity(github: FakeGitHub, one: Activity) -> dict[str, Any]:
    """Return an entry of a repository's activity."""
    return {
        "id": one.id,
        "node_id": _node("Push", one.id),
        "before": one.before,
        "after": one.after,
        "ref": one.ref,
        "timestamp": stamp(one.at),
        "activity_type": one.kind,
        "actor": account(github, one.actor),
    }


def run(github: FakeGitHub, repo: Repository, one: Run) -> dict[str, Any]:
    """Return a workflow's run."""
    url = f"{github.url}/repos/{repo.name}/actions/runs/{one.id}"
    tails = ("jobs", "logs", "cancel", "rerun", "artifacts")
    who = {"name": one.actor.login, "email": f"{one.actor.login}@people.invalid"}
    return {
        "id": one.id,
        "name": one.workflow.removesuffix(".yml"),
        "node_id": _node("WorkflowRun", one.id),
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "path": f".github/workflows/{one.workflow}",
        "display_title": one.workflow,
        "run_number": 1,
        "run_attempt": one.attempt,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": 1,
        "check_suite_id": 1,
        "check_suite_node_id": "Q1M=",
        "url": url,
        "html_url": f"{HOST}/{repo.name}/actions/runs/{one.id}",
        "pull_requests": [],
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "run_started_at": stamp(one.created_at),
        "actor": account(github, one.actor),
        "triggering_actor": account(github, one.actor),
        **{f"{tail}_url": f"{url}/{tail}" for tail in tails},
        "check_suite_url": f"{github.url}/repos/{repo.name}/check-suites/1",
        "previous_attempt_url": None,
        "workflow_url": f"{github.url}/repos/{repo.name}/actions/workflows/1",
        "head_commit": {
            "id": one.head_sha,
            "tree_id": one.head_sha,
            "message": "A commit",
            "timestamp": stamp(one.created_at),
            "author": who,
            "committer": who,
        },
        "repository": minimal_repository(github, repo),
        "head_repository": minimal_repository(github, repo),
    }
