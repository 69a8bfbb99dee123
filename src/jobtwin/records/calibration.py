"""calibration/: sealed gold sets and what mentors' rounds came to.

calibration/<twin>/<set>/set.yml, reference.sealed, items/<n>.sealed   a gold set
calibration/<twin>/<set>/retired.yml                                   what opens it for everybody
calibration/rounds/<mentor>/<twin>/handed-<n>.yml                      which set a mentor was given
calibration/rounds/<mentor>/<twin>/round-<n>.yml (+ .sig)              the mentor's own signed file
calibration/rounds/<mentor>/<twin>/calibrated-<n>.yml                  what it came to
calibration/rounds/<mentor>/<twin>/drifted-<n>.yml                     what hidden items came to
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from jobtwin.records.base import Digest, Hex64, Moment, Part, Record, Slug, Symbol, TwinId
from jobtwin.records.ledger import LedgerRecord
from jobtwin.records.twin import Version

Coefficient = Annotated[float, Field(ge=-1, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Sealed = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=100_000)]


class Agreement(Part):
    """How well a mentor's ratings agree with the reference.

    Over all (item, dimension) ratings on the five levels; the interval is a 90 % percentile
    bootstrap by item. `kappa` is None where it is undefined (one level only on both sides).
    """

    kappa: Coefficient | None = None
    kappa_low: Coefficient | None = None
    kappa_high: Coefficient | None = None
    weighted_kappa: Coefficient | None = None
    exact: Share
    adjacent: Share
    ac1: Coefficient | None = None
    mean_absolute_error: Share
    """Of the overall score."""
    verdict_agreement: Share
    """Pass or fail at the twin's threshold."""
    items: Annotated[int, Field(ge=0)]
    ratings: Annotated[int, Field(ge=0)]


class GoldItem(Part):
    """One sealed item of a gold set."""

    id: Slug
    digest: Digest
    """SHA-256 of the sealed artifact."""


class GoldSet(Record):
    """set.yml: a gold set, sealed until it is retired.

    It has two X25519 keys of its own: whoever is handed the one for items cannot read scores.
    """

    kind: Literal["gold-set"] = "gold-set"
    id: Slug
    twin: TwinId
    twin_version: Version
    rubric: Digest
    """SHA-256 of the JCS form of the rubric that the reference scores speak of."""
    made: Moment
    use: Literal["rounds", "queue"] = "rounds"
    """Answered in rounds, or kept for the live queue; a set is never both."""
    items: Annotated[tuple[GoldItem, ...], Field(min_length=1)]
    items_key: Hex64
    """Public key that the items are sealed to; a mentor who is handed the set gets its secret."""
    answers_key: Hex64
    """Public key that the reference and every mentor's answers are sealed to."""
    secrets: Sealed
    """base64 of both secrets, for items and for answers, in a box to `sealed_to`."""
    sealed_to: Hex64
    """X25519 public key of the job that calibrates."""
    commitment: Digest
    """SHA-256 of salt and reference; both are revealed when the set is retired."""
    sealed_reference: Digest


class Retired(LedgerRecord):
    """retired.yml: the set is used no more, and everybody can open it and all answers to it."""

    kind: Literal["retired"] = "retired"
    twin: TwinId
    gold_set: Slug
    items_secret: Hex64
    answers_secret: Hex64


class Handed(LedgerRecord):
    """handed-<n>.yml: a mentor was given the items of a set, and until when he may answer."""

    kind: Literal["handed"] = "handed"
    mentor: Slug
    twin: TwinId
    rubric: Digest
    gold_set: Slug
    number: Annotated[int, Field(ge=1)]
    """Counts every hand-out to this mentor at this twin, answered or not."""
    extends: Digest | None = None
    """The `calibrated` record whose ratings this round is pooled with."""
    due: Moment
    policy: Digest
    items_secret: Sealed
    """base64 of the set's key for items, in a box to the mentor's own key."""


class ItemAnswer(Part):
    """A mentor's scores for one gold item."""

    item: Slug
    scores: dict[Symbol, Share]


class AnswerSheet(Record):
    """answers.yml, on the mentor's own machine: what is sealed into a round."""

    kind: Literal["answers"] = "answers"
    items: Annotated[tuple[ItemAnswer, ...], Field(min_length=1)]


class SealedAnswers(Part):
    """What a round's box holds. It names its round, so that a copied box is nobody else's."""

    mentor: Slug
    twin: TwinId
    gold_set: Slug
    number: Annotated[int, Field(ge=1)]
    items: tuple[ItemAnswer, ...]


class Round(Record):
    """The mentor's own file: the answers, sealed to the set's key for answers."""

    kind: Literal["round"] = "round"
    mentor: Slug
    twin: TwinId
    gold_set: Slug
    number: Annotated[int, Field(ge=1)]
    answers: Sealed
    """base64 of a libsodium sealed box over `SealedAnswers` as JSON."""


class Calibrated(LedgerRecord):
    """What a round came to, and until when it counts."""

    kind: Literal["calibrated"] = "calibrated"
    mentor: Slug
    twin: TwinId
    twin_version: Version
    rubric: Digest
    gold_set: Slug
    number: Annotated[int, Field(ge=1)]
    """That of the hand-out which it answers."""
    round: Digest
    round_signature: Digest
    policy: Digest
    agreement: Agreement
    ruling: Literal["calibrated", "extend", "recalibrate"]
    expires: Moment
    expires_after_reviews: Annotated[int, Field(ge=1)]


class Drifted(LedgerRecord):
    """drifted-<n>.yml: over hidden gold items a mentor's agreement has fallen below the floor.

    From its moment on his grading of the twin counts no more, until he is calibrated anew. Which
    attempts were gold is not said; it shows when their sets are retired.
    """

    kind: Literal["drifted"] = "drifted"
    mentor: Slug
    twin: TwinId
    number: Annotated[int, Field(ge=1)]
    policy: Digest
    """The queue policy that the floor stands in."""
    agreement: Agreement
    """Over the latest hidden items since grading stopped counting the last time."""
