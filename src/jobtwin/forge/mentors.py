"""What a mentor's pull request brings: one signed file, read from git objects, never merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.forge.events import PUSHES
from jobtwin.repository import inbox
from jobtwin.rules.intake import SIGNED_FILE_MISSING, check_box

if TYPE_CHECKING:
    from jobtwin.forge.events import Event
    from jobtwin.repository.git import Git


def brought_box(event: Event, git: Git, path: str) -> bytes | None:
    """Return the sealed file `path` that the event's pull request brings, None where it does not.

    Raises `Refused` with every finding when it brings anything beside it.
    """
    if event.pull_request is None or event.kind not in PUSHES:
        return None
    head = event.pull_request.head
    if path not in inbox.paths(git, head):
        return None
    return inbox.read_checked(git, head, lambda changes: check_box(changes, path))[path]


def brought(event: Event, git: Git, path: str) -> tuple[bytes, bytes] | None:
    """Return the file `path` and its signature from the head that the event announces.

    None when the event announces no head, such as that the pull request was closed. Raises
    `Refused` with every finding when the pull request brings anything else, or less.
    """
    if event.pull_request is None:
        raise Refused([SIGNED_FILE_MISSING.at("the event has no pull request", path)])
    if event.kind not in PUSHES:
        return None
    return inbox.read_signed(git, event.pull_request.head, path)
