"""Seeded chance: one generator per named object, so that order and core count change nothing."""

from __future__ import annotations

import hashlib
import random


def generator(seed: bytes, path: str) -> random.Random:
    """Return the generator of the object `path` (slash-separated) in the world of `seed`."""
    digest = hashlib.sha256(seed + b"|" + path.encode()).digest()
    return random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - seeded on purpose


def subseed(seed: bytes, path: str) -> bytes:
    """Return 32 bytes for a world of its own, derived from `seed`."""
    return hashlib.sha256(b"subseed|" + seed + b"|" + path.encode()).digest()
