"""What must hold in a mentor's review, beside its form: rubric, grid, evidence, skills."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules.scoring import exact, on_grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.grade import Claim, Evidence, Review
    from jobtwin.records.twin import Twin

OTHER_ATTEMPT = Code(
    "REV-001",
    "the review is for another attempt, claim or mentor",
    why="A review names its claim, so that it cannot be used for anything else.",
    fix="Write the review into the file that `jobtwin review next` made for your claim.",
)
DIMENSIONS = Code(
    "REV-002",
    "the scores are not one for each dimension",
    why="The overall score is the weighted average over the whole rubric.",
    fix="Score each dimension of the rubric exactly once.",
)
OFF_GRID = Code(
    "REV-003",
    "a score is not a step of 0.05",
    why="Finer steps would claim a precision that no reader of a rubric has.",
    fix="Write the nearest of 0.00, 0.05, … 1.00.",
)
NO_EVIDENCE = Code(
    "REV-004",
    "a judgement has no evidence",
    why="The learner and the employer must be able to see what it rests on.",
    fix="Name a file (and a line), or quote the words.",
)
UNKNOWN_SKILL = Code(
    "REV-005",
    "a skill is not on offer",
    why="A credential asserts only skills that the twin's brief promises.",
    fix="Take the ids from the template, each at most once.",
)
OVER_CEILING = Code(
    "REV-006",
    "a skill's weight is over its ceiling",
    why="The ceiling says how much of a skill this work can show at most.",
    fix="Lower the weight to the ceiling or below.",
)


def check_review(review: Loaded[Review], twin: Twin) -> Iterator[Finding]:
    """Yield everything that is wrong with a review by the rubric of its twin."""
    yield from _check_scores(review, twin)
    yield from _check_skills(review, twin)


def check_belongs(review: Loaded[Review], claim: tuple[str, Claim] | None) -> Iterator[Finding]:
    """Yield why a review does not fit its claim, given as (digest, claim)."""
    record = review.record
    if claim is None or record.claim != claim[0]:
        yield review.finding(OTHER_ATTEMPT, "there is no such claim on this attempt", "claim")
    elif record.mentor != claim[1].mentor:
        message = f"the attempt was claimed by `{claim[1].mentor}`"
        yield review.finding(OTHER_ATTEMPT, message, "mentor")


def _check_scores(review: Loaded[Review], twin: Twin) -> Iterator[Finding]:
    counts = Counter(item.dimension for item in review.record.scores)
    for dimension in twin.rubric:
        if counts[dimension.id] != 1:
            message = f"`{dimension.id}` is scored {counts[dimension.id]} times"
            yield review.finding(DIMENSIONS, message, "scores")
    for index, item in enumerate(review.record.scores):
        if twin.dimension(item.dimension) is None:
            message = f"`{item.dimension}` is no dimension of {twin.id}"
            yield review.finding(DIMENSIONS, message, "scores", index, "dimension")
        if not on_grid(item.score):
            message = f"{item.score:g} is not on the grid"
            yield review.finding(OFF_GRID, message, "scores", index, "score")
        yield from _check_evidence(review, item.evidence, "scores", index)


def _check_skills(review: Loaded[Review], twin: Twin) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, item in enumerate(review.record.skills):
        skill = twin.skill(item.id)
        if skill is None or item.id in seen:
            how = "is asserted twice" if skill else f"is not on offer in {twin.id}"
            yield review.finding(UNKNOWN_SKILL, f"`{item.id}` {how}", "skills", index, "id")
        elif exact(item.weight) > exact(skill.ceiling):
            message = f"{item.weight:g} is over the ceiling {skill.ceiling:g}"
            yield review.finding(OVER_CEILING, message, "skills", index, "weight")
        seen.add(item.id)
        yield from _check_evidence(review, item.evidence, "skills", index)


def _check_evidence(
    review: Loaded[Review], evidence: Sequence[Evidence], *where: str | int
) -> Iterator[Finding]:
    for index, item in enumerate(evidence):
        if item.file is None and item.quote is None:
            message = "neither a file nor a quote is named"
            yield review.finding(NO_EVIDENCE, message, *where, "evidence", index)
