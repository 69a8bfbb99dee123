"""The public artifact: whether anybody gets it without logging in, and still what was handed in.

The URL is the learner's and every byte behind it hostile. What is compared is the digest that the
submitted commit names, so that what lies there cannot be exchanged later.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.harness.gates import failed, passed
from jobtwin.harness.hostile_json import Bounds, read
from jobtwin.harness.sandbox.protocol import MIB
from jobtwin.repository.fetch import NotHad, download

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.harness.contract import Files
    from jobtwin.harness.gates import GateReturn
    from jobtwin.records.twin import Artifact

TRIES, PAUSE_SECONDS = 3, 15.0
"""A host that fails once is asked again."""
SECONDS = 60.0
_FORM = Bounds(size=16 * 1024, depth=8, values=200)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_URL = 500
_HOST = re.compile(r"\[?[\w-]*(?:[.:]+[\w-]+)+\]?")


def look(
    files: Files,
    asked: Artifact,
    get: Callable[[str, float, int], bytes] = download,
    wait: Callable[[float], None] = time.sleep,
) -> GateReturn:
    """Return whether the artifact is there, twice, with the digest of the submission.

    `get` takes (URL, seconds, most bytes) and raises `NotHad`.
    """
    named = _named(files.get(asked.file, b""))
    if named is None:
        return failed(f"{asked.file} names no https `url` with its `sha256`.")
    url, expected = named
    sizes = []
    for number in range(2):
        if number:
            wait(asked.again_seconds)
        try:
            content = _fetched(url, asked.mib * MIB, get, wait)
        except NotHad as reason:
            return failed(f"It could not be fetched{' again' * number}: {_blind(str(reason))}.")
        if hashlib.sha256(content).hexdigest() != expected:
            when = "When it was fetched again it" if number else "It"
            return failed(f"{when} was another file than the one whose digest was handed in.")
        sizes.append(len(content))
    evidence = {
        "digest": f"sha256:{expected}",
        "artifact_bytes": str(sizes[0]),
        "fetched": f"twice, {asked.again_seconds} seconds apart",
    }
    return passed("Anybody gets it without logging in, and it is what was handed in.", evidence)


def _fetched(
    url: str,
    most: int,
    get: Callable[[str, float, int], bytes],
    wait: Callable[[float], None],
) -> bytes:
    for _ in range(TRIES - 1):
        try:
            return get(url, SECONDS, most)
        except NotHad:
            wait(PAUSE_SECONDS)
    return get(url, SECONDS, most)


def _named(content: bytes) -> tuple[str, str] | None:
    """Return URL and SHA-256 that a file of the learner's names."""
    try:
        document = read(content, _FORM)
    except Refused:
        return None
    said = document if isinstance(document, dict) else {}
    url, digest = said.get("url"), said.get("sha256")
    if not (isinstance(url, str) and isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        return None
    is_plain = url.isascii() and url.isprintable() and len(url) <= _MOST_URL
    return (url, digest) if is_plain and url.startswith("https://") else None


def _blind(reason: str) -> str:
    """Return a reason without the names of hosts: a mentor grades work, not a person."""
    shown = "".join(sign if sign.isprintable() else " " for sign in reason)
    return _HOST.sub("its host", shown)[:300].rstrip(". ")
