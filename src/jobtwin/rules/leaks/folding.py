"""Text as a reader takes it: without accents, invisible letters, case, or letters that look alike.

Every form of a letter that passes for a Latin one becomes that one. Places are mapped back to the
text as it was.
"""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

# What no decomposition of Unicode brings together, and what only looks the same (UTS #39).
_LETTERS = dict(
    zip(
        "ŁłØøĐđÐðÞþŒœÆæßıĦħŊŋ",
        "L l O o D d D d Th th Oe oe Ae ae ss i H h N n".split(),
        strict=True,
    )
)
_LOOKALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУЗаесіјорсхуѕԁһӏԛԝ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυικτ" + "ɑɡɩ",
        "ABESIJKMHOPCTXY3aecijopcxysdhlqw" + "ABEZHIKMNOPTYXavopuikt" + "agi",
        strict=True,
    )
)


class _Folds(dict[int, str]):
    """Code point → what it is read as; filled as letters are met."""

    def __missing__(self, point: int) -> str:
        letter = chr(point)
        found = _LETTERS.get(letter) or _LOOKALIKES.get(letter)
        if found is None:
            parts = unicodedata.normalize("NFKD", letter)
            found = "".join(
                _LETTERS.get(part) or _LOOKALIKES.get(part) or part
                for part in parts
                if unicodedata.category(part) not in ("Mn", "Cf")
            )
        self[point] = found
        return found


_FOLDS = _Folds()


@dataclass(frozen=True)
class View:
    """A text in one of its readings."""

    cased: str
    lower: str
    """As long as `cased`, letter for letter."""
    origin: str | None = None
    """The text that it was folded from, where places have moved."""

    @cached_property
    def _ends(self) -> array[int]:
        """Where each letter of the original ends in the reading."""
        return array("I", accumulate(len(_FOLDS[ord(letter)]) for letter in self.origin or ""))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original the letters from `start` up to `end` stand."""
        if self.origin is None:
            return start, end
        return bisect_right(self._ends, start), bisect_right(self._ends, end - 1) + 1


def view(text: str) -> View:
    """Return the folded reading of a text; a text in ASCII stays as it is."""
    if text.isascii():
        return View(text, text.lower())
    cased = text.translate(_FOLDS)
    lower = cased.lower()
    return View(cased, lower if len(lower) == len(cased) else cased, text)


def fold(text: str) -> str:
    """Return a short text folded and in small letters."""
    return view(text).lower
