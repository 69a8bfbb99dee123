"""What the platform itself seals of an attempt: the copy for mentors, and what a run came to.

Both are closed to the attempt's reading key, which follows from the cohort's key. A claim hands it
to its mentor, the learner's consent lays it open, and with the cohort's key it is gone.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.credential import endorser
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from jobtwin.records.grade import Claim
    from jobtwin.records.organisation import Mentor
    from jobtwin.repository.git import Git

OTHERS_KEY = Code(
    "BND-004",
    "the bundle is sealed, and not to this key",
    why="Work of a sealed cohort is read by the mentor who claimed it, and by nobody else.",
    fix="Name the SSH key of your mentor file by --key, the private half; a security key or an "
    "agent signs, but cannot open.",
)


def close(content: bytes, attempt_id: str, cohort_key: bytes) -> bytes:
    """Return the box for a part of a sealed attempt: the same bytes each time it is asked for."""
    public = sealing.public_half(seeds.reading_key(cohort_key, attempt_id))
    return sealing.seal_alike(content, public, cohort_key)


def opened(git: Git, place: str, hashed: str, reading_key: bytes) -> bytes:
    """Return what a box holds that an archive keeps at `place`, `<ref>:<name>`.

    Raises `EngineError` where it is another box than the record names, or another's key.
    """
    box = git.run("cat-file", "blob", place)
    if digest(box) != hashed:
        raise EngineError(f"{place} does not keep what its record says", "run `jobtwin audit`")
    try:
        return sealing.unseal(box, reading_key)
    except ValueError as error:
        raise EngineError(f"{place} is closed to another key", "run `jobtwin audit`") from error


def handed_to(mentor: Mentor, attempt_id: str, cohort_key: bytes) -> str:
    """Return an attempt's reading key in a box to the mentor's SSH key, in base64."""
    key = sealing.public_of_ed25519(endorser.public_bytes(mentor.key))
    box = sealing.seal_alike(seeds.reading_key(cohort_key, attempt_id), key, cohort_key)
    return base64.b64encode(box).decode("ascii")


def reading_key(claim: Claim, seed: bytes) -> bytes:
    """Return the reading key that a claim hands to its mentor; `seed` is of the SSH key.

    Raises `Refused` where the claim is another mentor's.
    """
    try:
        box = base64.b64decode(claim.reading or "", validate=True)
        return sealing.unseal(box, sealing.secret_of_ed25519(seed))
    except ValueError as error:
        message = f"review `{claim.review_id}` is sealed to the key of `{claim.mentor}`"
        raise Refused([OTHERS_KEY.at(message)]) from error
