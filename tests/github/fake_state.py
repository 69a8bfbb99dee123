"""What a local GitHub remembers: people, repositories, pull requests, comments, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobtwin.forge.events import Account


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token speaks for, and what it may do."""

    account: Account
    permissions: Mapping[str, str] | None = None
    """Permission, for example `pull_requests` → `read` or `write`; None may do anything."""


@dataclass(slots=True)
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Issue:
    """An issue, or what a pull request shares with one."""

    number: int
    author: Account
    title: str
    body: str
    created_at: datetime
    updated_at: datetime
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    closed_at: datetime | None = None


@dataclass(slots=True)
class LineComment:
    """A comment on lines of a pull request's file; no line where it is on the whole file."""

    id: int
    author: Account | None
    """None once the account is gone."""
    path: str
    line: int | None
    body: str
    at: datetime
    start_line: int | None = None
    side: str = "RIGHT"
    outdated: bool = False
    """Whether a later push took the line away: then GitHub names the one that it was."""


@dataclass(slots=True)
class Pull:
    """A pull request; everything it has in common with an issue is in `issue`."""

    issue: Issue
    head: str
    """Commit id."""
    source: str | None
    """`owner/name` of the repository that the branch lies in; None once that is deleted."""
    branch: str
    base: str = "main"
    base_sha: str = ""
    line_comments: list[LineComment] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The pull request's number, which no issue has."""
        return self.issue.number


@dataclass(slots=True)
class Activity:
    """A push as the repository's activity shows it."""

    id: int
    ref: str
    before: str
    after: str
    at: datetime
    actor: Account
    kind: str


@dataclass(slots=True)
class Run:
    """A run of a workflow."""

    id: int
    event: str
    workflow: str
    """File name, for example `intake.yml`."""
    actor: Account
    created_at: datetime
    head_sha: str
    head_branch: str = "main"
    attempt: int = 1
    status: str = "in_progress"
    conclusion: str | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A workflow that somebody asked for."""

    repository: str
    workflow: str
    ref: str
    inputs: Mapping[str, str]
    actor: Account


@dataclass(slots=True)
class Repository:
    """A repository, without what lies in git."""

    id: int
    name: str
    """`owner/name`."""
    created_at: datetime
    parent: str | None = None
    private: bool = False
    issues: dict[int, Issue] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name → (color, description)."""
    activity: list[Activity] = field(default_factory=list)
    """The oldest first."""
    runs: dict[int, Run] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    """What administration keeps: see `fake_administration`."""

    @property
    def owner(self) -> str:
        """Login of the owner."""
        return self.name.partition("/")[0]

    def issue(self, number: int) -> Issue | None:
        """Return an issue or the issue side of a pull request."""
        pull = self.pulls.get(number)
        return pull.issue if pull else self.issues.get(number)
