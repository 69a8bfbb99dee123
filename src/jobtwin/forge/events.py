"""What a forge says happened, and what an act answers: plain data on both sides.

An act is a function of (event, ledger, holders) and returns `Effects`; only an edge carries them
out, so that an act can be tried, replayed and tested without a forge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the forge; the number stays when the login changes."""

    number: int
    login: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the event saw it."""

    number: int
    author: Account
    head: str
    """Commit id of the head that the event announces."""
    repository: str = ""
    """`owner/name` of the learner's repository that the branch lies in, where the forge says it."""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, by the forge's clock."""

    id: str
    """`kind:number`, unique on the forge, for example `pull_request.opened:17`."""
    at: datetime
    actor: Account
    pull_request: PullRequest | None = None
    issue: int | None = None
    """The issue that was commented on, when it is no pull request."""
    comment: str = ""

    @property
    def kind(self) -> str:
        """What happened, for example `pull_request.closed` or `issue_comment.created`."""
        return self.id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Next:
    """An act that follows from another; the edge starts it, on GitHub by a dispatch."""

    act: str
    """The act's word, which also names the workflow."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Inputs of the workflow, for example `twin` and `attempt`."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is shown on another pull request than the one of the event."""

    pull_request: int
    comment: str
    """Markdown; it replaces the bot's one comment there."""
    labels: tuple[str, ...] = ()
    close: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    """What mentors are told on the queue's issue."""

    key: str
    """Each key is said once, however often it is asked for, such as `half:<review id>`."""
    text: str
    """Markdown."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What an act wants done. Nothing has happened yet."""

    records: Mapping[str, bytes] = field(default_factory=dict)
    """Path → content of files to add to main, all in one commit."""
    message: str = ""
    """Subject of that commit."""
    archives: Mapping[str, bytes] = field(default_factory=dict)
    """Git ref → one file to keep there, outside a default clone."""
    comment: str = ""
    """Markdown. On a pull request it replaces the bot's one comment, on an issue it is a reply."""
    labels: tuple[str, ...] = ()
    """Where the attempt stands; they replace the labels that an earlier act set."""
    pull_request: int | None = None
    """Which pull request is meant, when the event that asked for the act has none."""
    close: bool = False
    """Close the pull request; it is never merged."""
    reopen: bool = False
    """Open a pull request again that somebody closed too early."""
    notices: tuple[Notice, ...] = ()
    """What learners are shown on their pull requests, when the event is about something else."""
    reminders: tuple[Reminder, ...] = ()
    then: tuple[Next, ...] = ()
    """What follows, to be started when everything else is carried out."""


PUSHES = ("pull_request.opened", "pull_request.synchronize", "pull_request.reopened")
"""The kinds of events that announce a pull request's head."""

_COMMIT = re.compile(r"[0-9a-f]{40}")


def event_to_json(event: Event) -> bytes:
    """Write an event in the neutral form that every forge can be turned into."""
    pull_request = event.pull_request and {
        "number": event.pull_request.number,
        "author": _account_data(event.pull_request.author),
        "head": event.pull_request.head,
        "repository": event.pull_request.repository,
        "branch": event.pull_request.branch,
    }
    data = {
        "id": event.id,
        "at": event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "actor": _account_data(event.actor),
        "pull_request": pull_request,
        "issue": event.issue,
        "comment": event.comment,
    }
    return json.dumps(data, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"


def event_from_json(content: bytes) -> Event:
    """Read an event; raises ValueError, KeyError or TypeError when it is not one."""
    data = json.loads(content)
    at = datetime.fromisoformat(data["at"])
    if at.tzinfo is None:
        raise ValueError("`at` has no time zone")
    pull_request = data.get("pull_request")
    return Event(
        id=str(data["id"]),
        at=at.astimezone(UTC),
        actor=_account(data["actor"]),
        pull_request=_pull_request(pull_request) if pull_request else None,
        issue=None if data.get("issue") is None else int(data["issue"]),
        comment=str(data.get("comment", "")),
    )


def _account_data(account: Account) -> dict[str, Any]:
    return {"number": account.number, "login": account.login}


def _account(data: Any) -> Account:
    return Account(int(data["number"]), str(data["login"]))


def _pull_request(data: Any) -> PullRequest:
    head = str(data["head"])
    if not _COMMIT.fullmatch(head):
        raise ValueError("`head` is not a commit id")
    return PullRequest(
        int(data["number"]),
        _account(data["author"]),
        head,
        str(data.get("repository", "")),
        str(data.get("branch", "")),
    )
