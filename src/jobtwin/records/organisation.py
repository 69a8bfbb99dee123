"""Who runs a copy of Job Twins, by which dated rules, with which keys and mentors.

policy/*.yml, cohorts/*.yml, mentors/*.yml, keys/issuer.yml, keys/acts.yml.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from jobtwin.records.base import (
    Digest,
    Hex32,
    Hex64,
    Line,
    Moment,
    Part,
    Record,
    Slug,
    Text,
    TwinId,
)
from jobtwin.records.ledger import ActKeyId, LedgerRecord

Share = Annotated[float, Field(ge=0, le=1)]
Act = Literal[
    "start",
    "receive",
    "evaluate",
    "sweep",
    "claim",
    "review",
    "decide",
    "appeal",
    "calibrate",
    "issue",
    "revoke",
    "attest",
]
Multikey = Annotated[str, StringConstraints(pattern=r"^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$")]
SshPublicKey = Annotated[
    str, StringConstraints(pattern=r"^ssh-ed25519 [A-Za-z0-9+/]{68}$", max_length=100)
]
BaseUrl = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._-]+)*$"),
]

RepositoryUrl = Annotated[
    str,
    StringConstraints(
        pattern=r"^https://[a-z0-9.-]+/[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$"
    ),
]


class CalibrationPolicy(Record):
    """policy/calibration-<date>.yml: when a mentor's grades count."""

    kind: Literal["calibration"] = "calibration"
    since: Moment
    kappa: Share
    kappa_low: Share
    verdict_agreement: Share
    items: Annotated[int, Field(ge=1)]
    ratings: Annotated[int, Field(ge=1)]
    expires_days: Annotated[int, Field(ge=1)]
    expires_reviews: Annotated[int, Field(ge=1)]
    rounds_per_90_days: Annotated[int, Field(ge=1)]
    answer_days: Annotated[int, Field(ge=1, le=90)] = 14
    """How long a mentor may keep a set before answering; a set that lapses counts as a round."""
    mentors_per_set: Annotated[int, Field(ge=1, le=1000)] = 8
    """How many are given a set at most: every round tells a little about the reference."""
    pooled_from: Annotated[int, Field(ge=2, le=1000)] = 5
    """The fewest mentors that a table of given against reference levels is pooled over."""


class QueuePolicy(Record):
    """policy/queue-<date>.yml: how an attempt finds its mentor."""

    kind: Literal["queue"] = "queue"
    since: Moment
    draw_among: Annotated[int, Field(ge=1, le=100)]
    claims_at_once: Annotated[int, Field(ge=1, le=100)] = 3
    """Open claims that a mentor may hold at a twin: whoever could hold more could choose."""
    lapses_per_90_days: Annotated[int, Field(ge=1, le=100)] = 3
    """After so many claims that came to nothing, a mentor draws no more until the first is old."""
    shown_from: Annotated[int, Field(ge=1, le=100)] = 5
    """The fewest people that a row of statistics speaks of."""
    gold_one_in: Annotated[int, Field(ge=2, le=100)] = 8
    """One in so many attempts in the queue is a hidden gold item."""
    floor_kappa: Share = 0.5
    """Below this agreement over hidden items a mentor's grading counts no more."""
    floor_items: Annotated[int, Field(ge=1, le=100)] = 6
    """From so many hidden items on; fewer say too little."""
    floor_window: Annotated[int, Field(ge=1, le=100)] = 10
    """How many of the latest hidden items are looked at together."""
    appeal_days: Annotated[int, Field(ge=1, le=365)] = 14
    """How long after a decision a learner may ask for another pair of mentors."""


class IntakePolicy(Record):
    """policy/intake-<date>.yml: what the clock tolerates."""

    kind: Literal["intake"] = "intake"
    since: Moment
    grace_seconds: Annotated[int, Field(ge=0, le=900)]
    """After a deadline, for the delivery of an event."""
    skew_seconds: Annotated[int, Field(ge=0, le=900)]
    """How far the order of records and commits may differ before `audit` objects."""


