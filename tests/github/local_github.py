"""A GitHub on this machine: real git, a real API server, real workflow files run by act.

    with LocalGitHub(folder, START) as github:
        lea = github.account(1001, "lea")
        number = github.open_pull_request(lea, {"submissions/inbox/start.yml": b"…"})
        github.settle()                      # run every workflow that this has started
        github.comment_of_bot(number)

The clock stands still until `wait`; a run's `created_at` is the moment at which its event was
delivered. `delivering` says what an event starts, `runs` in which order, `running` how a job is
run; what people and the API see is `FakeGitHub`'s.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.github import tokens
from tests.github.delivering import Delivery, Started, completed_payload, with_defaults
from tests.github.fake_api import NOBODY, FakeGitHub
from tests.github.fake_server import ApiError
from tests.github.fake_state import Caller, Comment, Dispatch, Issue, Pull, Repository
from tests.github.git_server import GitServer, Pushed
from tests.github.ordering import ACTIONS, ACTIONS_KEY, APP_KEY, NAME, order
from tests.github.repositories import Files, Repositories
from tests.github.runs import Environment, Run, Runs

from jobtwin.forge.events import Account

MOST_CASCADE = 3
WHOLE_PROJECT = ("ci.yml", "deep.yml")
"""Workflows that run all tests of the project."""
ON_EVERY_PUSH = ("audit.yml", "publish.yml")
"""Workflows that follow each record; a journey that is about them switches them on."""


@dataclass
class LocalGitHub:
    """The organisation's repository with its forks, its people, its runs and its clock."""

    folder: Path
    now: datetime
    environments: dict[str, Environment] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=lambda: {"JOBTWIN_BOT_ID": "4711"})
    cache: Path | None = None
    """Where laid commits are kept; shared by several tests it saves most of the time."""
    held: list[tuple[str, Mapping[str, Any]]] | None = None
    """Events that are not delivered yet, while somebody holds them back."""
    disabled: set[str] = field(default_factory=lambda: {*WHOLE_PROJECT, *ON_EVERY_PUSH})
    """Workflow files that are switched off, as one can on GitHub."""

    def __post_init__(self) -> None:
        self.repositories = Repositories(self.folder / "repositories")
        self.hosted = self.folder / "hosted"
        self.api = FakeGitHub(self.repositories, now=self.now)
        self.api.accounts[ACTIONS.login] = ACTIONS
        self.api.reads_token = self._caller
        self.api.listeners.append(self._happened)
        self.git = GitServer(self.repositories, self._permissions)
        self.git.after_push.append(self._pushed)
        self.runs = Runs(
            self.folder / "runs",
            self.environments,
            partial(order, self),
            self._completed,
            self.variables,
        )
        self.delivery = Delivery(self.repositories, NAME)

    def __enter__(self) -> LocalGitHub:
        self.api.start()
        self.git.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        for run in self.runs.all:
            if run.process:
                run.process.kill()
        self.api.stop()
        self.git.stop()

    def copied(self, folder: Path) -> LocalGitHub:
        """Return another local GitHub that is as this one is now, to go on from here."""
        for name in ("repositories", "hosted", "artifacts", "site"):
            if (self.folder / name).is_dir():
                shutil.copytree(self.folder / name, folder / name, symlinks=True)
        made = LocalGitHub(
            folder, self.now, self.environments, self.variables, cache=self.cache or folder
        )
        made.disabled = set(self.disabled)
        made.api.state = copy.deepcopy(self.api.state)
        made.api.accounts = dict(self.api.accounts)
        made.api._last = self.api.next_id()
        made.runs.all = copy.deepcopy(self.runs.all)
        return made

    # what people do

    def account(self, number: int, login: str) -> Account:
        """Return somebody's account."""
        return self.api.account(number, login)

    def open_pull_request(
        self, account: Account, files: Files, branch: str = "attempt", title: str = "Attempt"
    ) -> int:
        """Fork, commit and open a pull request to main; return its number."""
        fork = self.fork(account)
        self.repositories.commit(fork, branch, files, title, account.login, self.now)
        self.api.pushed(fork, branch, account)
        return self.api.open_pull(NAME, account, fork, branch, title=title).number

    def fork(self, account: Account) -> str:
        """Return the fork that somebody has, made from main as it is now if there is none."""
        return self.api.fork(NAME, account)

    def push(self, number: int, files: Files, message: str = "More", *, force: bool = False) -> str:
        """Push one more commit to a pull request's branch; `force` throws the others away."""
        pull = self.pull(number)
        source = pull.source or ""
        before = self.repositories.head(source, pull.branch)
        if force:
            self.repositories.git(source).run("update-ref", "-d", f"refs/heads/{pull.branch}")
        author = pull.issue.author
        commit = self.repositories.commit(
            source, pull.branch, files, message, author.login, self.now
        )
        self.api.pushed(source, pull.branch, author, before)
        return commit

    def comment(self, account: Account, number: int, text: str) -> Comment:
        """Comment on an issue or a pull request."""
        return self.api.comment(NAME, number, account, text)

    def edit(self, number: int, comment: Comment, text: str) -> None:
        """Edit a comment as its author."""
        comment.body, comment.updated_at = text, self.now
        payload = self.api.comment_payload(NAME, number, comment, "edited", comment.author)
        self._happened(NAME, "issue_comment", payload)

    def close(self, number: int, account: Account) -> None:
        """Close an issue or a pull request as somebody."""
        self.api.set_state(NAME, number, "closed", account)

    def queue_issue(self) -> int:
        """Open the issue that mentors claim on; return its number."""
        owner = self.api.accounts[NAME.partition("/")[0]]
        return self.api.open_issue(NAME, owner, "Queue", ("queue",)).number

    @property
    def repository(self) -> Repository:
        """What the API knows of the organisation's repository."""
        return self.api.state[NAME]

    def pull(self, number: int) -> Pull:
        """Return a pull request."""
        return self.repository.pulls[number]

    # time, events, runs

    def wait(self, **length: float) -> None:
        """Let time pass: `wait(minutes=12)`."""
        self.set_clock(self.now + timedelta(**length))

    def set_clock(self, now: datetime) -> None:
        """Let time pass until a moment."""
        self.now = self.api.now = now

    @contextmanager
    def held_back(self) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
        """Hold events back: what is in the list may be delivered later, reordered or lost."""
        self.held, before = [], self.held
        yield self.held
        self.held = before

    def deliver(self, event: str, payload: Mapping[str, Any]) -> list[Run]:
        """Deliver an event: queue a run of each workflow that it starts."""
        return [self._queue(started, payload) for started in self._started(event, payload)]

    def schedule(self, workflow: str) -> list[Run]:
        """Let a workflow's first cron line come due."""
        found = next(w for w in self.delivery.workflows(self.delivery.main()) if w.file == workflow)
        payload = self.api.schedule_payload(NAME, found.schedules()[0], workflow)
        return self.deliver("schedule", payload)

    def dispatch(self, account: Account, workflow: str, **inputs: str) -> None:
        """Start a workflow by hand."""
        self.api.dispatch(Dispatch(NAME, workflow, "main", inputs, account))

    def settle(self) -> None:
        """Run everything that can run until the rest waits for an approval."""
        self.runs.settle()

    def approve(self, login: str, environment: str = "signing") -> int:
        """Approve what waits for an environment; return how many jobs."""
        return self.runs.approve(login, environment)

    def rerun(self, run: Run) -> None:
        """Run a completed run once more."""
        run.again()
        self.runs.queue(run)

    def of(self, workflow: str) -> list[Run]:
        """Return the runs of a workflow file, oldest first."""
        return [run for run in self.runs.all if run.workflow.file == workflow]

    def logs(self) -> str:
        """Return everything that any job printed."""
        return "\n".join(run.log for run in self.runs.all)

    def comment_of_bot(self, number: int) -> str:
        """Return the bot's one comment on a pull request; empty where it has none."""
        found = [c.body for c in self.issue(number).comments if c.author == self.api.bot]
        if len(found) > 1:
            raise AssertionError(f"the bot has {len(found)} comments on #{number}")
        return found[0] if found else ""

    def issue(self, number: int) -> Issue:
        """Return an issue, or what a pull request shares with one."""
        found = self.repository.issue(number)
        if found is None:
            raise LookupError(f"there is no #{number}")
        return found

    # behind the scenes

    def _happened(self, repository: str, event: str, payload: Mapping[str, Any]) -> None:
        if repository != NAME:
            return
        if self.held is not None:
            self.held.append((event, payload))
        else:
            self.deliver(event, payload)

    def _started(self, event: str, payload: Mapping[str, Any]) -> list[Started]:
        found = self.delivery.started(event, payload)
        return [started for started in found if started.workflow.file not in self.disabled]

    def _queue(self, started: Started, payload: Mapping[str, Any], depth: int = 0) -> Run:
        if started.event == "workflow_dispatch":
            try:
                inputs = with_defaults(started.workflow, payload.get("inputs") or {})
            except ValueError as error:
                raise ApiError(422, str(error)) from error
            payload = {**payload, "inputs": inputs}
        sender = payload.get("sender") or {"id": 1, "login": NAME.partition("/")[0]}
        actor = Account(sender["id"], sender["login"])
        told = self.api.start_run(NAME, started.event, started.workflow.file, actor)
        run = Run(
            id=told.id,
            workflow=started.workflow,
            event=started.event,
            payload=payload,
            actor=actor.login,
            created_at=told.created_at,
            ref=started.ref,
            sha=started.sha,
            from_fork=started.from_fork,
            depth=depth,
        )
        self.runs.queue(run)
        return run

    def _completed(self, run: Run) -> None:
        told = self.repository.runs[run.id]
        told.status, told.conclusion, told.attempt = "completed", run.conclusion, run.attempt
        if run.depth >= MOST_CASCADE:
            return
        payload = completed_payload(run, NAME)
        for started in self._started("workflow_run", payload):
            self._queue(started, payload, run.depth + 1)

    def _pushed(self, pushed: Pushed) -> None:
        grant = self._grant(pushed.token)
        if grant is None or not grant.starts_workflows or pushed.repository != NAME:
            return
        for ref, (before, after) in pushed.moved.items():
            if ref.startswith("refs/heads/"):
                moved = (before or NOBODY, after or NOBODY)
                told = self.api.push_payload(NAME, *moved, self.api.accounts[grant.actor])
                about = {"ref": ref, "created": before is None, "deleted": after is None}
                self._happened(NAME, "push", {**told, **about})

    def _grant(self, token: str) -> tokens.Grant | None:
        return tokens.read(token, {self.api.bot.login: APP_KEY, ACTIONS.login: ACTIONS_KEY})

    def _permissions(self, token: str, repository: str) -> Mapping[str, str] | None:
        grant = self._grant(token)
        return grant.permissions if grant and repository in (grant.repository, "") else None

    def _caller(self, token: str) -> Caller | None:
        grant = self._grant(token)
        if grant is None:
            return None
        return Caller(self.api.accounts[grant.actor], grant.permissions)
