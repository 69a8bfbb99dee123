"""Finding a learner's attempts without a search: their ids follow from the learner and a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jobtwin.records.grade import Decision
from jobtwin.records.submission import Evaluated, Expired
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.repository.ledger import Attempt, Ledger


def of_learner(ledger: Ledger, secret: bytes, subject: str, twin: str) -> Iterator[Attempt]:
    """Yield the learner's attempts at a twin, the first one first."""
    number = 1
    while found := ledger.attempt(twin, seeds.attempt(secret, subject, twin, number)):
        yield found
        number += 1


def of_pull_request(ledger: Ledger, secret: bytes, author: int, number: int) -> Attempt | None:
    """Return the attempt that a pull request opened, None when there is none.

    `author` is the account number of the pull request's author.
    """
    subject = seeds.subject(secret, author)
    wanted = seeds.hidden(secret, "pull_request", number)
    for twin in ledger.twins:
        for attempt in of_learner(ledger, secret, subject, twin):
            if attempt.started.pull_request == wanted:
                return attempt
    return None


LARGEST_NUMBER = 100_000
"""Up to which number a pull request is looked for; that takes a second at most."""


def number_of(secret: bytes, hidden: str) -> int | None:
    """Return the number of the pull request behind a keyed hash, None beyond `LARGEST_NUMBER`."""
    numbers = range(1, LARGEST_NUMBER + 1)
    return next((n for n in numbers if seeds.hidden(secret, "pull_request", n) == hidden), None)


def state(attempt: Attempt) -> Literal["open", "decided", "expired", "given back"]:
    """Return how far an attempt is, as far as starting another one is concerned."""
    if attempt.last(Decision):
        return "decided"
    if attempt.last(Expired):
        return "expired"
    evaluated = attempt.last(Evaluated)
    return "given back" if evaluated and not evaluated.record.counts else "open"
