"""submissions/<twin>/<shard>/<attempt>/: what was handed in, and when.

`started` opens an attempt's chain; then come `received`, one for each push, `evaluated` (again
after an infrastructure error) or `expired`.
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
    ObjectId,
    Part,
    RelativePath,
    Slug,
    Text,
    TwinId,
)
from jobtwin.records.gate import Gate
from jobtwin.records.ledger import LedgerRecord
from jobtwin.records.twin import FailureModeId, ReceiptMeasure, Version


class PolicyInForce(Part):
    """A policy as it stood when the attempt started."""

    path: RelativePath
    digest: Digest


class Deadline(Part):
    """When a checkpoint closes."""

    checkpoint: Slug
    at: Moment


class Started(LedgerRecord):
    """The clock has started: what applies to this attempt from now on."""

    kind: Literal["started"] = "started"
    attempt: Hex32
    twin: TwinId
    twin_version: Version
    twin_tree: ObjectId
    """Git tree of `twins/<twin>` that the attempt is graded by."""
    cohort: Slug
    policies: tuple[PolicyInForce, ...]
    subject: Hex32
    """The learner, as a salted id."""
    number: Annotated[int, Field(ge=1)]
    """1 for the first attempt of this learner at this twin."""
    pull_request: Hex32
    """The pull request, as a keyed hash."""
    deadlines: Annotated[tuple[Deadline, ...], Field(min_length=1)]
    kit_seed: Hex64
    graded_seed_commitment: Digest
    """SHA-256 of the held-out seed; the cohort's secret is revealed after its last decision."""
    recipient: Line | None = None
    """`sha256$…` over name and salt; the salt stays with the learner."""
    public_name: Line | None = None
    """Only when the learner asked for it."""
    public_record: Literal[True] | None = None
    """Whether the learner asked for a page with all attempts."""
    employer: Hex32 | None = None
    """The domain of the learner's employer, as a keyed hash, where the learner named it."""
    relations: tuple[Hex32, ...] = ()
    """Mentors that the learner has a relation with, by the salted ids of their accounts."""
    pack: Digest | None = None
    """The private pack that the graded world is drawn with, by the digest of its content."""
    sealed_to: Hex64 | None = None
    """X25519 public key that all work of this attempt is sealed to; None where it is open."""
    feedback_to: Hex64 | None = None
    """X25519 public key that the feedback is sealed to: the learner's, for this attempt alone."""

    @property
    def is_measured_by_hand(self) -> bool:
        """Whether no workflow may measure it: work or world would lie open between its jobs."""
        return self.sealed_to is not None or self.pack is not None


class InboxEntry(Part):
    """A file of the inbox as the server saw it."""

    path: RelativePath
    digest: Digest
    bytes: Annotated[int, Field(ge=0)]


class Snapshot(Part):
    """The submitted repository at its pinned commit, kept by digest.

    Of a sealed attempt the box is kept as it came, and all figures but `content` are the box's.
    """

    mode: Literal["repo_url", "file_upload"]
    source: Hex32
    """Where it came from, as a keyed hash."""
    commit: ObjectId
    tree: ObjectId
    digest: Digest
    """SHA-256 of the archived tar file, or box."""
    files: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    ref: Line
    """The git ref that keeps it, outside a default clone."""
    content: Digest | None = None
    """SHA-256 of what the box holds, a salt among it: it tells nothing until that is shown."""


class Blinded(Part):
    """What a receipt brings as a mentor may see it, and how much in it still tells whose it is.

    Of a sealed attempt it is a box, nothing is said of changes, and 1 stands for any number.
    """

    digest: Digest
    """SHA-256 of the archived tar file, or box: `work/`, `inbox/` and what was changed."""
    ref: Line
    """The git ref that keeps it, outside a default clone."""
    changed: Annotated[int, Field(ge=0)]
    left_out: Annotated[int, Field(ge=0)]
    work: Annotated[int, Field(ge=0)]
    """Leaks that the scanner still finds in the repository; any holds the bundle back."""
    inbox: Annotated[int, Field(ge=0)]
    """The same of the inbox's files."""


