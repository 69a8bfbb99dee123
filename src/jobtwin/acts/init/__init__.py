"""init: set an organisation's copy up, from its keys to the last label on GitHub.

What is so already is left alone, so that a run that was cut off is completed by the next one, and
one more changes nothing. Nothing is removed, and no secret is overwritten unless it is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts.init import files
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge.github import app
from jobtwin.forge.github.guards import reviewers_of, secret_call
from jobtwin.forge.github.settings import (
    REPOSITORY,
    Bot,
    Hidden,
    NotSaid,
    Reviewer,
    Setup,
    unfit,
)
from jobtwin.forge.github.wanted import wanted
from jobtwin.forge.trust_model import BOT_KEY, ENVIRONMENTS
from jobtwin.keys import FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from jobtwin.acts.init.files import Wish
    from jobtwin.findings import Finding
    from jobtwin.forge.github.administration import Administration
    from jobtwin.forge.github.settings import Call, Wanted

NOT_TAKEN = Code(
    "INI-003",
    "GitHub did not take a setting",
    why="What is missing is a gap in who may do what; all else is set up.",
    fix="Mend what the message says, and run `jobtwin init` again: it goes on where it stopped.",
)
NO_REVIEWER = Code(
    "INI-004",
    "nobody is named who approves credentials",
    why="The signing key is used only after a person has looked at the batch.",
    fix="Name one or more: --reviewer LOGIN. A second one lets the first be ill.",
)

SIGNING = "signing"
_KEEP = (
    "Keep {folder} off line: two encrypted copies in different places, then none here. GitHub "
    "never shows a secret again, and without issuer.key nothing can be signed or revoked. You need "
    "the folder again for another cohort, to move, or to replace a secret."
)

_FOUND = (
    "git switch -c found && git add keys cohorts && git commit -m 'Found the organisation' && "
    "git push origin found"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What init works on, on this machine."""

    repo: Path
    secrets: Path
    at: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """What is asked for on GitHub."""

    repository: str
    """`owner/name`."""
    reviewers: tuple[str, ...] = ()
    """Logins of those who approve credentials."""
    bot: str = ""
    """The App's name in its address; empty before it is made."""
    replace: frozenset[str] = frozenset()
    """Secrets that are uploaded although they are there."""
    server: str = "https://github.com"


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a repository's settings."""

    changed: tuple[str, ...] = ()
    kept: int = 0
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[str, ...] = ()


def found_here(place: Place, wish: Wish, draw: Callable[[], bytes]) -> tuple[str, ...]:
    """Write what is missing of the organisation's files and secrets; return what is new."""
    files.refuse_unfit(place.secrets, place.repo)
    made = files.make(place.repo, wish, place.at, place.secrets, draw)
    return files.write(place.repo, place.secrets, made) if made.files else ()


def set_up(
    administration: Administration,
    live: Live,
    secrets: Mapping[str, str],
    tell: Callable[[str], None],
) -> Applied:
    """Make a repository's settings as the trust model wants them; raises `Refused`, `EngineError`.

    `secrets`: name as GitHub keeps it → value.
    """
    setup = _asked(administration, live)
    changed: list[str] = []
    findings: list[Finding] = []
    hidden: list[str] = []
    kept = 0
    open_still: set[str] = set()
    for one in wanted(setup):
        if open_still.intersection(one.needs):
            findings.append(NOT_TAKEN.at(f"{one.what}: not before its environment is guarded"))
            continue
        try:
            told, left = _bring_about(administration, one, secrets)
        except NotSaid as reason:
            hidden.append(f"{one.what}: {reason}")
            continue
        except Hidden as reason:
            told, left = (), (f"the token may not see it ({reason})",)
        except EngineError as error:
            told, left = (), (f"{error.message}; {error.hint}",)
        changed += [one.what] if told else []
        findings += [NOT_TAKEN.at(f"{one.what}: {fault}") for fault in left]
        open_still.update([one.what] if left else [])
        kept += not told and not left
        tell(f"{'made' if told else 'left'}: {one.what}")
    replaced = () if findings else _replace(administration, setup, live.replace, secrets)
    return Applied((*changed, *replaced), kept, tuple(findings), tuple(hidden))


