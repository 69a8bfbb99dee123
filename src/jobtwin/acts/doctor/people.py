"""Who may write: nobody who is graded, nobody who grades, and no key beside the bot's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from jobtwin.findings import Code, Finding
from jobtwin.forge.github.settings import Hidden
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.github.settings import Reader, Setup
    from jobtwin.repository.ledger import Ledger

WRITES = Code(
    "DOC-004",
    "somebody may write who must not",
    why="Whoever may write can push branches whose workflows reach what is open to branches, and "
    "judge or change his own work.",
    fix="Take the access away under Settings → Collaborators and teams, or → Deploy keys.",
)


@dataclass(frozen=True, slots=True)
class People:
    """Who mentors and learners are, as the records name them."""

    secret: bytes | None = field(default=None, repr=False)
    """The subject secret, without which no account can be told from its salted id."""
    who: Mapping[str, str] = field(default_factory=dict)
    """Salted id → `mentor ada` or `a learner`."""


NO_PEOPLE = People()


def in_records(ledger: Ledger, secret: bytes | None) -> People:
    """Return everybody whom the records name."""
    who = {
        attempt.started.subject: "a learner"
        for twin in ledger.twins
        for attempt in ledger.attempts(twin)
    }
    return People(secret, who | {one.account: f"mentor {one.id}" for one in ledger.mentors})


def checks(
    reader: Reader, setup: Setup, known: People
) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    """Yield what is looked at, and how."""
    yield "people who may write", partial(_writers, reader, setup, known)
    yield "deploy keys", partial(_deploy_keys, reader, setup)


def _writers(reader: Reader, setup: Setup, known: People) -> Iterator[Finding]:
    listed = reader.all(f"{setup.root}/collaborators?affiliation=all") or ()
    writers = [one for one in listed if one.get("permissions", {}).get("push")]
    if writers and known.secret is None:
        logins = ", ".join(sorted(one["login"] for one in writers))
        raise Hidden(f"whether {logins} mentor or learn is told by --secrets (subject.secret) only")
    for one in writers:
        role = known.who.get(seeds.subject(known.secret or b"", int(one["id"])))
        if role:
            yield WRITES.at(f"{one['login']} is {role} and may write ({one['role_name']})")


def _deploy_keys(reader: Reader, setup: Setup) -> Iterator[Finding]:
    for one in reader.all(f"{setup.root}/keys") or ():
        if not one["read_only"]:
            yield WRITES.at(f"the deploy key “{one['title']}” may write")
