"""Which part of a history one of several machines judges.

Every machine follows the whole history; what an attempt, a credential or a mentor's round is about
is judged by one of them only.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

_OWN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts, `number` from 1 to `of`."""

    number: int
    of: int

    def has(self, path: str) -> bool:
        """Say whether a path, or a commit, is this part's: all of one attempt is in one part."""
        if self.of == 1:
            return True
        found = _OWN.search(path)
        owner = found[0] if found else path.rpartition("/")[0]
        return zlib.crc32(owner.encode("utf-8", "surrogateescape")) % self.of == self.number - 1

    def in_words(self) -> str:
        """Return which part it is, for a heading; nothing for the whole."""
        return "" if self.of == 1 else f", part {self.number} of {self.of}"

    def subject(self) -> str:
        """Return what holds or does not."""
        return "The history" if self.of == 1 else "This part of the history"


WHOLE = Shard(1, 1)
