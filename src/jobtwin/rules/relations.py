"""Who is tied to whom: people as keyed hashes, and the ties that keep one from grading another.

Nothing here names anybody. A hash is made with the platform's subject secret, so that only the
platform can make one from an address, and everybody can see that two are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Tie = Literal[
    "same person",
    "shared commits",
    "same employer",
    "same cohort",
    "declared by the grader",
    "declared by the learner",
]
_MIRRORED: dict[Tie, Tie] = {
    "declared by the grader": "declared by the learner",
    "declared by the learner": "declared by the grader",
}
_NOREPLY = re.compile(r"([0-9]{1,12})\+[^@]+@users\.noreply\.github\.com")
_NOBODY = frozenset({"noreply@github.com"})
"""Whom GitHub writes as the committer of what is done on its pages."""
_LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as far as the platform knows: keyed hashes and names of cohorts."""

    selves: frozenset[str] = frozenset()
    """Accounts, addresses and keys that are this person's."""
    commits: frozenset[str] = frozenset()
    """Who committed to what this person handed in."""
    employers: frozenset[str] = frozenset()
    cohorts: frozenset[str] = frozenset()
    """In which this person is a learner."""
    declared: frozenset[str] = frozenset()
    """Accounts and addresses of people whom this person has named."""


def ties(grader: Person, learner: Person) -> Iterator[Tie]:
    """Yield every tie between two people, each kind once; none when they are strangers."""
    if grader.selves & learner.selves:
        yield "same person"
    if grader.selves & learner.commits or grader.commits & learner.selves:
        yield "shared commits"
    if grader.employers & learner.employers:
        yield "same employer"
    if grader.cohorts & learner.cohorts:
        yield "same cohort"
    if grader.declared & (learner.selves | learner.commits):
        yield "declared by the grader"
    if learner.declared & (grader.selves | grader.commits):
        yield "declared by the learner"


def mirrored(tie: Tie) -> Tie:
    """Return what a tie is called when the two people change places."""
    return _MIRRORED.get(tie, tie)


def employer(secret: bytes, domain: str) -> str:
    """Return the keyed hash of an employer's domain."""
    return seeds.hidden(secret, "employer", domain.strip().rstrip(".").casefold())


def key(secret: bytes, fingerprint: str) -> str:
    """Return the keyed hash of an SSH key's fingerprint, `SHA256:…`."""
    return seeds.hidden(secret, "key", fingerprint)


def address(secret: bytes, mail: str) -> str | None:
    """Return the keyed hash of whoever has a mail address, None where it is nobody's.

    Case and what follows a plus make no other person. The address that GitHub gives an account
    stands for the account, so it gives the account's own salted id.
    """
    mail = mail.strip().casefold()
    if found := _NOREPLY.fullmatch(mail):
        return seeds.subject(secret, int(found[1]))
    local, at, domain = mail.rpartition("@")
    if not (local and at and domain) or mail in _NOBODY or len(mail) > _LONGEST_ADDRESS:
        return None
    return seeds.hidden(secret, "mail", f"{local.partition('+')[0]}@{domain}")


def identities(secret: bytes, mails: Iterable[str], fingerprints: Iterable[str]) -> tuple[str, ...]:
    """Return the keyed hashes of addresses and keys, sorted, each once."""
    found = {hashed for mail in mails if (hashed := address(secret, mail))}
    return tuple(sorted(found | {key(secret, fingerprint) for fingerprint in fingerprints}))