class VisibilityPolicy(Record):
    """policy/visibility-<date>.yml: what is in the open."""

    kind: Literal["visibility"] = "visibility"
    since: Moment
    default: Literal["open"]
    said_to_learners: Text


class Window(Part):
    """How many days a cohort gives for a twin whose checkpoint has no minutes of its own."""

    twin: TwinId
    days: Annotated[int, Field(ge=1, le=365)]


class Cohort(Record):
    """cohorts/<cohort>.yml: dates, windows, and the commitment to the cohort's secret."""

    id: Slug
    track: Slug
    opens: Moment
    closes: Moment
    visibility: Literal["open", "sealed"]
    """`sealed`: work and reviews come in boxes to `sealed_to`, and stay in them."""
    windows: tuple[Window, ...] = ()
    secret_commitment: Digest
    """SHA-256 of the secret that all seeds of the cohort come from; revealed after its end."""
    sealed_to: Hex64 | None = None
    """X25519 public key for reviews while others are to come, and for all work that is sealed."""


class Revealed(LedgerRecord):
    """cohorts/<cohort>.revealed.yml: the cohort's secret, after its last decision."""

    kind: Literal["revealed"] = "revealed"
    cohort: Slug
    secret: Hex64


class Destroyed(LedgerRecord):
    """cohorts/<cohort>.destroyed.yml: the key of a sealed cohort is no more.

    What was sealed to it, and not published, can be opened by nobody from then on.
    """

    kind: Literal["destroyed"] = "destroyed"
    cohort: Slug
    sealed_to: Hex64
    """The public half of the key."""
    attempts: Annotated[int, Field(ge=0)]
    opened: Annotated[int, Field(ge=0)]
    """Boxes that were opened with it and compared with the records, before it was destroyed."""


class Mentor(Record):
    """mentors/<mentor>.yml: who may grade, with which key, and whom not."""

    id: Slug
    name: Line
    key: SshPublicKey
    since: Moment
    until: Moment | None = None
    account: Hex32
    """The forge account, as a keyed hash."""
    employer: Hex32 | None = None
    """The domain of the mentor's employer, as a keyed hash."""
    identities: tuple[Hex32, ...] = ()
    """The mentor's other accounts, mail addresses and keys, as keyed hashes."""
    relations: tuple[Hex32, ...] = ()
    """Learners that the mentor declares a relation with: salted ids, or hashes of addresses."""


class Carriers(Record):
    """keys/carriers.yml: who hands in hidden gold, and is therefore never given a credential."""

    carriers: tuple[Hex32, ...] = ()
    """Keyed hashes that only the platform can compare with learners."""


class Issuer(Record):
    """keys/issuer.yml: who signs, and where the site is."""

    name: Line
    url: BaseUrl
    did: Annotated[str, StringConstraints(pattern=r"^did:web:[A-Za-z0-9.%-]+(:[A-Za-z0-9._-]+)*$")]
    description: Text
    email: Line | None = None
    repository: RepositoryUrl | None = None
    """Where learners open pull requests, for example `https://github.com/org/name`."""
    test: bool = False
    """True for demonstrations and tests: pages say so, and production refuses such a key."""


class ActKey(Part):
    """The public half of a key that records are signed with."""

    id: ActKeyId
    acts: Annotated[tuple[Act, ...], Field(min_length=1)]
    public_key: Multikey
    since: Moment
    until: Moment | None = None


class ActKeys(Record):
    """keys/acts.yml: which key may write which records. Keys are added, never removed."""

    keys: Annotated[tuple[ActKey, ...], Field(min_length=1)]


class IssuerKeyEntry(Part):
    """An issuer key and its life."""

    fragment: ActKeyId
    public_key: Multikey
    since: Moment
    test: bool = False
    """For demonstrations and tests: signs only where `keys/issuer.yml` says `test: true`."""
    retired: Moment | None = None
    compromised: Moment | None = None


class IssuerKeys(Record):
    """keys/issuer-keys.yml: the life of every issuer key; jwks.json and did.json follow from it."""

    keys: Annotated[tuple[IssuerKeyEntry, ...], Field(min_length=1)]
