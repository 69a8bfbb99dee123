"""What overview pages count of an attempt, short enough to be kept from one build to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jobtwin.records.grade import Claim, Decision
from jobtwin.records.submission import Expired
from jobtwin.repository.incidents import failure
from jobtwin.rules.results import Result
from jobtwin.rules.waits import Wait, wait

if TYPE_CHECKING:
    from jobtwin.repository.ledger import Attempt


@dataclass(frozen=True, slots=True)
class Score:
    """A dimension's part of a decision."""

    dimension: str
    score: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is counted of a decision."""

    verdict: str
    bar_met: bool
    overall: float
    dimensions: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """An attempt as far as pages other than its own speak of it."""

    twin: str
    subject: str
    started: datetime
    wants_page: bool
    """Whether the learner asked, at this start, for a page of all attempts."""
    mentors: tuple[str, ...]
    """Who claimed it."""
    is_settled: bool
    """Whether it wants no mentor any more."""
    wait: Wait | None
    result: Result | None
    failures: tuple[tuple[date, str], ...]
    """Day and kind of each failure of the platform."""
    until: datetime | None
    """When time alone changes what is said of it; None where it never will."""


def facts(attempt: Attempt, now: datetime, until: datetime | None) -> Facts:
    """Return the facts of an attempt at a moment."""
    started, is_expired = attempt.started, attempt.last(Expired) is not None
    last = attempt.chain[-1].record
    failures = (failure(item.record) for item in attempt.chain)
    return Facts(
        twin=attempt.twin,
        subject=started.subject,
        started=started.at,
        wants_page=bool(started.public_record),
        mentors=tuple(sorted({item.record.mentor for item in attempt.all(Claim)})),
        is_settled=is_expired or isinstance(last, Decision),
        wait=None if is_expired else wait(attempt.records, now),
        result=_result(attempt),
        failures=tuple(found for found in failures if found),
        until=until,
    )


def _result(attempt: Attempt) -> Result | None:
    """Return the result that counts: an appeal's decision stands in the place of the first."""
    decided = attempt.all(Decision)[:2]
    if not decided:
        return None
    said = decided[-1].record
    scores = tuple(Score(part.dimension, part.score) for part in said.dimensions)
    verdict = Verdict(said.verdict, said.bar_met, said.overall, scores)
    return Result(attempt.started.subject, attempt.started.number, verdict)


def as_json(found: Facts) -> list[Any]:
    """Return what `facts_of` reads."""
    return [
        found.twin,
        found.subject,
        _said(found.started),
        found.wants_page,
        found.mentors,
        found.is_settled,
        found.wait and _wait_as_json(found.wait),
        found.result and _result_as_json(found.result),
        [[on.isoformat(), what] for on, what in found.failures],
        _said(found.until),
    ]


def facts_of(data: list[Any]) -> Facts:
    """Return facts that were written before."""
    twin, subject, started, wants_page, mentors, is_settled, waited, result, failures, until = data
    return Facts(
        twin=twin,
        subject=subject,
        started=datetime.fromisoformat(started),
        wants_page=wants_page,
        mentors=tuple(mentors),
        is_settled=is_settled,
        wait=_wait_of(subject, waited) if waited else None,
        result=_result_of(subject, result) if result else None,
        failures=tuple((date.fromisoformat(on), what) for on, what in failures),
        until=_moment(until),
    )


def _wait_as_json(found: Wait) -> list[Any]:
    times = map(_said, (found.evaluated, found.claimed, found.decided))
    return [*times, found.lapsed, found.in_time, found.late]


def _wait_of(subject: str, data: list[Any]) -> Wait:
    evaluated, claimed, decided, *counts = data
    times = datetime.fromisoformat(evaluated), _moment(claimed), _moment(decided)
    return Wait(subject, *times, *counts)


def _result_as_json(found: Result) -> list[Any]:
    said = found.decision
    scores = [[part.dimension, part.score] for part in said.dimensions]
    return [found.number, said.verdict, said.bar_met, said.overall, scores]


def _result_of(subject: str, data: list[Any]) -> Result:
    number, verdict, bar_met, overall, scores = data
    parts = tuple(_score(dimension, score) for dimension, score in scores)
    return Result(subject, number, Verdict(verdict, bar_met, overall, parts))


@lru_cache(maxsize=4096)  # thousands of attempts have the same ones
def _score(dimension: str, score: float) -> Score:
    return Score(dimension, score)


def _said(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
