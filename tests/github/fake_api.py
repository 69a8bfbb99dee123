"""GitHub's REST API as a server on loopback: stateful, recording, and able to fail on demand.

How to use it:

    github = FakeGitHub(Repositories(folder), now=START)   # `<folder>/<owner>/<name>.git`
    with github:                                           # or start() and stop()
        lea = github.account(1001, "lea")
        github.add_repository("academy/credentials")       # its bare repository must exist
        pull = github.open_pull("academy/credentials", lea, "lea/credentials", "attempt")
        payload = github.pull_payload("academy/credentials", pull, "opened", lea)
        run = github.start_run("academy/credentials", "pull_request_target", "intake.yml", lea)
        token = github.mint()                              # an installation token of the App
        # GITHUB_API_URL=github.url, GITHUB_RUN_ID=run.id, GITHUB_SERVER_URL=file://<folder>

Time stands still: set `github.now`. Whatever happens, by the API or by the methods here, is told
to each function in `github.listeners` as (repository, event name, payload), as GitHub fires it;
dispatches also stand in `github.dispatches`. Requests stand in `github.exchanges`, and
`github.fault("POST", r"/comments$", status=502)` makes them fail. Tokens that are made elsewhere
are read by a function put in `github.reads_token`: token → `Caller` or None.

Routes are added by `@route("GET", "/repos/{owner}/{repo}/pages", needs=("pages:read",))` in any
module that is imported; `fake_routes` holds those that the GitHub edge uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import tests.github.fake_routes  # noqa: F401 - registers the edge's routes
from tests.github import fake_views
from tests.github.fake_server import Answer, ApiError, Request, Server, paged, route
from tests.github.fake_state import (
    Activity,
    Caller,
    Comment,
    Dispatch,
    Issue,
    Pull,
    Repository,
    Run,
)
from tests.github.repositories import Repositories

from jobtwin.forge.events import Account

__all__ = [
    "Answer", "ApiError", "Caller", "FakeGitHub", "Request", "paged", "route",
]  # fmt: skip

NOBODY = "0" * 40
Listener = Callable[[str, str, dict[str, Any]], None]


class FakeGitHub(Server):
    """A local GitHub; see the module."""

    def __init__(
        self,
        repositories: Repositories,
        now: datetime,
        *,
        slug: str = "jobtwin-bot",
        app: int = 4711,
    ) -> None:
        super().__init__()
        self.repositories = repositories
        self.now = now
        self.app = app
        self.slug = slug
        self.bot = Account(4712, f"{slug}[bot]")
        self.accounts: dict[str, Account] = {self.bot.login: self.bot}
        self.state: dict[str, Repository] = {}
        self.tokens: dict[str, Caller] = {}
        self.reads_token: Callable[[str], Caller | None] = lambda _: None
        self.listeners: list[Listener] = []
        self.dispatches: list[Dispatch] = []
        self._last = 9000

    def next_id(self) -> int:
        """Return a number that nothing else has."""
        self._last += 1
        return self._last

    def account(self, number: int, login: str) -> Account:
        """Make somebody's account, or a bot's where the login ends in `[bot]`."""
        self.accounts[login] = Account(number, login)
        return self.accounts[login]

    def mint(self, permissions: Mapping[str, str] | None = None, by: Account | None = None) -> str:
        """Return a token of the App, or of somebody; without permissions it may do anything."""
        token = f"ghs_{self.next_id():036d}"
        self.tokens[token] = Caller(by or self.bot, permissions)
        return token

    def caller(self, token: str) -> Caller | None:
        """Return who a token speaks for."""
        return self.tokens.get(token) or self.reads_token(token)

    def find(self, name: str) -> Repository | None:
        """Return a repository by `owner/name`."""
        return self.state.get(name)

    def add_repository(self, name: str, parent: str | None = None) -> Repository:
        """Let the API know of a repository; its owner gets an account unless it has one."""
        owner = name.partition("/")[0]
        self.accounts.setdefault(owner, Account(self.next_id(), owner))
        self.state[name] = Repository(self.next_id(), name, self.now, parent)
        return self.state[name]

    def fork(self, name: str, owner: Account) -> str:
        """Fork a repository, in git too; return the fork's `owner/name`."""
        forked = self.repositories.fork(name, owner.login)
        if forked not in self.state:
            self.add_repository(forked, name)
        return forked

    def open_issue(
        self, repository: str, author: Account, title: str, labels: tuple[str, ...] = ()
    ) -> Issue:
        """Open an issue."""
        repo = self.state[repository]
        issue = self._issue(repo, author, title, "")
        issue.labels.extend(labels)
        repo.issues[issue.number] = issue
        return issue

    def open_pull(
        self,
        repository: str,
        author: Account,
        source: str,
        branch: str,
        *,
        title: str = "An attempt",
        body: str = "",
    ) -> Pull:
        """Open a pull request of a fork's branch, which must be there."""
        repo = self.state[repository]
        head = self.repositories.head(source, branch)
        if head is None:
            raise ValueError(f"{source} has no branch {branch}")
        issue = self._issue(repo, author, title, body)
        base_sha = self.repositories.head(repository, "main") or NOBODY
        pull = Pull(issue, head, source, branch, "main", base_sha)
        repo.pulls[pull.number] = pull
        self._take_over(repository, pull)
        self.tell(repository, "pull_request", self.pull_payload(repository, pull, "opened", author))
        return pull

    def pushed(self, source: str, branch: str, actor: Account, before: str | None = None) -> None:
        """Note a push to a branch, and bring it to the pull requests that are open from there."""
        after = self.repositories.head(source, branch) or NOBODY
        kind = "push" if before else "branch_creation"
        if before and not self._is_ancestor(source, before, after):
            kind = "force_push"
        entry = Activity(
            self.next_id(), f"refs/heads/{branch}", before or NOBODY, after, self.now, actor, kind
        )
        self.state[source].activity.append(entry)
        for name, repo in self.state.items():
            for pull in repo.pulls.values():
                if (pull.source, pull.branch) == (source, branch) and not pull.issue.closed_at:
                    self._synchronize(name, pull, after, actor)

    def comment(self, repository: str, number: int, author: Account, body: str) -> Comment:
        """Write a comment on an issue or pull request."""
        issue = self.state[repository].issue(number)
        if issue is None:
            raise ApiError(404, "Not Found")
        issue.updated_at = self.now
        comment = Comment(self.next_id(), author, body, self.now, self.now)
        issue.comments.append(comment)
        payload = self.comment_payload(repository, number, comment, "created", author)
        self.tell(repository, "issue_comment", payload)
        return comment

    def set_state(self, repository: str, number: int, state: str, actor: Account) -> None:
        """Close or reopen an issue or pull request."""
        repo = self.state[repository]
        issue = repo.issue(number)
        if issue is None or (state == "closed") == bool(issue.closed_at):
            return
        pull = repo.pulls.get(number)
        if pull and state == "open":
            head = self.repositories.head(pull.source, pull.branch) if pull.source else None
            if head is None:
                raise ApiError(422, "Validation Failed")
            pull.head = head
            self._take_over(repository, pull)
        issue.closed_at = self.now if state == "closed" else None
        issue.updated_at = self.now
        if pull:
            action = "closed" if issue.closed_at else "reopened"
            told = self.pull_payload(repository, pull, action, actor)
            self.tell(repository, "pull_request", told)

    def start_run(
        self, repository: str, event: str, workflow: str, actor: Account, run: int | None = None
    ) -> Run:
        """Note that a workflow runs; its `created_at` is now."""
        number = run or self.next_id()
        sha = self.repositories.head(repository, "main") or NOBODY
        made = Run(number, event, workflow, actor, self.now, sha)
        self.state[repository].runs[number] = made
        return made

    def dispatch(self, made: Dispatch) -> None:
        """Note that a workflow was asked for, and tell it."""
        self.dispatches.append(made)
        payload = {
            "inputs": dict(made.inputs),
            "ref": f"refs/heads/{made.ref}",
            "workflow": f".github/workflows/{made.workflow}",
            **self._common(made.repository, made.actor),
        }
        self.tell(made.repository, "workflow_dispatch", payload)

    def tell(self, repository: str, event: str, payload: dict[str, Any]) -> None:
        """Tell an event to everybody who listens."""
        for listener in self.listeners:
            listener(repository, event, payload)

    def pull_payload(
        self, repository: str, pull: Pull, action: str, sender: Account
    ) -> dict[str, Any]:
        """Return what GitHub sends of a pull request."""
        seen = fake_views.pull(self, self.state[repository], pull)
        common = self._common(repository, sender)
        return {"action": action, "number": pull.number, "pull_request": seen, **common}

    def comment_payload(
        self, repository: str, number: int, comment: Comment, action: str, sender: Account
    ) -> dict[str, Any]:
        """Return what GitHub sends of a comment."""
        repo = self.state[repository]
        return {
            "action": action,
            "issue": fake_views.issue(self, repo, number),
            "comment": fake_views.comment(self, repo, number, comment),
            **self._common(repository, sender),
        }

    def schedule_payload(self, repository: str, cron: str, workflow: str) -> dict[str, Any]:
        """Return what GitHub sends when the time has come: nobody is named."""
        seen = fake_views.repository(self, self.state[repository])
        path = f".github/workflows/{workflow}"
        return {"schedule": cron, "workflow": path, "repository": seen}

    def push_payload(
        self, repository: str, before: str, after: str, sender: Account
    ) -> dict[str, Any]:
        """Return what GitHub sends of a push to main."""
        return {
            "ref": "refs/heads/main",
            "before": before,
            "after": after,
            "created": False,
            "deleted": False,
            "forced": False,
            "base_ref": None,
            "compare": f"{fake_views.HOST}/{repository}/compare/{before}...{after}",
            "commits": [],
            "head_commit": None,
            "pusher": {"name": sender.login, "email": f"{sender.login}@people.invalid"},
            **self._common(repository, sender),
        }

    def _common(self, repository: str, sender: Account) -> dict[str, Any]:
        return {
            "repository": fake_views.repository(self, self.state[repository]),
            "sender": fake_views.account(self, sender),
            "installation": {"id": 1, "node_id": "MDIz"},
        }

    def _issue(self, repo: Repository, author: Account, title: str, body: str) -> Issue:
        number = len(repo.issues) + len(repo.pulls) + 1
        return Issue(number, author, title, body, self.now, self.now)

    def _synchronize(self, name: str, pull: Pull, head: str, actor: Account) -> None:
        before, pull.head = pull.head, head
        pull.issue.updated_at = self.now
        self._take_over(name, pull)
        payload = self.pull_payload(name, pull, "synchronize", actor)
        self.tell(name, "pull_request", {**payload, "before": before, "after": head})

    def _take_over(self, repository: str, pull: Pull) -> None:
        if pull.source:
            ref = f"refs/pull/{pull.number}/head"
            self.repositories.take_over(pull.source, pull.head, repository, ref)

    def _is_ancestor(self, source: str, before: str, after: str) -> bool:
        git = self.repositories.git(source)
        return git.attempt("merge-base", "--is-ancestor", before, after).returncode == 0
