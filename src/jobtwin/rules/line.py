"""The waiting attempts at one twin, in order: those that came back in front, then the oldest.

Kept in order as attempts come, are claimed and fall due, so that no claim sorts the whole.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.rules.eligibility import Candidate

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An attempt whose reviews are not all in."""

    candidate: Candidate
    cohort: str
    since: datetime
    """When it was evaluated."""
    needed: int
    """How many reviews it needs."""
    signed_off: int
    open_until: tuple[datetime, ...]
    """When each claim without a review is due: of those that others have taken over, too."""

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among those that came back, and among those that did not."""
        return self.since, self.candidate.attempt

    def has_room(self, at: datetime) -> bool:
        """Say whether another mentor is wanted; a claim holds its place up to the due second."""
        return self.signed_off + sum(at <= due for due in self.open_until) < self.needed

    def came_back(self, at: datetime) -> bool:
        """Say whether an overdue claim has brought it to the front."""
        return any(at > due for due in self.open_until)


class Line:
    """The waiting attempts at one twin: those that came back in front, then the oldest."""

    def __init__(self) -> None:
        self._entries: dict[str, Waiting] = {}
        self._front: list[tuple[datetime, str]] = []
        self._rest: list[tuple[datetime, str]] = []
        self._due: list[tuple[datetime, str]] = []
        self._now = LONG_AGO

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Waiting) -> None:
        """Add an attempt, or put it where it belongs by now."""
        name = entry.candidate.attempt
        self.drop(name)
        self._entries[name] = entry
        insort(self._front if entry.came_back(self._now) else self._rest, entry.place)
        for due in entry.open_until:
            if due >= self._now:
                heapq.heappush(self._due, (due, name))

    def drop(self, attempt: str) -> None:
        """Take an attempt out, if it is there."""
        entry = self._entries.pop(attempt, None)
        if entry is not None:
            _remove(self._front, entry.place) or _remove(self._rest, entry.place)

    def waiting(self, at: datetime) -> Iterator[Waiting]:
        """Yield every attempt that wants a mentor at a moment, in order."""
        if at < self._now:  # events overtake each other by minutes: rare, so sorted anew
            every = sorted(self._entries.values(), key=lambda e: (not e.came_back(at), e.place))
            yield from (entry for entry in every if entry.has_room(at))
            return
        self._go_on(at)
        for places in (self._front, self._rest):
            for _, name in places:
                if (entry := self._entries[name]).has_room(at):
                    yield entry

    def _go_on(self, at: datetime) -> None:
        """Bring to the front what is overdue by now."""
        self._now = at
        while self._due and self._due[0][0] < at:
            _, name = heapq.heappop(self._due)
            entry = self._entries.get(name)
            if entry and entry.came_back(at) and _remove(self._rest, entry.place):
                insort(self._front, entry.place)


def _remove(places: list[tuple[datetime, str]], place: tuple[datetime, str]) -> bool:
    index = bisect_left(places, place)
    found = index < len(places) and places[index] == place
    if found:
        del places[index]
    return found
