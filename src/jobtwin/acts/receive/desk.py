"""What a push is judged by, and what each checkpoint in it comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from jobtwin.repository import committers
from jobtwin.rules import relations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
    from jobtwin.records.intake import CheckpointRequest
    from jobtwin.records.submission import Blinded, Snapshot
    from jobtwin.records.twin import Twin
    from jobtwin.repository import boxes
    from jobtwin.repository.committers import Committers
    from jobtwin.repository.ledger import Attempt, Ledger

Ruling = Literal["noted", "accepted", "late", "blocked", "refused"]
MOST_IDENTITIES = 100
"""How many of those who committed a receipt keeps."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What one push is judged by."""

    event: Event
    ledger: Ledger
    holders: Holders
    attempt: Attempt
    twin: Twin
    grace: int
    rewrite: Mapping[str, str]
    missed: bool = False
    """Whether the event came to us late or by other means: a person then decides."""
    box: boxes.Opened | None = None
    """What a push to a sealed attempt brings; None where the attempt is open."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What one checkpoint file comes to."""

    ruling: Ruling
    checkpoint: str | None = None
    request: Loaded[CheckpointRequest] | None = None
    request_hash: str | None = None
    reasons: tuple[Finding, ...] = ()
    snapshot: Snapshot | None = None
    identities: tuple[str, ...] = ()
    committers: Committers | None = None
    blinded: Blinded | None = None
    tar: bytes = field(default=b"", repr=False)


def committers_of(desk: Desk, theirs: Committers) -> Committers:
    """Return who committed to what was handed in, the pull request's own commits included."""
    head = desk.event.pull_request.head if desk.event.pull_request else ""
    git, main = desk.ledger.tree.git, desk.ledger.tree.commit
    return theirs | committers.of(git, head, f"^{main}") if head else theirs


def identities(desk: Desk, theirs: Committers) -> tuple[str, ...]:
    """Return the keyed hashes of who committed."""
    found = committers_of(desk, theirs)
    hashed = relations.identities(desk.holders.subject, found.mails, found.fingerprints)
    graders = {one for m in desk.ledger.mentors for one in (m.account, *m.identities)}
    # Mentors first: nobody hides one behind a crowd of names.
    return tuple(sorted(sorted(hashed, key=lambda one: one not in graders)[:MOST_IDENTITIES]))
