"""Hidden gold: which handed-in work is a gold item, and what its reviews say of a mentor.

An item is known by its content alone, committed to before the attempt started. Who cannot open
its set cannot tell it from any learner's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules.gold import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import GoldSet
    from jobtwin.records.grade import Review
    from jobtwin.records.organisation import QueuePolicy
    from jobtwin.rules.gold import Reference
    from jobtwin.rules.rounds import Ratings

KIT_FILE = ".jobtwin.yml"
"""What a kit writes into every repository, with the attempt's own seed."""
WORK, INBOX = "work/", "inbox/"


@dataclass(frozen=True, slots=True)
class Item:
    """A gold item for the queue, by what it is worth."""

    made: datetime
    """When its set was sealed."""
    scores: Mapping[str, float]
    """Dimension → reference score."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What an attempt handed in, as far as it matters here."""

    attempt: str
    started: datetime
    identity: str


@dataclass(frozen=True, slots=True)
class Graded:
    """A mentor's review of a hidden item."""

    attempt: str
    at: datetime
    scores: Mapping[str, tuple[float, float]]
    """Dimension → (given, reference)."""


def handed_in(work: Mapping[str, bytes], inbox: Mapping[str, bytes]) -> str:
    """Return the digest by which work is known, whoever hands it in and with whatever kit.

    `work` is the graded repository, `inbox` each file of the inbox as it came last.
    """
    files = {f"{WORK}{path}": content for path, content in work.items() if path != KIT_FILE}
    return identity(files | {f"{INBOX}{path}": content for path, content in inbox.items()})


def items(sets: Iterable[tuple[GoldSet, Reference]]) -> dict[str, Item]:
    """Return the items of the sets that are kept for the queue, by the digest of their files."""
    found: dict[str, Item] = {}
    for gold_set, reference in sorted(sets, key=lambda pair: (pair[0].made, pair[0].id)):
        for name, artifact in reference.artifacts.items() if gold_set.use == "queue" else ():
            found.setdefault(artifact, Item(gold_set.made, reference.scores[name]))
    return found


def carried(handed: Iterable[Handed], known: Mapping[str, Item]) -> dict[str, Item]:
    """Return attempt → item: of each item the first that handed it in after it was sealed.

    Whoever hands the same files in later has copied them.
    """
    found: dict[str, Item] = {}
    met: set[str] = set()
    for one in sorted(handed, key=lambda one: (one.started, one.attempt)):
        item = known.get(one.identity)
        if item and item.made <= one.started and one.identity not in met:
            met.add(one.identity)
            found[one.attempt] = item
    return found


def graded(review: Review, at: datetime, item: Item) -> Graded:
    """Return what a review of a hidden item gave, beside what the item is worth."""
    given = {score.dimension: score.score for score in review.scores}
    pairs = {name: (given[name], worth) for name, worth in item.scores.items() if name in given}
    return Graded(review.attempt, at, pairs)


def ratings(reviews: Iterable[Graded], stopped: Sequence[datetime], policy: QueuePolicy) -> Ratings:
    """Return the ratings that a mentor is judged by now, by attempt and dimension.

    Those of the latest hidden items since grading last stopped counting, as many as the policy
    looks at together.
    """
    latest = sorted(
        _since(reviews, max(stopped, default=None)), key=lambda one: (one.at, one.attempt)
    )
    return {one.attempt: dict(one.scores) for one in latest[-policy.floor_window :]}


def _since(reviews: Iterable[Graded], stopped: datetime | None) -> Iterator[Graded]:
    return (one for one in reviews if stopped is None or one.at > stopped)


def missing(waiting: int, carried_of_them: int, policy: QueuePolicy) -> int:
    """Return how many items are to be carried now, so that one in so many of the queue is gold."""
    others = waiting - carried_of_them
    wanted = -(-others // (policy.gold_one_in - 1)) if others else 0
    return max(0, wanted - carried_of_them)
