"""A mentor's private repository on GitHub, where a bundle is read and commented on line by line.

The bundle is opened there as a pull request; the mentor's own comments at its lines come back.
Nothing of it is the organisation's, and nothing is read from a repository that others can see.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import UsageError
from jobtwin.forge.github import opening
from jobtwin.forge.github.patience import Patience
from jobtwin.repository import outgoing
from jobtwin.repository.append import Author
from jobtwin.rules.review_comments import MOST, Remark

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from github.PullRequest import PullRequest
    from github.PullRequestComment import PullRequestComment

READER = Author("mentor", "mentor@people.invalid")
_NAMED = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9._-]+)(?:/pull/|#)([1-9][0-9]{0,8})(?:/files)?/?")
_SAID = (
    "The work, without whose it is. Comment on its lines, then "
    "`jobtwin review collect` takes your comments into the review. Never merge this."
)


@dataclass(frozen=True, slots=True)
class Room:
    """Where a bundle is read."""

    url: str
    """The mentor's repository."""
    branch: str
    token: str = field(repr=False)


def named(text: str, server: str) -> tuple[str, int]:
    """Return repository URL and number of `OWNER/NAME#NUMBER` or of a pull request's address."""
    found = _NAMED.fullmatch(text.removeprefix(f"{server}/"))
    if found is None:
        raise UsageError(f"{text!r} names no pull request", f"like {server}/you/reading/pull/1")
    return f"{server}/{found[1]}", int(found[2])


def open_bundle(
    room: Room, api: str, bundle: Mapping[str, bytes], at: datetime, environment: Mapping[str, str]
) -> str:
    """Push a bundle to the mentor's repository, open it as a pull request, return its address.

    Raises `UsageError` where others can read the repository, `EngineError` where GitHub fails.
    """
    person = _person(room, api)
    own = opening.let_in(room.url, room.url, room.token)
    fork = outgoing.Fork(room.url, {**environment, **own})
    with tempfile.TemporaryDirectory() as scratch:
        brought = outgoing.Brought(bundle)
        outgoing.bring(fork, room.branch, brought, READER, at, Path(scratch))
    name = opening.name_of(room.url)
    return person.open(name, room.branch, "Review", _SAID).url


def remarks(room: Room, api: str, number: int) -> list[Remark]:
    """Return what the token's owner said at lines of a pull request, in the order of the files.

    Raises as `open_bundle` does.
    """
    person = _person(room, api)

    def step() -> list[Remark]:
        me = person.client.get_user().id
        found = _comments(person.repository.get_pull(number), me)
        return sorted(found, key=lambda one: (one.path, one.line))

    return person.patience.ask("read your comments", step)


def _person(room: Room, api: str) -> opening.Person:
    person = opening.connect(room.token, opening.name_of(room.url), api, Patience())
    private = person.patience.ask("say who reads it", lambda: person.repository.private)
    if not private:
        raise UsageError(
            f"everybody can read {room.url}", "use a private repository that nobody shares"
        )
    return person


def _comments(pull: PullRequest, me: int) -> list[Remark]:
    found = []
    for comment in pull.get_review_comments():
        # An account that is gone leaves no user.
        if getattr(comment.user, "id", None) == me and comment.side != "LEFT":
            found.append(Remark(comment.path, _line(comment), comment.body or ""))
        if len(found) > MOST:
            break
    return found


def _line(comment: PullRequestComment) -> int:
    """Return the line where a comment begins; 1 for one on a whole file."""
    return comment.start_line or comment.line or comment.original_line or 1
