"""What mentors wrote of a sealed attempt, on its way to the learner and to nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.records.submission import Evaluated
from jobtwin.repository import cases, measurements
from jobtwin.repository.ledger import Filed
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest
from jobtwin.rules.standing.comment import feedback_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobtwin.records.grade import Decision, Review
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.repository.ledger import Attempt, Ledger

NOT_YOURS = Code(
    "SEL-001",
    "the feedback cannot be opened",
    why="It is sealed to the key that start.yml named, and nobody else has that key's secret.",
    fix="Go to the folder in which you made start.yml, the one with `.jobtwin/` in it, or name it "
    "by --dir.",
)


def sealed(
    ledger: Ledger,
    attempt: Attempt,
    decision: Decision,
    reviews: tuple[Review, ...],
    cohort_key: bytes,
) -> bytes:
    """Return all that a decision says to its learner, in a box to the learner's key."""
    if attempt.started.feedback_to is None:
        raise EngineError(f"attempt {attempt.id} names no key for feedback", "run `jobtwin audit`")
    whole = _with_notes(ledger, attempt, cohort_key)
    path = layout.decision(attempt.twin, attempt.id, decision.number)
    whole = replace(whole, chain=(*whole.chain, Filed(path, "", decision)))
    case = cases.case(ledger, whole, decision.at, cases.place(ledger), reviews=reviews)
    to = bytes.fromhex(attempt.started.feedback_to)
    return sealing.seal_alike(feedback_of(case).encode("utf-8"), to, cohort_key)


def reduced(full: Decision, box: bytes) -> Decision:
    """Return a decision as everybody may read it, `box` being the feedback beside it.

    Dimensions and skills stand in it where a credential will say them.
    """
    hidden = {} if full.verdict == "pass" else {"dimensions": (), "skills": ()}
    return full.model_copy(update={"opened": (), "feedback": digest(box), **hidden})


def _with_notes(ledger: Ledger, attempt: Attempt, cohort_key: bytes) -> Attempt:
    """Return the attempt with the notes of its evaluation, as only the learner is told them."""
    key = seeds.reading_key(cohort_key, attempt.id)

    def told(record: LedgerRecord) -> LedgerRecord:
        if not isinstance(record, Evaluated) or not record.counts:
            return record
        notes = measurements.opened(ledger.tree.git, record, key).notes
        return record.model_copy(update={"notes": notes})

    chain = tuple(Filed(item.path, item.digest, told(item.record)) for item in attempt.chain)
    return replace(attempt, chain=chain)


def read(box: bytes, secrets: Iterable[bytes]) -> str:
    """Return the feedback in a box; raises `Refused` where none of the secrets opens it."""
    for secret in secrets:
        try:
            return sealing.unseal(box, secret).decode("utf-8")
        except ValueError:
            continue
    raise Refused([NOT_YOURS.at("no key that is here opens it")])
