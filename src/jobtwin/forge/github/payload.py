"""GitHub's event JSON, read strictly: who did what to which commit.

Pure. A title, a branch, a comment are a stranger's words, and the rest is only believed where it
has the form that it must have. What the event does not say (the moment of the run, the head behind
a comment) is asked for elsewhere.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobtwin.errors import EngineError, UsageError
from jobtwin.forge.events import Account, PullRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_PAYLOAD = 25 * 1024 * 1024
"""GitHub sends no event that is larger."""
LONGEST_COMMENT = 65_536
_PULL_REQUEST_ACTIONS = ("opened", "synchronize", "reopened", "closed")
_LARGEST_NUMBER = 2**53
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_BRANCH = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\]{1,255}")


@dataclass(frozen=True, slots=True)
class Payload:
    """What an event says by itself."""

    kind: str
    """As in `Event.kind`, for example `pull_request.opened`."""
    actor: Account | None = None
    """None where GitHub names nobody: a schedule."""
    at: datetime | None = None
    """When it happened, where the event says so."""
    pull_request: PullRequest | None = None
    commented: int | None = None
    """The pull request that was commented on; its head is not in the event."""
    issue: int | None = None
    comment: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What a dispatched workflow was given."""


def read(content: bytes, name: str, repository: str) -> Payload:
    """Return what an event of this name says.

    Raises `UsageError` for an event that no act is started by, and `EngineError` for one that is
    not what GitHub sends, or belongs to another repository than `owner/name`.
    """
    if name not in _READERS:
        raise UsageError(f"no act is started by `{name}`", "see the workflows in .github/workflows")
    data = _Part(_json(content), "event")
    told = data.part("repository") if name != "schedule" or "repository" in data.data else None
    if told and told.text("full_name", _REPOSITORY) != repository:
        raise EngineError(f"the event is of another repository than {repository}")
    return _READERS[name](data, repository)


@dataclass(frozen=True, slots=True)
class _Part:
    """An object of the event, and where it stands; whatever is missing or odd is said by name."""

    data: dict[str, Any]
    place: str

    def part(self, name: str) -> _Part:
        found = self.data.get(name)
        if not isinstance(found, dict):
            raise self.odd(name)
        return _Part(found, f"{self.place}.{name}")

    def text(self, name: str, form: re.Pattern[str]) -> str:
        found = self.data.get(name)
        if not isinstance(found, str) or not form.fullmatch(found):
            raise self.odd(name)
        return found

    def number(self, name: str) -> int:
        found = self.data.get(name)
        if type(found) is not int or not 0 < found < _LARGEST_NUMBER:
            raise self.odd(name)
        return found

    def moment(self, name: str) -> datetime:
        try:
            return datetime.fromisoformat(self.text(name, _MOMENT)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.odd(name) from error

    def account(self, name: str) -> Account:
        who = self.part(name)
        return Account(who.number("id"), who.text("login", _LOGIN))

    def odd(self, name: str) -> EngineError:
        # The value is not shown: it may be anything.
        return EngineError(
            f"GitHub's event cannot be used: `{self.place}.{name}` is not what GitHub sends"
        )


def _json(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST_PAYLOAD:
        raise EngineError(f"the event is larger than {LARGEST_PAYLOAD:,} bytes")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EngineError("the event is not JSON that can be read") from error
    if not isinstance(data, dict):
        raise EngineError("the event is no JSON object")
    return data


_MOMENTS = {"opened": "created_at", "closed": "closed_at"}


def _pull_request(data: _Part, repository: str) -> Payload:
    action = data.data.get("action")
    if action not in _PULL_REQUEST_ACTIONS:
        raise UsageError("no act is started by this activity of a pull request")
    told = data.part("pull_request")
    if told.part("base").part("repo").text("full_name", _REPOSITORY) != repository:
        raise EngineError(f"the pull request is to another repository than {repository}")
    return Payload(
        kind=f"pull_request.{action}",
        actor=data.account("sender"),
        at=told.moment(_MOMENTS.get(action, "updated_at")),
        pull_request=pull_request(told.data),
    )


def pull_request(data: dict[str, Any]) -> PullRequest:
    """Return a pull request as an event or the API shows it; raises `EngineError`."""
    told = _Part(data, "pull_request")
    head = told.part("head")
    # Once a fork is deleted, nobody knows where the branch was.
    source = head.part("repo").text("full_name", _REPOSITORY) if head.data.get("repo") else ""
    branch = head.data.get("ref")
    is_branch = isinstance(branch, str) and _BRANCH.fullmatch(branch)
    return PullRequest(
        number=told.number("number"),
        author=told.account("user"),
        head=head.text("sha", _COMMIT),
        repository=source,
        branch=str(branch) if source and is_branch else "",
    )


def account(data: Mapping[str, Any]) -> Account:
    """Return somebody as GitHub shows them; raises `EngineError`."""
    return _Part({"actor": dict(data)}, "run").account("actor")


def _comment(data: _Part, repository: str) -> Payload:
    if data.data.get("action") != "created":
        raise UsageError("only a new comment starts an act, not one that is edited or deleted")
    issue, comment = data.part("issue"), data.part("comment")
    body = comment.data.get("body")
    if not isinstance(body, str) or len(body) > LONGEST_COMMENT:
        raise comment.odd("body")
    on_pull_request = issue.data.get("pull_request") is not None
    number = issue.number("number")
    return Payload(
        kind="issue_comment.created",
        actor=comment.account("user"),
        at=comment.moment("created_at"),
        commented=number if on_pull_request else None,
        issue=None if on_pull_request else number,
        comment=body,
    )


def _dispatch(data: _Part, repository: str) -> Payload:
    given = data.data.get("inputs") or {}
    if not isinstance(given, dict):
        raise data.odd("inputs")
    inputs = {name: text for name, text in given.items() if isinstance(text, str)}
    return Payload("workflow_dispatch", data.account("sender"), inputs=inputs)


def _schedule(data: _Part, repository: str) -> Payload:
    return Payload("schedule")


def _push(data: _Part, repository: str) -> Payload:
    return Payload("push", data.account("sender"))


_READERS = {
    "pull_request_target": _pull_request,
    "issue_comment": _comment,
    "workflow_dispatch": _dispatch,
    "schedule": _schedule,
    "push": _push,
}
