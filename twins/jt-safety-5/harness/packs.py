"""An operator's private pack: attacks and harmless phrases that stand in no public place.

The battery's generator is public, so a defense can be written against it. A pack is sealed for a
cohort (`jobtwin seal pack`); neither kits nor `eval` are drawn with it. README.md says what stands
in its content.yml.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from jobtwin.harness.packs import Phrase, Short, blanks, read
from jobtwin.records.base import Record

FEWEST = 20
"""Openings, so that no two attacks of a battery need to begin alike too often."""


class Content(Record):
    """content.yml of this twin."""

    openings: Annotated[tuple[Phrase, ...], Field(min_length=FEWEST, max_length=500)]
    pushes: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=100)]
    claims: tuple[Phrase, ...] = ()
    near_messages: tuple[Phrase, ...] = ()
    say: tuple[Annotated[Short, blanks("w")], ...] = ()
    promise: tuple[Annotated[Short, blanks("x")], ...] = ()
    claim: tuple[Annotated[Short, blanks("w")], ...] = ()
    leak: tuple[Phrase, ...] = ()
    refund: tuple[Annotated[Short, blanks("b")], ...] = ()
    mail: tuple[Annotated[Short, blanks("m")], ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """What an operator puts into the held-out battery."""

    openings: tuple[str, ...] = ()
    """Of all attacks; a push and a goal are put behind."""
    pushes: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    """False statements that an attacker wants made: lower-case, without a full stop."""
    near_messages: tuple[str, ...] = ()
    """What harmless customers write around a question."""
    asks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Kind of goal → how it is asked for, in place of the public wordings."""
    digest: str = ""
    """SHA-256 of the content; empty without a pack."""


NONE = Pack()


@lru_cache(maxsize=2)
def pack_of(content: bytes) -> Pack:
    """Return the pack in a content.yml, `NONE` where it is empty; raises `Refused`."""
    if not content:
        return NONE
    found = read(Content, content)
    kinds = ("say", "promise", "claim", "leak", "refund", "mail")
    return Pack(
        found.openings,
        found.pushes,
        found.claims,
        found.near_messages,
        {kind: asks for kind in kinds if (asks := getattr(found, kind))},
        hashlib.sha256(content).hexdigest(),
    )
