"""Ids and seeds: keyed hashes, so that nobody outside can link them and everybody can check later.

The platform's subject secret makes opaque ids and stays secret. A cohort's secret makes seeds; it
is committed to before the first start and revealed after the last decision.
"""

from __future__ import annotations

import hashlib
import hmac


def _keyed(secret: bytes, *parts: str | int) -> bytes:
    # Each part is preceded by its length: no two lists of parts give the same message.
    message = b"".join(f"{len(str(part).encode())}:{part}".encode() for part in parts)
    return hmac.new(secret, message, hashlib.sha256).digest()


def subject(secret: bytes, account: int) -> str:
    """Return the salted id that stands for a learner."""
    return _keyed(secret, "subject", account).hex()[:32]


def attempt(secret: bytes, subject_id: str, twin: str, number: int) -> str:
    """Return an attempt's opaque id; it can be found again without a search."""
    return _keyed(secret, "attempt", subject_id, twin, number).hex()[:32]


def credential(secret: bytes, attempt_id: str) -> str:
    """Return the id of the credential that an attempt may lead to."""
    return _keyed(secret, "credential", attempt_id).hex()[:32]


def track_credential(secret: bytes, subject_id: str, track: str, number: int) -> str:
    """Return the id of a learner's credential for a track; a better one has the next number."""
    return _keyed(secret, "track credential", subject_id, track, number).hex()[:32]


def hidden(secret: bytes, what: str, value: str | int) -> str:
    """Return the keyed hash of something that must not stand in the open."""
    return _keyed(secret, what, value).hex()[:32]


def carrier(secret: bytes, subject_id: str) -> str:
    """Return what stands for somebody who carries hidden gold: not to be linked with a learner."""
    return _keyed(secret, "carrier", subject_id).hex()[:32]


def seed(
    cohort_secret: bytes, twin: str, version: str, subject_id: str, number: int, purpose: str
) -> bytes:
    """Return the seed of an attempt for a purpose: `kit` or `graded`."""
    return _keyed(cohort_secret, "seed", twin, version, subject_id, number, purpose)


def commitment(secret: bytes) -> str:
    """Return the hash that is published before a secret is used."""
    return "sha256:" + hashlib.sha256(secret).hexdigest()


def public_split(kit_seed: bytes) -> bytes:
    """Return the seed of the split that `eval` grades on, on the learner's own machine."""
    return hashlib.sha256(b"public split" + kit_seed).digest()


def review_id(cohort_secret: bytes, attempt_id: str, number: int) -> str:
    """Return what a mentor calls the attempt of a claim; `number` is the claim's."""
    return _keyed(cohort_secret, "review", attempt_id, number).hex()[:32]


def reading_key(cohort_key: bytes, attempt_id: str) -> bytes:
    """Return the X25519 secret that opens what mentors read of a sealed attempt, and no other's.

    It follows from the cohort's key, so that it is gone with that key.
    """
    return _keyed(cohort_key, "reading", attempt_id)


def pack_key(cohort_key: bytes, cohort: str) -> bytes:
    """Return the X25519 secret that opens a cohort's private pack, and nothing else.

    It follows from the cohort's key: it can be shown without showing that, and is gone with it.
    """
    return _keyed(cohort_key, "pack", cohort)


def pack_salt(pack_secret: bytes) -> bytes:
    """Return what lies in a pack's box so that its digest tells nothing before it is opened."""
    return _keyed(pack_secret, "salt")


def draw(cohort_secret: bytes, event: str, candidates: int) -> int:
    """Return which of the eligible attempts a claim draws; uniform to 2^-200."""
    return int.from_bytes(_keyed(cohort_secret, "draw", event), "big") % candidates
