"""Claims, drawn again: whether the mentor was eligible, and whether chance picked the attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records.base import stamp
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.grade import Claim, Reviewed
    from jobtwin.rules.eligibility import Exclusion
    from jobtwin.rules.queue import Asked

CONFLICT = Code(
    "AUD-130",
    "a claim was given to a mentor who was not eligible",
    why="A grade by somebody with a relation, or without a calibration, says nothing.",
    fix="Have the attempt graded by another mentor; find out what wrote the claim.",
)
OUT_OF_TURN = Code(
    "AUD-131",
    "a claim took an attempt whose turn it was not",
    why="What came back stands in front, then the oldest: nobody waits for ever, nobody chooses.",
    fix="Find out what wrote the claim; have the attempt graded by another mentor.",
)
NOT_DRAWN = Code(
    "AUD-132",
    "a claim took another attempt than the one that was drawn",
    why="Only a draw that nobody can steer keeps mentors from choosing whom they grade.",
    fix="Find out what wrote the claim; have the attempt graded by another mentor.",
)
STOPPED = Code(
    "AUD-133",
    "a review was taken in after its mentor's grading had stopped counting",
    why="Who has drifted from the reference judges no work until he is calibrated anew.",
    fix="Have the attempt graded by another mentor; find out what took the review in.",
)


def check_mentor(record: Claim, path: str, against: Sequence[Exclusion]) -> Iterator[Finding]:
    """Yield why a mentor should not have been given this attempt; `against` is what excludes."""
    for exclusion in against:
        yield CONFLICT.at(f"`{record.mentor}`: {exclusion.reason}: {exclusion.words}", path)


def check_stopped(record: Reviewed, path: str, stopped: datetime | None) -> Iterator[Finding]:
    """Yield a finding when a suspension had ended the claim that a review is for."""
    if stopped is not None:
        yield STOPPED.at(f"`{record.mentor}`'s claim had ended on {stamp(stopped)}", path)


def check_turn(record: Claim, path: str, asked: Asked) -> Iterator[Finding]:
    """Yield a finding when an attempt's turn had not come; `asked` is what could be drawn from."""
    known = {waiting.candidate.attempt for waiting in asked.eligible}
    if record.attempt not in known:
        message = f"it was not one of the {len(known)} that it could be drawn from"
        yield OUT_OF_TURN.at(message, path)


def check_draw(record: Claim, path: str, asked: Asked, secret: bytes) -> Iterator[Finding]:
    """Yield a finding when the revealed secret draws another attempt than the claim names."""
    drawn = asked.drawn(secret, record.event).candidate.attempt
    if drawn != record.attempt:
        yield NOT_DRAWN.at(f"the draw gives attempt {drawn}", path)


def check_review_id(record: Claim, path: str, secret: bytes) -> Iterator[Finding]:
    """Yield a finding when a claim's review id does not come from the revealed secret."""
    expected = seeds.review_id(secret, record.attempt, record.number)
    if record.review_id != expected:
        yield NOT_DRAWN.at(f"the review id is not {expected}", path)