class SelfCheck(Part):
    """The learner's answer to one self-check."""

    id: FailureModeId
    answer: bool


class Received(LedgerRecord):
    """A receipt: what the server saw at one moment, and what counts of it."""

    kind: Literal["received"] = "received"
    attempt: Hex32
    number: Annotated[int, Field(ge=1)]
    head: ObjectId
    recovered: bool = False
    """Written for an event that was missed or came long after; a human decides."""
    inbox: tuple[InboxEntry, ...] = ()
    """Every file of the inbox that was taken in, besides start.yml and checkpoint files."""
    checkpoint: Slug | None = None
    """The checkpoint that this push hands in, if it does."""
    request: Hex32 | None = None
    """The checkpoint file, as a keyed hash: a later push that leaves it alone hands nothing in."""
    ruling: Literal["noted", "accepted", "late", "blocked", "refused"]
    """`noted`: no checkpoint in this push. Only `accepted` is ever graded."""
    reasons: tuple[Text, ...] = ()
    snapshot: Snapshot | None = None
    identities: tuple[Hex32, ...] = ()
    """Who committed to what was handed in: addresses, accounts and keys as keyed hashes, sorted."""
    blinded: Blinded | None = None
    self_checks: tuple[SelfCheck, ...] = ()
    forced: bool = False
    final: bool = False


class Measured(Part):
    """One figure beside its bar."""

    metric: Line
    value: float
    comparator: Literal[">=", "<="]
    bar: float
    met: bool


class Figure(Part):
    """One figure that the harness measured."""

    metric: Line
    value: float


class KeptAnswers(Part):
    """What came back from the learner's code, kept so that the score can be computed again.

    Of a sealed attempt it is a box with the harness's notes beside the answers; of one with a
    private pack a box that the pack's key opens.
    """

    digest: Digest
    bytes: Annotated[int, Field(ge=0)]
    path: RelativePath | None = None
    """In this repository, when small."""
    ref: Line | None = None
    """Otherwise the git ref that keeps it."""


class RunEnvironment(Part):
    """What the figures were measured with."""

    sandbox: Line
    python: Line
    engine: Line
    lock: Digest
    pack: Digest | None = None
    """The private pack that the world was drawn with."""


class Told(Part):
    """What receipts tell of one thing that the twin asks for: evidence, never a score."""

    what: ReceiptMeasure
    minutes: tuple[float, ...] = ()
    """When it happened, in minutes after the start, in order."""
    answered_no: tuple[FailureModeId, ...] | None = None
    """Of `self_checks`: those whose last answer was no."""


class Graded(Part):
    """A receipt that the evaluation rests on."""

    checkpoint: Slug
    receipt: Digest


class Evaluated(LedgerRecord):
    """What the machine measured, once; only an infrastructure error allows another."""

    kind: Literal["evaluated"] = "evaluated"
    attempt: Hex32
    number: Annotated[int, Field(ge=1)]
    graded: tuple[Graded, ...]
    outcome: Literal["passed", "failed", "timed_out", "invalid", "infrastructure_error"]
    bar: tuple[Measured, ...] = ()
    metrics: tuple[Figure, ...] = ()
    notes: tuple[Text, ...] = ()
    answers: KeptAnswers | None = None
    report: Digest | None = None
    """What `jobtwin.records.report` writes, kept beside this record."""
    environment: RunEnvironment | None = None
    gates: tuple[Gate, ...] | None = None
    """Those that the twin asks for, in the order of `rules.gates`; None where it asks for none."""
    told: tuple[Told, ...] | None = None
    """What the receipts tell, by the server's clock; None where the twin asks for nothing."""
    counts: bool
    """Whether it uses up the attempt; an infrastructure error never does."""


class Expired(LedgerRecord):
    """Nothing that can be graded was handed in before the last deadline."""

    kind: Literal["expired"] = "expired"
    attempt: Hex32
    reason: Text
