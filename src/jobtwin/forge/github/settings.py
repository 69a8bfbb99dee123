"""A setting of a repository on GitHub: what must be so, how to see it, and what makes it so.

Pure but for asking through a `Reader`. Which settings there are is known in `wanted`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jobtwin.findings import Code

ENVIRONMENT = Code(
    "ADM-001",
    "an environment lets in what it must not, or is not there",
    why="An environment is what keeps a secret from other jobs and other branches, and the signing "
    "key from everybody but its reviewers.",
    fix="Run `jobtwin init --repository ORG/NAME`, or mend it under Settings → Environments.",
)
NO_SECRET = Code(
    "ADM-002",
    "an environment lacks a secret",
    why="The acts of its jobs cannot sign, or cannot find the attempt that an event is about.",
    fix="Run `jobtwin init --repository ORG/NAME --secrets FOLDER` where the secrets are.",
)
RULESET = Code(
    "ADM-003",
    "main is not guarded",
    why="History that can be rewritten proves nothing, and whoever can push to main changes what "
    "is graded.",
    fix="Run `jobtwin init --repository ORG/NAME`, or mend it under Settings → Rules → Rulesets.",
)
ACTIONS = Code(
    "ADM-004",
    "Actions may do more than the workflows need",
    why="A moved tag of somebody else's action, or a token that may write by default, would reach "
    "the jobs that hold secrets.",
    fix="Run `jobtwin init --repository ORG/NAME`, or mend it under Settings → Actions → General.",
)
NOT_SHOWN = Code(
    "ADM-005",
    "something that people work with is not there",
    why="Labels say where an attempt stands, mentors claim on the queue's issue, and credentials "
    "are published by Pages.",
    fix="Run `jobtwin init --repository ORG/NAME`.",
)
NO_BOT = Code(
    "ADM-006",
    "the jobs do not know the bot",
    why="Without the variable no job can speak for the GitHub App.",
    fix="Run `jobtwin init --repository ORG/NAME --bot SLUG --bot-key FILE`.",
)
REPOSITORY = Code(
    "ADM-007",
    "the repository cannot carry an organisation",
    why="Required reviewers, and an App that may add records to a guarded branch, exist for public "
    "repositories of organisations.",
    fix="Make a public repository in an organisation, push main to it, and use an owner's token.",
)
BRANCH = "main"


class Hidden(Exception):  # noqa: N818 - an outcome, not an error
    """GitHub does not show this to the token; the message says what."""


class NotSaid(Hidden):
    """GitHub shows it to nobody, so that a person has to look."""


class Reader(Protocol):
    """Asks GitHub; raises `Hidden` where the token may not see, `EngineError` on a failure."""

    def one(self, path: str) -> Any:
        """Return what is at a path, None where there is nothing."""
        ...

    def all(self, path: str, key: str = "") -> list[Any] | None:
        """Return all pages of a list, None where there is nothing; `key`: the member it is in."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A request that changes something."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    secret: str = ""
    """Its value is sealed into the body when the call is made; it is never shown."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that must be so."""

    what: str
    code: Code
    look: Callable[[Reader], Any]
    faults: Callable[[Any], tuple[str, ...]]
    """What is seen (None: nothing there) → what is wrong with it."""
    mend: Callable[[Any], tuple[Call, ...]]
    """What is seen → what makes it so; nothing where a person must."""
    needs: tuple[str, ...] = ()
    """What else must be so before: no secret goes to an environment that is not guarded."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who may approve a batch of credentials; the id is a blank until GitHub was asked."""

    login: str
    id: int | str


@dataclass(frozen=True, slots=True)
class Bot:
    """The GitHub App; `app` is a blank until GitHub was asked."""

    slug: str
    app: int | str
    client: str


@dataclass(frozen=True, slots=True)
class Setup:
    """What differs from one organisation to the next."""

    repository: str
    """`owner/name`."""
    reviewers: tuple[Reviewer, ...] = ()
    bot: Bot | None = None
    """None before the App is made: what needs it is left out."""
    leave_out: frozenset[str] = field(default_factory=frozenset)
    """Names of secrets that cannot be there yet."""

    @property
    def root(self) -> str:
        """Path of the repository in GitHub's API."""
        return f"/repos/{self.repository}"


def unfit(seen: Any) -> tuple[str, ...]:
    """Return why a repository, as GitHub shows it, cannot carry an organisation."""
    if seen is None:
        return ("it is not there, or the token may not see it",)
    found = []
    if seen["owner"]["type"] != "Organization":
        found.append("it belongs to a person, not to an organisation")
    if seen["private"]:
        found.append("it is not public")
    if seen.get("archived"):
        found.append("it is archived")
    if seen["default_branch"] != BRANCH:
        found.append(f"its default branch is `{seen['default_branch']}`, not `{BRANCH}`")
    if not seen.get("permissions", {}).get("admin"):
        found.append("the token does not administer it")
    return tuple(found)
