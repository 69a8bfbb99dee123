"""What may be said in the open of a sealed attempt, and when its cohort's key may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.grade import Decision, Published, Reviewed
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Cohort, Destroyed

SAYS_TOO_MUCH = Code(
    "AUD-141",
    "a sealed attempt's record says what is sealed, or not where it is",
    why="Until the learner agrees, nobody reads what mentors wrote; the learner always can.",
    fix="Find out what wrote the record.",
)
AFTER_THE_END = Code(
    "AUD-142",
    "a key that was destroyed has been used",
    why="What is said to be beyond everybody's reach must be so.",
    fix="Find out who still has the key, and tell the cohort's learners.",
)
WRONG_END = Code(
    "AUD-143",
    "the record that a key is destroyed is not the cohort's",
    why="It speaks for all that was sealed to that key, and for nothing else.",
    fix="Find out what wrote the record.",
)
WRONG_PUBLICATION = Code(
    "AUD-144",
    "what was published is not what the attempt's records name",
    why="Work and reviews that are laid open must be those that were judged.",
    fix="Find out what wrote the record.",
)


def check_reduced(record: Decision, path: str) -> Iterator[Finding]:
    """Yield a finding where a sealed attempt's decision opens reviews, or hides its feedback."""
    if record.opened:
        yield SAYS_TOO_MUCH.at("it opens reviews of a sealed attempt", path)
    if record.feedback is None:
        yield SAYS_TOO_MUCH.at("it names no feedback for the learner", path)
    if record.verdict != "pass" and (record.dimensions or record.skills):
        yield SAYS_TOO_MUCH.at("it was not cleared, and says scores that no credential says", path)


def check_after(record: LedgerRecord, path: str, gone: Destroyed | None) -> Iterator[Finding]:
    """Yield a finding where a record of a sealed attempt comes after its cohort's key was gone."""
    if gone is not None:
        message = f"it came after the key was destroyed on {gone.at:%Y-%m-%d %H:%M} UTC"
        yield AFTER_THE_END.at(message, path)


def check_destroyed(record: Destroyed, path: str, cohort: Cohort | None) -> Iterator[Finding]:
    """Yield what is wrong with the record that a cohort's key is destroyed."""
    if cohort is None or cohort.sealed_to is None or cohort.sealed_to != record.sealed_to:
        yield WRONG_END.at(f"cohort `{record.cohort}` is sealed to another key, or to none", path)
    elif record.at < cohort.closes:
        yield WRONG_END.at("attempts could still begin", path)


def check_published(
    record: Published, path: str, decision: str | None, reviewed: Sequence[Reviewed]
) -> Iterator[Finding]:
    """Yield what is wrong with a publication; `decision` is the digest of the one that stands."""
    if record.decision != decision:
        yield WRONG_PUBLICATION.at("it is not of the decision that stands", path)
    given = [(item.number, item.review, item.review_signature) for item in reviewed]
    if [(item.number, item.review, item.review_signature) for item in record.reviews] != given:
        yield WRONG_PUBLICATION.at("its reviews are not those of the attempt", path)
