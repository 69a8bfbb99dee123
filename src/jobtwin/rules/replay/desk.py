"""The desk's acts, judged again: claims, reviews, decisions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import award, panel, scoring, sla
from jobtwin.rules.eligibility import is_mentor_at
from jobtwin.rules.signature import REVIEW, check_signature, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.calibration import Calibrated
    from jobtwin.records.grade import Claim, Decision, Review, Reviewed
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.submission import Evaluated
    from jobtwin.records.twin import Twin

WRONG_CLAIM = Code(
    "AUD-040",
    "a claim is not what its rules give",
    why="A grade counts only from a mentor calibrated for the rubric, and the SLA is the twin's.",
    fix="Find out what wrote the claim; have the attempt graded again.",
)
NOT_THE_MENTOR = Code(
    "AUD-041",
    "a review is not signed by its mentor",
    why="A review counts only with the signature of the key that the mentor had then.",
    fix="Ask the mentor; have the attempt graded again.",
)
WRONG_SLA = Code(
    "AUD-042",
    "a review's receipt does not say rightly whether it was in time",
    why="The pages show how long reviews really take.",
    fix="Find out what wrote the receipt.",
)
WRONG_SCORE = Code(
    "AUD-043",
    "a decision's scores do not follow from its reviews",
    why="Dimensions, overall score and skills are computed from signed reviews and nothing else.",
    fix="Find out what wrote the decision; decide again from the reviews.",
)
WRONG_VERDICT = Code(
    "AUD-044",
    "a verdict does not follow from bar, score and threshold",
    why="The pinned twin's threshold and bar decide; no later version does.",
    fix="Find out what wrote the decision; decide again.",
)
WRONG_BEST = Code(
    "AUD-045",
    "a decision names the wrong attempt as the one that binds",
    why="The highest score of a learner at a twin binds, whichever attempt it was.",
    fix="Find out what wrote the decision; decide again.",
)


def check_claim(
    record: Claim, path: str, twin: Twin, mentor: Mentor | None, calibration: Calibrated | None
) -> Iterator[Finding]:
    """Yield what is wrong with a claim; `calibration` is the record that it names."""
    due = sla.due(record.at, twin.mentor_sla_hours)
    if record.due != due:
        yield WRONG_CLAIM.at(f"by the SLA it is due {due:%Y-%m-%d %H:%M:%S} UTC", path)
    if mentor is None or not is_mentor_at(mentor, record.at):
        yield WRONG_CLAIM.at(f"`{record.mentor}` was not a mentor then", path)
    if calibration is None or calibration.mentor != record.mentor:
        yield WRONG_CLAIM.at("the calibration it names is not on record for this mentor", path)
    elif (
        calibration.ruling != "calibrated"
        or calibration.expires <= record.at
        or calibration.rubric != scoring.rubric_digest(twin)
    ):
        yield WRONG_CLAIM.at(f"`{record.mentor}` was not calibrated for this rubric then", path)
    elif calibration.agreement != record.calibration.agreement:
        yield WRONG_CLAIM.at("the agreement it states is not the calibration's", path)


def check_reviewed(
    record: Reviewed,
    path: str,
    review: Review,
    signed: tuple[bytes, bytes],
    claim: Claim | None,
    mentor: Mentor | None,
    check: Callable[[bytes, bytes, str, str], Iterable[Finding]] = check_signature,
) -> Iterator[Finding]:
    """Yield what is wrong with a review: its mentor, signature, claim and SLA.

    `signed` is the file with its signature, `mentor` the mentor's file as it was then; `check`
    does what `check_signature` does, or knows what it would find.
    """
    if mentor is None or not is_mentor_at(mentor, record.at):
        yield NOT_THE_MENTOR.at(f"`{record.mentor}` was not a mentor then", path)
        return
    for finding in check(*signed, mentor.key, REVIEW):
        yield NOT_THE_MENTOR.at(finding.message, path)
    if record.mentor_key != fingerprint(mentor.key):
        yield NOT_THE_MENTOR.at(f"it names key {record.mentor_key}, not the mentor's", path)
    names = (review.mentor, review.attempt, review.claim)
    if claim is None or claim.mentor != record.mentor:
        yield NOT_THE_MENTOR.at(f"`{record.mentor}` has no such claim on the attempt", path)
    elif names != (record.mentor, record.attempt, record.claim):
        yield NOT_THE_MENTOR.at("the signed review is for another claim", path)
    elif record.within_sla != sla.is_within(record.at, claim):
        yield WRONG_SLA.at(f"within_sla is {record.within_sla}, due was {claim.due}", path)


def check_decision(
    record: Decision,
    path: str,
    twin: Twin,
    evaluated: Evaluated,
    reviews: Sequence[Review],
    is_appeal: bool,
) -> Iterator[Finding]:
    """Yield what does not follow from bar and reviews, computed again."""
    try:
        asked = panel.needed(twin, reviews, is_appeal=is_appeal)
        if len(reviews) < asked:
            message = f"{len(reviews)} of {asked} reviews were there"
            yield WRONG_VERDICT.at(message, path)
            return
        dimensions = panel.dimensions(twin, reviews)
        overall = panel.overall(twin, reviews)
        skills = panel.skills(twin, reviews)
    except (KeyError, ZeroDivisionError):
        yield WRONG_SCORE.at("its reviews do not score every dimension", path)
        return
    if record.feedback and record.verdict != "pass":
        dimensions, skills = (), ()  # of a sealed attempt they are the learner's alone
    if record.dimensions != dimensions:
        yield WRONG_SCORE.at("its dimensions are not those of the reviews", path)
    if record.overall != overall:
        yield WRONG_SCORE.at(f"overall is {record.overall:g}; the reviews give {overall:g}", path)
    if record.skills != skills:
        yield WRONG_SCORE.at("its skills are not those that all reviews assert", path)
    yield from _check_verdict(record, path, twin, evaluated, overall)


def check_unopened(
    record: Decision, path: str, twin: Twin, evaluated: Evaluated
) -> Iterator[Finding]:
    """Yield what does not follow where the reviews are sealed: from bar and the scores it says."""
    weights = scoring.weights(twin)
    said = {item.dimension: item.score for item in record.dimensions}
    if record.verdict == "pass" and said.keys() != weights.keys():
        yield WRONG_SCORE.at("its dimensions are not those of the rubric", path)
    elif said and abs(scoring.overall(said, weights) - scoring.exact(record.overall)) > _ROUNDING:
        yield WRONG_SCORE.at(f"overall is {record.overall:g}; its dimensions give another", path)
    yield from _check_verdict(record, path, twin, evaluated, record.overall)


_ROUNDING = Decimal("0.0001")
"""How far a mean of rounded scores may lie from the rounded mean."""


def _check_verdict(
    record: Decision, path: str, twin: Twin, evaluated: Evaluated, overall: float
) -> Iterator[Finding]:
    if record.threshold != twin.pass_threshold:
        message = f"threshold is {record.threshold:g}; the pinned twin's {twin.pass_threshold:g}"
        yield WRONG_VERDICT.at(message, path)
    met = award.bar_met(evaluated)
    if record.bar_met != met:
        yield WRONG_VERDICT.at(f"bar_met is {record.bar_met}; the evaluation says {met}", path)
    verdict = award.verdict(met, overall, twin.pass_threshold, record.attempts_left)
    if record.verdict != verdict:
        message = f"it says `{record.verdict}`; bar and scores give `{verdict}`"
        yield WRONG_VERDICT.at(message, path)


def check_binding(
    record: Decision, path: str, twin: Twin, used: int, decided: Sequence[award.Decided]
) -> Iterator[Finding]:
    """Yield what is wrong with the attempts left and the one that binds.

    `decided` are the learner's decided attempts at this twin, this one last.
    """
    left = award.attempts_left(twin, used)
    if record.attempts_left != left:
        yield WRONG_VERDICT.at(f"attempts_left is {record.attempts_left}, not {left}", path)
    best = award.best(decided)
    if record.best != best:
        yield WRONG_BEST.at(f"attempt {best} has the highest score", path)
