"""Whether a mentor may take an attempt: calibrated for its rubric, and a stranger to its learner.

Every reason is a sentence for the mentor; which attempt it is about is not said, so that no
reason tells a mentor who is in the queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.records.base import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import Calibrated
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.submission import Started


@dataclass(frozen=True, slots=True)
class Candidate:
    """An attempt in the queue, as far as it matters who may grade it."""

    started: Started
    claimed_by: tuple[str, ...] = ()
    """Mentors of every claim so far, released ones included."""
    graded_before_by: tuple[str, ...] = ()
    """Mentors who reviewed an earlier attempt of this learner at this twin."""


def is_mentor_at(mentor: Mentor, at: datetime) -> bool:
    """Say whether somebody is a mentor, and his key in force, at a moment."""
    return mentor.since <= at and (mentor.until is None or at < mentor.until)


def uncalibrated(
    calibrations: Sequence[Calibrated], rubric: str, reviewed: Sequence[datetime], at: datetime
) -> str | None:
    """Return why a mentor is not calibrated for a rubric; None when he is.

    `calibrations` are his for the twin, the first one first: the latest for this rubric counts.
    `reviewed` are the moments of his reviews of this twin.
    """
    latest = in_force(calibrations, rubric)
    if latest is None:
        return "You have not been calibrated for this version of the rubric."
    if latest.ruling == "extend":
        return "Your calibration waits for its extension: answer the second gold set."
    if latest.ruling == "recalibrate":
        return "Your last calibration round did not reach the policy's agreement."
    if at >= latest.expires:
        return f"Your calibration expired on {stamp(latest.expires)}."
    since = sum(moment > latest.at for moment in reviewed)
    if since >= latest.expires_after_reviews:
        return f"Your calibration was good for {latest.expires_after_reviews} reviews."
    return None


def in_force(calibrations: Sequence[Calibrated], rubric: str) -> Calibrated | None:
    """Return the latest calibration for a rubric, whatever it came to."""
    return next((item for item in reversed(calibrations) if item.rubric == rubric), None)


def related(mentor: Mentor, mentor_hash: str, candidate: Candidate) -> Iterator[str]:
    """Yield every reason why a mentor is no stranger to an attempt.

    `mentor_hash` is `seeds.hidden(subject secret, "mentor", mentor id)`, as learners' declared
    relations are kept; `mentor.account` is the subject id of the mentor's own account.
    """
    started = candidate.started
    if started.subject == mentor.account:
        yield "One waiting attempt is your own."
    if started.subject in mentor.relations:
        yield "You have declared a relation with the learner of a waiting attempt."
    if mentor_hash in started.relations:
        yield "The learner of a waiting attempt has declared a relation with you."
    if mentor.id in candidate.claimed_by:
        yield "You have already claimed a waiting attempt; it does not return to you."
    if mentor.id in candidate.graded_before_by:
        yield "You graded an earlier attempt of the same learner; a retake is graded blind."


def too_soon(rounds: Sequence[datetime], allowed: int, at: datetime) -> datetime | None:
    """Return when the next calibration round may be taken; None when it may be now.

    `rounds` are the moments of all rounds for this twin, the extension left out; at most
    `allowed` lie within 90 days.
    """
    span = timedelta(days=90)
    recent = sorted(moment for moment in rounds if at - moment < span)
    return recent[-allowed] + span if len(recent) >= allowed else None
