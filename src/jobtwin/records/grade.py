"""grades/<twin>/<shard>/<attempt>/: who judged an attempt, and how.

`claim-<n>`, then the mentor's own signed file `review-<n>.yml` with `review-<n>.yml.sig`, the
platform's receipt for it `reviewed-<n>`, and one `decision` over as many reviews as the twin needs.
Where there are several, each waits as `review-<n>.sealed`, and the decision opens them together.
After an appeal, `appealed`, all of it once more: `decision-2`. So too where a decision rests on a
mentor who has drifted: `reopened-<n>`, and another decision follows.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobtwin.records.base import (
    Digest,
    Hex32,
    Hex64,
    Line,
    Moment,
    Part,
    Record,
    Slug,
    Symbol,
    Text,
)
from jobtwin.records.calibration import Agreement
from jobtwin.records.ledger import LedgerRecord

Score = Annotated[float, Field(ge=0, le=1)]


class CalibrationNow(Part):
    """The calibration that lets this mentor grade, as it stood at the claim."""

    record: Digest
    agreement: Agreement
    expires: Moment


class Claim(LedgerRecord):
    """A mentor has taken an attempt; the SLA runs from here to sign-off."""

    kind: Literal["claim"] = "claim"
    attempt: Hex32
    number: Annotated[int, Field(ge=1)]
    review_id: Hex32
    """What the mentor is told instead of the attempt's id; the bundle is kept under it."""
    mentor: Slug
    due: Moment
    calibration: CalibrationNow
    reading: Line | None = None
    """Of a sealed attempt: base64 of the key to its bundle, in a box to the mentor's SSH key."""


class Released(LedgerRecord):
    """An operator has looked at what held a bundle back, and lets mentors see it as it is."""

    kind: Literal["released"] = "released"
    attempt: Hex32
    number: Annotated[int, Field(ge=1)]
    receipts: Annotated[tuple[Digest, ...], Field(min_length=1)]
    """The receipts whose leaks are let through."""
    reason: Text


class Evidence(Part):
    """Where in the artifact a judgement rests: a place in a file, or the words themselves."""

    file: Line | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    quote: Text | None = None


class DimensionScore(Part):
    """The score of one rubric dimension, in steps of 0.05."""

    dimension: Symbol
    score: Score
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]
    comment: Text


class Comment(Part):
    """A remark at a place in the learner's code or text."""

    file: Line
    line: Annotated[int, Field(ge=1)]
    text: Text


class SkillAssertion(Part):
    """A skill that the review asserts, up to its ceiling."""

    id: Symbol
    weight: Annotated[float, Field(gt=0, le=1)]
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]


class Review(Record):
    """The mentor's own file. It names claim and mentor, so that it fits nowhere else."""

    kind: Literal["review"] = "review"
    attempt: Hex32
    claim: Digest
    mentor: Slug
    scores: Annotated[tuple[DimensionScore, ...], Field(min_length=1)]
    skills: tuple[SkillAssertion, ...] = ()
    comments: tuple[Comment, ...] = ()
    summary: Text


class Reviewed(LedgerRecord):
    """The receipt for a signed review."""

    kind: Literal["reviewed"] = "reviewed"
    attempt: Hex32
    number: Annotated[int, Field(ge=1)]
    claim: Digest
    review: Digest
    review_signature: Digest
    sealed: Digest | None = None
    """The box that keeps both until the decision, where several reviews are needed."""
    needed: Annotated[int, Field(ge=1, le=3)] | None = None
    """How many reviews the attempt needs, judged by those that are in; None where it is one."""
    mentor: Slug
    mentor_key: Line
    """OpenSSH fingerprint, `SHA256:…`."""
    within_sla: bool


class Appealed(LedgerRecord):
    """The learner asks another pair of mentors to judge what was not cleared, once."""

    kind: Literal["appealed"] = "appealed"
    attempt: Hex32
    decision: Digest
    """The decision that is appealed against; it stands until the next one."""


class Reopened(LedgerRecord):
    """A credential rests on a mentor who has drifted: others read the work anew."""

    kind: Literal["reopened"] = "reopened"
    attempt: Hex32
    number: Annotated[int, Field(ge=1)]
    decision: Digest
    """The decision that is in doubt; it stands, and the credential, until the next one."""
    mentor: Slug
    """Whose review of it was handed in since the last good round."""


class OpenedReview(Part):
    """A review that was sealed until now, with its signature."""

    number: Annotated[int, Field(ge=1)]
    review: Digest
    review_signature: Digest


class PublishedWork(Part):
    """What the box of a receipt held, kept in the open."""

    receipt: Digest
    digest: Digest
    """SHA-256 of the tar file, the salt in it: what the receipt says of its content, if it does."""
    ref: Line
    """The git ref that keeps it, outside a default clone."""


class Published(LedgerRecord):
    """The learner agrees that a sealed attempt is public: work, reviews, answers and notes.

    The event is the learner's own comment; what it opens stays open.
    """

    kind: Literal["published"] = "published"
    attempt: Hex32
    decision: Digest
    """The decision that stands."""
    reading_key: Hex64
    """The X25519 secret that opens the mentors' copy, answers and notes of this attempt."""
    works: tuple[PublishedWork, ...]
    reviews: tuple[OpenedReview, ...]


class DimensionResult(Part):
    """What the reviews come to for one dimension."""

    dimension: Symbol
    score: Score
    level: Annotated[int, Field(ge=1, le=5)]


class SkillResult(Part):
    """A skill that all reviews assert, at the lowest weight."""

    id: Symbol
    weight: Annotated[float, Field(gt=0, le=1)]
    ceiling: Annotated[float, Field(gt=0, le=1)]


class Decision(LedgerRecord):
    """The verdict over bar and reviews.

    Of a sealed attempt that is not cleared it says no dimension: nothing public rests on them.
    """

    kind: Literal["decision"] = "decision"
    attempt: Hex32
    number: Annotated[int, Field(ge=1)] = 1
    """One more after an appeal, and after each time that it was reopened; the last one stands."""
    evaluation: Digest
    reviews: Annotated[tuple[Digest, ...], Field(min_length=1)]
    """The `reviewed` records that it rests on."""
    opened: tuple[OpenedReview, ...] = ()
    """The reviews that were sealed, opened together with the decision; none in a sealed cohort."""
    feedback: Digest | None = None
    """Of a sealed attempt: the box beside this record, which the learner alone opens."""
    counting: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """The numbers of the two reviews that count, where a third was needed."""
    void: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """The numbers of reviews that came in before their mentor's grading stopped counting."""
    dimensions: tuple[DimensionResult, ...]
    overall: Score
    threshold: Score
    bar_met: bool
    verdict: Literal["pass", "retake", "fail"]
    """`fail`: not cleared, and the twin allows no further attempt."""
    skills: tuple[SkillResult, ...] = ()
    attempts_left: Annotated[int, Field(ge=0)] | Literal["unlimited"]
    best: Hex32
    """The attempt of this learner with the highest overall score so far: the one that binds."""
    reasons: tuple[Text, ...]
