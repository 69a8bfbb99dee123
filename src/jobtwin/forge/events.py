"""What a forge says happened, and what an act answers: plain data on both sides.

An act is a function of (event, ledger, holders) and returns `Effects`; only an edge carries them
out, so that an act can be tried, replayed and tested without a forge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, by the forge's clock."""

    id: str
    """`kind:number`, unique on the forge, for example `pull_request.opened:17`."""
    at: datetime
    actor: Account
    pull_request: PullRequest | None = None
    comment: str = ""


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
    """Markdown for the learner or mentor; replaces the bot's one comment on the pull request."""
    labels: tuple[str, ...] = ()
    close: bool = False
    """Close the pull request; it is never merged."""
