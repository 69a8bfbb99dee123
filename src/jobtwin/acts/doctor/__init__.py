"""doctor: a live repository against the trust model; what is missing, what is too wide.

Changes nothing. What the token may not see is told as not checked, never passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from jobtwin.acts.doctor import people, published, secrets, workflows
from jobtwin.acts.doctor.people import NO_PEOPLE, People
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code, Finding
from jobtwin.forge.github.settings import (
    NO_BOT,
    REPOSITORY,
    Bot,
    Hidden,
    Setup,
    Wanted,
    unfit,
)
from jobtwin.forge.github.wanted import wanted
from jobtwin.forge.trust_model import BOT_ID, BOT_PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobtwin.forge.github.administration import Administration

WRONG_BOT = Code(
    "DOC-002",
    "the bot may do more than it needs, or less",
    why="Whoever steals its key can do all that it may. With `workflows` he could change what "
    "runs; with less than the trust model says an act fails half-way.",
    fix="Change it on the App's page under “Permissions & events”, and accept the change where it "
    "is installed.",
)
CLOCK = Code(
    "DOC-006",
    "this machine's clock is wrong",
    why="Keys and credentials are dated by it when you found, add a key or verify.",
    fix="Set the clock, for example with NTP.",
)
_SKEW_SECONDS = 120
_Check: TypeAlias = "Callable[[], Iterator[Finding]]"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found."""

    findings: tuple[Finding, ...]
    not_checked: tuple[str, ...]
    """What could not be seen, and why."""
    checked: int
    """How many things were looked at and seen."""

    @property
    def ok(self) -> bool:
        """Whether everything was seen and nothing was wrong."""
        return not (self.findings or self.not_checked)


def doctor(
    administration: Administration,
    now: datetime,
    fetch: Callable[[str], bytes],
    known: People = NO_PEOPLE,
) -> Diagnosis:
    """Return what is wrong with a live repository; raises `EngineError` where GitHub is silent.

    `fetch` returns what stands at a URL of the site or raises `NotHad`; `known` says who mentors
    and learners are, as far as that can be told here.
    """
    root = f"/repos/{administration.repository}"
    seen = administration.one(root)
    found = [REPOSITORY.at(fault, administration.repository) for fault in unfit(seen)]
    if seen is None:
        return Diagnosis(tuple(found), (), 1)
    bot, told = _bot(administration)
    setup = Setup(administration.repository, (), bot)
    found += told
    checks: list[tuple[str, _Check]] = [
        (one.what, partial(_wanted, administration, one)) for one in wanted(setup)
    ]
    checks += [
        ("what the bot may do", partial(_bot_permissions, administration, bot)),
        *secrets.checks(administration, setup),
        *people.checks(administration, setup, known),
        *workflows.checks(administration, setup),
        *published.checks(administration, setup, fetch),
        ("this machine's clock", partial(_clock, administration, now)),
    ]
    return _carry_out(checks, found)


def _carry_out(checks: list[tuple[str, _Check]], found: list[Finding]) -> Diagnosis:
    hidden = []
    for what, check in checks:
        try:
            found += check()
        except Hidden as reason:
            hidden.append(f"{what}: {reason}")
        except EngineError as error:
            hidden.append(f"{what}: {error.message}")
        except Refused as refused:
            found += refused.findings
    return Diagnosis(tuple(found), tuple(hidden), len(checks) - len(hidden))


def _wanted(administration: Administration, one: Wanted) -> Iterator[Finding]:
    for fault in one.faults(one.look(administration)):
        yield one.code.at(f"{one.what}: {fault}")


def _bot(administration: Administration) -> tuple[Bot | None, list[Finding]]:
    """Return the App that the jobs speak for, or what is wrong with it."""
    try:
        variable = administration.one(
            f"/repos/{administration.repository}/actions/variables/{BOT_ID}"
        )
        if variable is None:
            return None, [NO_BOT.at(f"the variable {BOT_ID} is not there")]
        bot = administration.bot(client=str(variable["value"]))
    except Hidden:
        return None, []
    if bot is None:
        return None, [NO_BOT.at(f"{BOT_ID} names no App that is installed in the organisation")]
    return bot, []


def _bot_permissions(administration: Administration, bot: Bot | None) -> Iterator[Finding]:
    if bot is None:
        raise Hidden("which App it is could not be told, so not its bypass of the rules either")
    found = administration.installation(slug=bot.slug)
    may: dict[str, str] = found["permissions"]
    for name in sorted(may.keys() | BOT_PERMISSIONS.keys()):
        has, needs = may.get(name), BOT_PERMISSIONS.get(name)
        if has != needs:
            yield WRONG_BOT.at(
                f"{bot.slug} has {name}: {has or 'nothing'}, not {needs or 'nothing'}"
            )
    if found["repository_selection"] == "all":
        yield WRONG_BOT.at(
            f"{bot.slug} is installed in all repositories",
            hint="Choose “Only select repositories” where it is installed.",
        )
    if found.get("suspended_at"):
        yield WRONG_BOT.at(f"{bot.slug} is suspended", hint="Unsuspend it where it is installed.")


def _clock(administration: Administration, now: datetime) -> Iterator[Finding]:
    if administration.said_at is None:
        raise Hidden("GitHub does not say what time it is")
    seconds = (now - administration.said_at).total_seconds()
    if abs(seconds) > _SKEW_SECONDS:
        yield CLOCK.at(
            f"it is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} GitHub"
        )
