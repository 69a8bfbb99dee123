"""Whether the boxes of a sealed attempt hold what its records say, for whoever has the key.

Each check names what is wrong, and counts what it opened; `blob` reads an archive's file by
`<ref>:<name>`, and gives None where it is not at hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.repository import boxes, measurements, sealed_parts, snapshot
from jobtwin.rules import sealed_review, seeds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.records.grade import Claim, Published, Reviewed
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.submission import Evaluated, Received, Started

    Blob = Callable[[str], bytes | None]

OTHER_CONTENT = Code(
    "AUD-140",
    "a box does not hold what its record says",
    why="What is sealed is judged by whoever has the key, until the key is destroyed.",
    fix="Find out what wrote the record; do not destroy the key before it is clear.",
)


@dataclass(slots=True)
class Look:
    """One look at an attempt's boxes: what was opened, what is not at hand, what is wrong."""

    started: Started
    key: bytes = field(repr=False)
    """The cohort's; the reading key alone where `is_published`."""
    blob: Blob
    is_published: bool = False
    opened: int = 0
    absent: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def twin(self) -> str:
        """The attempt's twin."""
        return self.started.twin

    @property
    def attempt(self) -> str:
        """The attempt's id."""
        return self.started.attempt

    @property
    def reading(self) -> bytes:
        """The key to what mentors read."""
        return self.key if self.is_published else seeds.reading_key(self.key, self.attempt)

    def received(self, record: Received) -> None:
        """Open the work in the box of a receipt, and the mentors' copy of it."""
        ref = layout.box_ref(self.twin, self.attempt, record.number)
        if record.inbox and not self.is_published and (box := self._blob(f"{ref}:snapshot.tar")):
            try:
                found = boxes.opened(box, self.key, self.started.kit_seed)
            except Refused:
                self.wrong.append(f"the box of receipt {record.number} cannot be opened")
            else:
                self.opened += 1
                if record.snapshot and found.content != record.snapshot.content:
                    self.wrong.append(f"the box of receipt {record.number} holds something else")
        if record.blinded:
            self._part(f"{record.blinded.ref}:snapshot.tar", f"the copy of {record.number}")

    def evaluated(self, record: Evaluated) -> None:
        """Open the answers and notes of an evaluation."""
        if record.answers and record.answers.ref:
            place = f"{record.answers.ref}:{measurements.NAME}"
            self._part(place, f"the box of evaluation {record.number}")

    def claimed(self, record: Claim, mentor: Mentor | None) -> None:
        """Compare what a claim hands to its mentor, where the cohort's key tells it."""
        if self.is_published or mentor is None:
            return
        self.opened += 1
        if record.reading != sealed_parts.handed_to(mentor, self.attempt, self.key):
            self.wrong.append(f"claim {record.number} does not hand its mentor the bundle's key")

    def reviewed(self, record: Reviewed, box: bytes) -> tuple[bytes, bytes] | None:
        """Return the review and its signature in a box; None where they are not those named."""
        try:
            review, signature = sealed_review.opened(box, [self.key])
        except Refused:
            self.wrong.append(f"review {record.number} cannot be opened")
            return None
        self.opened += 1
        if (digest(review), digest(signature)) != (record.review, record.review_signature):
            self.wrong.append(f"the box of review {record.number} holds another review")
            return None
        return review, signature

    def published(self, record: Published, receipts: dict[str, Received]) -> None:
        """Compare the work that was laid open with what its receipts say."""
        for work in record.works:
            named = receipts.get(work.receipt)
            said = named.snapshot.content if named and named.snapshot else work.digest
            if named is None or work.digest != said:
                self.wrong.append(f"{work.ref} is not the work of its receipt")
            elif tar := self._blob(f"{work.ref}:snapshot.tar"):
                self.opened += 1
                if digest(tar) != work.digest:
                    self.wrong.append(f"{work.ref} keeps something else than was published")

    def _part(self, place: str, what: str) -> None:
        if box := self._blob(place):
            try:
                snapshot.untar(sealing.unseal(box, self.reading))
            except (ValueError, EngineError):
                self.wrong.append(f"{what} cannot be opened")
            else:
                self.opened += 1

    def _blob(self, place: str) -> bytes | None:
        content = self.blob(place)
        self.absent += content is None
        return content
