"""Files on their way into the organisation's inbox: a fork's branch, then a pull request.

Learners hand work in this way, and mentors reviews.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobtwin.errors import EngineError, UsageError
from jobtwin.forge.github import opening
from jobtwin.repository import outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jobtwin.repository.append import Author


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody's files go: a branch of a fork, then the organisation's repository."""

    repository: str
    """URL of the organisation's repository."""
    branch: str
    fork: str = ""
    """URL of the sender's fork; the sender's token finds or makes it where it is not named."""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent, and what its commit and its pull request say."""

    brought: outgoing.Brought
    by: Author
    title: str
    body: str


def send(
    parcel: Parcel,
    address: Address,
    person: opening.Person | None,
    at: datetime,
    environment: Mapping[str, str],
) -> list[str]:
    """Push a parcel to the sender's fork and open the pull request; return what was done.

    Without `person` (GitHub by a token), or where GitHub does not let it, the last line is the
    link to open it by. `environment` is the sender's own. Raises `UsageError` where there is no
    fork, or where git says no.
    """
    url = address.fork or _own_fork(address, person)
    name = opening.name_of(url)
    own = opening.let_in(url, address.repository, address.token) if person else {}
    fork = outgoing.Fork(url, {**environment, **own})
    with tempfile.TemporaryDirectory() as scratch:
        try:
            commit = outgoing.bring(
                fork, address.branch, parcel.brought, parcel.by, at, Path(scratch)
            )
        except UsageError as error:
            link = opening.fork_link(address.repository)
            raise UsageError(error.message, error.hint or f"no fork yet? {link}") from error
    many = len(parcel.brought.files)
    said = [f"pushed {many} files to {name}, branch {address.branch}: {commit}"]
    if person is not None:
        try:
            opened = person.open(name, address.branch, parcel.title, parcel.body)
        except EngineError as error:  # a Codespace's own token may do less than its owner
            said.append(error.message)
        else:
            return [*said, f"{'opened' if opened.is_new else 'brought to'} {opened.url}"]
    link = opening.compare_link(address.repository, name, address.branch)
    return [*said, f"unless it is open, open the pull request: {link}"]


def _own_fork(address: Address, person: opening.Person | None) -> str:
    hint = f"make one at {opening.fork_link(address.repository)}, and name it by --fork"
    if person is None:
        raise UsageError("your fork is not named", hint)
    try:
        name = person.fork()
    except EngineError as error:
        raise UsageError(f"your fork is not named; {error.message}", hint) from error
    parts = urlsplit(address.repository)
    return f"{parts.scheme}://{parts.netloc}/{name}"
