"""What a search finds in one text: where, what kind of thing, and what may stand there instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

StandIn = Literal["", "learner", "mail", "owner", "person", "key", "nothing"]
"""What a cleaner puts in its place; "" where only a person can tell what is right."""
MOST = 200_000
"""How many places of one kind are looked at in a file; a file with more is not looked through."""


class TooMany(Exception):  # noqa: N818 - never seen outside this package
    """A file holds more than anybody can look through."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that tells whose a text is, from `start` up to `end`."""

    start: int
    end: int
    kind: str
    stand_in: StandIn = ""
    form: str = ""
    """How it was written, where it does not stand there as it is."""


def counted(found: Iterable[Hit]) -> Iterator[Hit]:
    """Pass hits on; raises `TooMany` when there are more than `MOST`."""
    for number, hit in enumerate(found):
        if number >= MOST:
            raise TooMany
        yield hit


def apart(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits in order of place, of those that overlap the first and longest."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept
