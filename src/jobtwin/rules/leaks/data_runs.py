"""Long runs of encoded data in a text: cut out before patterns are tried, and read as data.

No pattern fits inside of them but by chance, and to look there costs most of the time. What they
hold is decoded as a whole; known words are sought in the text as it stands all the same.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

_LEAST = 4096
"""So many letters without a space are data."""
_RUN = re.compile(rf"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{{{_LEAST},}}+={{0,6}}")
_BLOCK = re.compile(
    r"(?<![^\s\"'])(?:[A-Za-z0-9+/]{32,4000}+(?:\r?\n| )){64,}+[A-Za-z0-9+/]*+={0,2}"
)
"""Lines or words of base64 that go on for long; each start is tried once for each line."""
_DENSE = re.compile(r"[A-Za-z0-9+/_= \r\n-]{1024}")
"""A quarter of the shortest run: looked for at each half of one, so that prose costs nothing."""
_KEPT = 256
"""How many letters of a run stay at both of its ends, so that what stands beside it is read."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of data, from `start` up to `end` in its text."""

    start: int
    end: int
    token: str
    """Its letters without what wraps them."""


@dataclass(frozen=True, slots=True)
class Thin:
    """A text without the inside of its runs; every line stays where it is."""

    text: str
    runs: tuple[Run, ...]
    _starts: tuple[int, ...]
    _places: tuple[int, ...]

    def place(self, at: int) -> int:
        """Return where in the whole text stands what is at `at` here."""
        if not self.runs:
            return at
        part = max(bisect_right(self._starts, at) - 1, 0)
        end = self._places[part + 1] if part + 1 < len(self._places) else None
        place = self._places[part] + at - self._starts[part]
        return place if end is None else min(place, end)


def thin(text: str) -> Thin:
    """Return a text without the inside of its long runs of data."""
    is_dense = any(_DENSE.match(text, at) for at in range(0, len(text), _LEAST // 2))
    runs = tuple(_runs(text)) if is_dense else ()
    parts: list[str] = []
    starts, places, length, reached = [0], [0], 0, 0
    for run in runs:
        begin, end = run.start + _KEPT, run.end - _KEPT
        parts += [text[reached:begin], "\n" * text.count("\n", begin, end)]
        length += sum(map(len, parts[-2:]))
        starts.append(length)
        places.append(end)
        reached = end
    return Thin("".join([*parts, text[reached:]]), runs, tuple(starts), tuple(places))


def _runs(text: str) -> list[Run]:
    found = [Run(*match.span(), match[0]) for match in _RUN.finditer(text)]
    for match in _BLOCK.finditer(text):
        if match.end() - match.start() < _LEAST:
            continue
        words = match[0].split()
        # Decoded together they must be what each of them is: then nothing is lost.
        if all(len(word) % 4 == 0 for word in words[:-1]):
            found.append(Run(*match.span(), "".join(words)))
    return _apart(found)


def _apart(runs: list[Run]) -> list[Run]:
    ordered = sorted(runs, key=lambda run: (run.start, -run.end))
    overlapping = {later for one, later in pairwise(ordered) if later.start < one.end}
    return [run for run in ordered if run not in overlapping]