def _asked(administration: Administration, live: Live) -> Setup:
    """Return what is asked for, with the numbers that GitHub knows people and Apps by."""
    seen = administration.one(f"/repos/{live.repository}")
    if faults := unfit(seen):
        raise Refused([REPOSITORY.at(fault, live.repository) for fault in faults])
    reviewers = [administration.reviewer(login) for login in live.reviewers]
    there = reviewers_of(administration.one(f"/repos/{live.repository}/environments/{SIGNING}"))
    if not (reviewers or there):
        raise Refused([NO_REVIEWER.at("--reviewer is not given", live.repository)])
    people = [Reviewer(one["login"], one["id"]) for kind, one in there if kind == "User"]
    reviewers += [one for one in people if one not in reviewers]
    bot = administration.bot(slug=live.bot) if live.bot else None
    if live.bot and bot is None:
        message = f"the App `{live.bot}` is not installed in the organisation"
        raise Refused([NOT_TAKEN.at(message, live.repository, hint="Install it, then run again.")])
    left_out = frozenset() if bot else frozenset({BOT_KEY})
    return Setup(live.repository, tuple(reviewers), bot, left_out)


def _bring_about(
    administration: Administration, one: Wanted, secrets: Mapping[str, str]
) -> tuple[tuple[Call, ...], tuple[str, ...]]:
    """Return the calls that were made, and what is still wrong after them."""
    seen = one.look(administration)
    faults = one.faults(seen)
    if not faults:
        return (), ()
    calls = one.mend(seen)
    for call in calls:
        administration.change(call, secrets)
    return calls, one.faults(one.look(administration)) if calls else faults


def _replace(
    administration: Administration,
    setup: Setup,
    names: frozenset[str],
    secrets: Mapping[str, str],
) -> Iterator[str]:
    for environment, one in ENVIRONMENTS.items():
        for name in sorted(names.intersection(one.secrets)):
            administration.change(secret_call(setup, environment, name), secrets)
            yield f"{name} of environment {environment}, replaced"


def preview(place: Place, wish: Wish, live: Live | None) -> str:
    """Return every file and every request of a first run, as text; asks and writes nothing."""
    files.refuse_unfit(place.secrets, place.repo)
    made = files.preview(place.repo, wish, place.at)
    lines = ["# Files that would be written", ""]
    for path, content in made.files.items():
        lines += [f"## {path}", "", *content.decode().splitlines(), ""]
    if not made.files:
        lines += ["none: all of them are here", ""]
    else:
        lines += ["# Secrets that would be drawn, where they are not there, 0600 each", ""]
        lines += [f"{place.secrets / name}" for name in FILES.values()] + [""]
    if live:
        lines += ["# Requests to GitHub's API, each only where it is not so already", ""]
        lines += [_shown(call) for call in planned(live)] + [""]
    return "\n".join(lines)


def planned(live: Live) -> tuple[Call, ...]:
    """Return the calls that a repository without any settings needs; ids are blanks."""
    reviewers = tuple(Reviewer(login, f"(id of {login})") for login in live.reviewers)
    slug = live.bot or app.name_for(live.repository)
    bot = Bot(slug, f"(id of the App {slug})", f"(client id of the App {slug})")
    calls: list[Call] = []
    for one in wanted(Setup(live.repository, reviewers, bot)):
        calls += [call for call in one.mend(None) if call not in calls]
    return tuple(calls)


def _shown(call: Call) -> str:
    body = json.dumps(call.body, ensure_ascii=False) if call.body is not None else ""
    return f"{call.method} {call.path} {body}".rstrip()


def what_is_left(place: Place, wish: Wish, live: Live | None) -> tuple[str, ...]:
    """Return what only a person can do, in order."""
    left = [
        _KEEP.format(folder=place.secrets),
        f"Bring the files to main by a pull request: {_FOUND}",
    ]
    if live is None:
        return (*left, "Then: jobtwin init --repository ORG/NAME --reviewer LOGIN")
    if not live.bot:
        left = [*app.steps(live.repository, wish.url, live.server), *left]
    return (
        *left,
        "Let the workflows run the engine that you have read: scripts/pin, then a pull request.",
        f"jobtwin doctor --repository {live.repository}",
    )
