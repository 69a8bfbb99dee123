"""Whether a mentor may take an attempt: calibrated for its rubric, and a stranger to its learner.

One rule, `exclusions`, says it, with every reason. A reason's words are for the mentor; which
attempt it is about is not said, so that no reason tells a mentor who is in the queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from jobtwin.records.base import stamp
from jobtwin.rules.relations import Person, Tie, ties

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import Calibrated
    from jobtwin.records.organisation import Mentor

Reason = (
    Literal[
        "not calibrated",
        "extension open",
        "did not suffice",
        "expired",
        "used up",
        "suspended",
        "claimed before",
        "graded before",
        "holds enough",
        "let too many lapse",
    ]
    | Tie
)
WORDS: Mapping[Reason, str] = {
    "same person": "it is your own",
    "shared commits": "your address, account or key is among those who committed to it",
    "same employer": "its learner has your employer",
    "same cohort": "you are a learner of the same cohort",
    "declared by the grader": "you have declared a relation with its learner",
    "declared by the learner": "its learner has declared a relation with you",
    "claimed before": "you have claimed it before, and it does not return to you",
    "graded before": "you graded an earlier attempt of its learner, and a retake is graded blind",
}
"""Why a waiting attempt is not for a mentor, where it is not for want of a calibration."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A reason why an attempt is not given to a mentor."""

    reason: Reason
    words: str
    """A sentence without its attempt, for the mentor."""


@dataclass(frozen=True, slots=True)
class Grader:
    """A mentor who asks for an attempt at a twin."""

    mentor: str
    person: Person
    calibrations: tuple[Calibrated, ...] = ()
    """What the mentor's rounds for the twin came to, the first one first."""
    reviewed: tuple[datetime, ...] = ()
    """When the mentor's reviews of the twin were handed in."""
    suspended: tuple[datetime, ...] = ()
    """When hidden gold showed that the mentor had drifted."""
    names: frozenset[str] = frozenset()
    """Ids of all mentor files of this person: who gets another key gets another file."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An attempt in the queue, as far as it matters who may grade it."""

    attempt: str
    learner: Person
    rubric: str
    """Digest of the rubric that it is graded by."""
    claimed_by: frozenset[str] = frozenset()
    """Mentors of every claim so far, released ones included."""
    graded_before_by: frozenset[str] = frozenset()
    """Mentors who reviewed an earlier attempt of this learner at this twin."""


def exclusions(grader: Grader, candidate: Candidate, at: datetime) -> Iterator[Exclusion]:
    """Yield every reason why a mentor is not given an attempt at a moment; none when eligible."""
    barred = uncalibrated(
        grader.calibrations, candidate.rubric, grader.reviewed, at, grader.suspended
    )
    if barred:
        yield barred
    yield from related(grader, candidate)


def related(grader: Grader, candidate: Candidate) -> Iterator[Exclusion]:
    """Yield every reason that a mentor is no stranger to an attempt, calibrated or not."""
    for tie in ties(grader.person, candidate.learner):
        yield Exclusion(tie, WORDS[tie])
    names = {grader.mentor, *grader.names}
    if names & candidate.claimed_by:
        yield Exclusion("claimed before", WORDS["claimed before"])
    if names & candidate.graded_before_by:
        yield Exclusion("graded before", WORDS["graded before"])


def is_mentor_at(mentor: Mentor, at: datetime) -> bool:
    """Say whether somebody is a mentor, and his key in force, at a moment."""
    return mentor.since <= at and (mentor.until is None or at < mentor.until)


def is_same_person(one: Mentor, other: Mentor) -> bool:
    """Say whether two mentors' files are one person's: by key, account, or what else is known."""
    if one.key.split()[1] == other.key.split()[1]:
        return True
    return bool({one.account, *one.identities} & {other.account, *other.identities})


def names_of(mentor: Mentor, mentors: Iterable[Mentor]) -> frozenset[str]:
    """Return the ids of all mentors' files that are the same person's, this one's included."""
    return frozenset((mentor.id, *(one.id for one in mentors if is_same_person(one, mentor))))


def uncalibrated(
    calibrations: Sequence[Calibrated],
    rubric: str,
    reviewed: Sequence[datetime],
    at: datetime,
    suspended: Sequence[datetime] = (),
) -> Exclusion | None:
    """Return why a mentor is not calibrated for a rubric; None when he is.

    `calibrations` are his for the twin, the first one first: the latest for this rubric counts.
    `reviewed` are the moments of his reviews of this twin, `suspended` those when he had drifted:
    only a later round lets him grade again.
    """
    latest = in_force(calibrations, rubric)
    if latest is None:
        return _barred("not calibrated", "for this version of the rubric you have no calibration")
    if latest.ruling == "extend":
        return _barred("extension open", "your calibration waits for its second gold set")
    if latest.ruling == "recalibrate":
        words = "your last calibration round did not reach the policy's agreement"
        return _barred("did not suffice", words)
    if any(moment >= latest.at for moment in suspended):
        return _barred("suspended", "your agreement fell below the floor: be calibrated again")
    if at >= latest.expires:
        return _barred("expired", f"your calibration expired on {stamp(latest.expires)}")
    since = sum(moment > latest.at for moment in reviewed)
    if since >= latest.expires_after_reviews:
        words = f"your calibration was good for {latest.expires_after_reviews} reviews"
        return _barred("used up", words)
    return None


def _barred(reason: Reason, words: str) -> Exclusion:
    return Exclusion(reason, words)


def in_force(calibrations: Sequence[Calibrated], rubric: str) -> Calibrated | None:
    """Return the latest calibration for a rubric, whatever it came to."""
    return next((item for item in reversed(calibrations) if item.rubric == rubric), None)


def too_soon(rounds: Sequence[datetime], allowed: int, at: datetime) -> datetime | None:
    """Return when the next calibration round may be taken; None when it may be now.

    `rounds` are the moments of all rounds for this twin, the extension left out; at most
    `allowed` lie within 90 days.
    """
    span = timedelta(days=90)
    recent = sorted(moment for moment in rounds if at - moment < span)
    return recent[-allowed] + span if len(recent) >= allowed else None
