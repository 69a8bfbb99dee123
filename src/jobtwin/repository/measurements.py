"""What is kept of a measurement beside its record: raw answers, and a harness's notes.

Of an open attempt they lie in the open, answers in an archive where they are large. Of a sealed one
both go into one box: learner code gave the answers, and a note may quote the work.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.submission import KeptAnswers
from jobtwin.repository import sealed_parts, snapshot
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.records.submission import Evaluated
    from jobtwin.repository.git import Git
    from jobtwin.repository.ledger import Attempt

SMALL = 10 * 1024
"""Answers up to this many bytes lie in the repository, larger ones outside a default clone."""
NAME = "answers.json.gz"
_NOTES = "notes.json"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run came to, besides figures."""

    answers: bytes
    """As learner code gave them, compressed."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """How it is kept: what the record says of it, and the files."""

    answers: KeptAnswers
    notes: tuple[str, ...] = ()
    records: Mapping[str, bytes] = field(default_factory=dict)
    archives: Mapping[str, bytes] = field(default_factory=dict)


def in_the_open(
    attempt: Attempt, number: int, measured: Measured, pack_key: bytes | None = None
) -> Kept:
    """Return how the measurement `number` of an open attempt is kept.

    Answers may repeat what was asked, so that those to a private pack lie in a box to its key.
    """
    answers = measured.answers
    if pack_key is not None:
        answers = sealing.seal_alike(answers, sealing.public_half(pack_key), pack_key)
    path = layout.answers(attempt.twin, attempt.id, number)
    ref = layout.answers_ref(attempt.twin, attempt.id, number)
    is_small = len(answers) <= SMALL
    named = KeptAnswers(
        digest=digest(answers),
        bytes=len(answers),
        path=path if is_small else None,
        ref=None if is_small else ref,
    )
    return Kept(
        named,
        measured.notes,
        {path: answers} if is_small else {},
        {} if is_small else {ref: answers},
    )


def sealed(attempt: Attempt, number: int, measured: Measured, cohort_key: bytes) -> Kept:
    """Return how the measurement `number` of a sealed attempt is kept: one box, in an archive."""
    parts = {NAME: measured.answers, _NOTES: json.dumps(measured.notes).encode("ascii")}
    box = sealed_parts.close(snapshot.tar(parts), attempt.id, cohort_key)
    # A run that is repeated may come to other answers: its box has a place of its own.
    ref = f"{layout.answers_ref(attempt.twin, attempt.id, number)}-{digest(box)[7:23]}"
    named = KeptAnswers(digest=digest(box), bytes=len(box), ref=ref)
    return Kept(named, archives={ref: box})


def opened(git: Git, evaluated: Evaluated, reading_key: bytes) -> Measured:
    """Return what the box of a sealed attempt's measurement holds; raises `EngineError`."""
    kept = evaluated.answers
    if kept is None or kept.ref is None:
        raise EngineError(f"evaluation {evaluated.number} keeps no box", "run `jobtwin audit`")
    tar = sealed_parts.opened(git, f"{kept.ref}:{NAME}", kept.digest, reading_key)
    try:
        parts = snapshot.untar(tar)
        notes = tuple(str(note) for note in json.loads(parts[_NOTES]))
        return Measured(parts[NAME], notes)
    except (KeyError, ValueError, TypeError) as error:
        raise EngineError(f"{kept.ref} holds no measurement", "run `jobtwin audit`") from error
