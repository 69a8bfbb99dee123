"""When an employer may be asked and may answer, and what all answers together come to.

The rate is of everybody who was asked: silence and answers that are still to come lower it, so that
it can be too low and never too high.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.records.base import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.outcome import Asked, Employer, Employers, Outcome
    from jobtwin.rules.intake import Change

AFTER = timedelta(days=90)
"""From the first day at work to the day that the statement is about."""
WINDOW = timedelta(days=30)
"""How long an employer has to answer before it counts as silent."""
SKEW = timedelta(minutes=5)
"""How far an employer's clock may be ahead of the forge's."""
FEWEST = 5
"""A row of fewer who were asked is not published: it would say nothing, and of whom."""
_Z = 1.6448536269514722
"""Two-sided 90 %, as for every other interval here."""

TOO_EARLY = Code(
    "ATT-001",
    "the 90 days are not over",
    why="The statement is about the day 90 days after the holder began.",
    fix="Ask, or sign, once the 90 days are over.",
)
UNKNOWN_KEY = Code(
    "ATT-002",
    "the employer's key is not one that counts",
    why="A bare key says nothing of whose it is: an operator has to have looked at it and merged "
    "it into outcomes/keys.yml. One that has ended or was lost no longer counts.",
    fix="Ask the operators to merge the employer's key, or sign under the employer's did:web.",
)
WRONG_DATE = Code(
    "ATT-003",
    "the statement's date cannot be right",
    why="It is signed by the employer's clock; the forge's says when it came.",
    fix="Set the clock, and sign the statement again.",
)

NOT_ONE_FILE = Code(
    "ATT-004",
    "the pull request brings something else than one consent or one statement",
    why="It is read as data and never merged: one regular file of bounded size, and nothing else.",
    fix=f"Bring {layout.OUTCOMES_INBOX}/consent.yml or {layout.OUTCOMES_INBOX}/outcome.json alone.",
)
STANDS_TWICE = Code(
    "ATT-014",
    "an employer or a key stands twice",
    why="An id names one employer and a key belongs to one, for ever.",
    fix="Give the new entry an id and a key that no entry has had.",
)
CONSENT = f"{layout.OUTCOMES_INBOX}/consent.yml"
STATEMENT = f"{layout.OUTCOMES_INBOX}/outcome.json"
_MOST = {CONSENT: 4096, STATEMENT: 16 * 1024}


def check_brought(changes: list[Change]) -> Iterator[Finding]:
    """Yield what keeps the files of a pull request from being taken in."""
    for change in changes:
        shown = ascii(change.path)[1:-1]
        if change.path not in _MOST or change.mode not in ("100644", "100755"):
            yield NOT_ONE_FILE.at(f"`{shown}` is none of {' and '.join(_MOST)}", shown)
        elif change.bytes > _MOST[change.path]:
            yield NOT_ONE_FILE.at(f"`{shown}` is over {_MOST[change.path]:,} bytes", shown)
    if len(changes) != 1:
        yield NOT_ONE_FILE.at(f"it changes {len(changes)} files")


def answer_by(asked_at: datetime) -> datetime:
    """Return until when an employer has to answer so as not to count as silent."""
    return asked_at + WINDOW


def listed(employers: Employers | None, did: str) -> Employer | None:
    """Return the entry of a DID in outcomes/keys.yml, if there is one."""
    entries = employers.employers if employers else ()
    return next((entry for entry in entries if entry.did == did), None)


def check_employers(found: Employers, path: str) -> Iterator[Finding]:
    """Yield each id and each DID that two entries share."""
    for name in ("id", "did"):
        said = [getattr(entry, name) for entry in found.employers]
        for value in sorted({value for value in said if said.count(value) > 1}):
            yield STANDS_TWICE.at(f"`{value}` stands twice", path)


def check_employer(entry: Employer | None, did: str, at: datetime) -> Iterator[Finding]:
    """Yield why what a DID signs at a moment does not count; a did:web need not be listed."""
    if entry is None:
        if not did.startswith("did:web:"):
            yield UNKNOWN_KEY.at(f"{did} is not in {layout.EMPLOYERS}", layout.EMPLOYERS)
        return
    if entry.compromised:
        message = f"`{entry.id}` has lost its key: withdrawn {stamp(entry.compromised)}"
        yield UNKNOWN_KEY.at(message, layout.EMPLOYERS)
    elif at < entry.since or (entry.until and at > entry.until):
        message = f"the entry of `{entry.id}` was not in force at {stamp(at)}"
        yield UNKNOWN_KEY.at(message, layout.EMPLOYERS)


def check_ask(began: datetime, at: datetime) -> Iterator[Finding]:
    """Yield why an employer may not be asked yet."""
    if at < began + AFTER:
        yield TOO_EARLY.at(f"they are over on {stamp(began + AFTER)}")


def check_dates(
    valid_from: datetime, created: datetime, began: datetime, at: datetime
) -> Iterator[Finding]:
    """Yield why a statement of these dates cannot be taken in at a moment."""
    if valid_from < began + AFTER:
        yield TOO_EARLY.at(f"it is of {stamp(valid_from)}; they are over {stamp(began + AFTER)}")
    if max(valid_from, created) > at + SKEW:
        yield WRONG_DATE.at(f"it is of {stamp(max(valid_from, created))}, which is yet to come")


def state(asked: Asked, is_answered: bool, as_of: datetime) -> str:
    """Return what became of a question by a moment: `answered`, `pending` or `silent`."""
    if is_answered:
        return "answered"
    return "pending" if as_of <= asked.answer_by else "silent"


@dataclass(frozen=True, slots=True)
class Case:
    """One credential whose holder's employer was asked, and the answer that binds, if any."""

    twin: str
    holder: str
    """The learner's subject id."""
    asked: Asked
    outcome: Outcome | None

    def state(self, as_of: datetime) -> str:
        """Return `answered`, `pending` or `silent`."""
        return state(self.asked, self.outcome is not None, as_of)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of everybody who was asked about, as counts."""

    name: str
    asked: int
    answered: int
    silent: int
    pending: int
    hired: int
    kept: int
    """Hired, and in the role after 90 days."""
    again: int
    """Of whom the employer says that it would hire them again."""

    @property
    def is_published(self) -> bool:
        """Whether enough were asked for figures to be shown."""
        return self.asked >= FEWEST

    @property
    def share(self) -> float:
        """Hired and kept, of all who were asked about."""
        return round(self.kept / self.asked, 4) if self.asked else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 90 % interval of the share, after Wilson (1927)."""
        return wilson(self.kept, self.asked)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 90 % score interval of a proportion, rounded to 4 places."""
    if trials == 0:
        return 0.0, 1.0
    share, square = successes / trials, _Z * _Z
    centre = share + square / (2 * trials)
    spread = _Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return round(max(0.0, low), 4), round(min(1.0, high), 4)


def rows(cases: Iterable[Case], as_of: datetime) -> tuple[Row, ...]:
    """Return one row for all hires, then one for each twin by its id.

    Somebody with credentials for several twins is one hire: the question that was asked first
    counts, whatever the others come to.
    """
    every = sorted(cases, key=lambda case: (case.asked.at, case.asked.credential))
    hires: dict[tuple[str, str], Case] = {}
    for case in every:
        hires.setdefault((case.holder, case.asked.employer), case)
    twins = sorted({case.twin for case in every})
    return (
        _row("all", list(hires.values()), as_of),
        *(_row(twin, [case for case in every if case.twin == twin], as_of) for twin in twins),
    )


def _row(name: str, cases: list[Case], as_of: datetime) -> Row:
    states = [case.state(as_of) for case in cases]
    said = [case.outcome for case in cases if case.outcome]
    return Row(
        name=name,
        asked=len(cases),
        answered=states.count("answered"),
        silent=states.count("silent"),
        pending=states.count("pending"),
        hired=sum(outcome.hired for outcome in said),
        kept=sum(outcome.is_kept for outcome in said),
        again=sum(outcome.again is True for outcome in said),
    )
