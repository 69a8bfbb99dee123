"""The learner's known words in a text: alone, inside others, and split or turned round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.rules.leaks.hits import MOST, Hit, TooMany
from jobtwin.rules.leaks.terms import INSIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.rules.leaks.folding import View
    from jobtwin.rules.leaks.terms import Terms

KIND = "the learner's name, account, address or key"
SPLIT = "split, or turned round"
_PACKED_RUN = 60
"""So many letters, digits and signs without a space are data; there short words stand by chance."""
_PACKED = re.compile(r"[A-Za-z0-9+/=_-]*")
_NOT_SQUEEZED = bytes(set(range(256)) - set(b"abcdefghijklmnopqrstuvwxyz0123456789"))
_MOST_SPLIT = 5
"""How many split words are told of a file: to place one takes a walk through the whole."""
_SQUEEZED_RUN = re.compile(r"[a-z0-9]+")
_JOINS = re.compile(
    r"""["'`]\s*+[+.,&|\\]{0,2}+\s*+["'`]"""  # "ab" + "cd", "ab" "cd"
    r"""|[\\-]\r?\n[ \t]*+|\u00ad|[*_`~]{1,3}+(?=\w)|<[a-z/]{1,8}>"""
)
_SPACED = re.compile(r"(?:(?<![a-z0-9])[a-z0-9](?![a-z0-9])[ ._*|/,-]{1,2}+){3,}+[a-z0-9]?")


def plain(read: View, terms: Terms) -> Iterator[Hit]:
    """Yield every known word that stands in a text as it is, folded."""
    for word in terms.alone:
        for at in _places(read.lower, word):
            if _is_alone(read.cased, at, at + len(word), word):
                yield _hit(read, at, at + len(word))
    for word in terms.inside:
        for at in _places(read.lower, word):
            yield _hit(read, at, at + len(word))
    for word in terms.exact:
        for at in _places(read.cased, word):
            yield Hit(*read.span(at, at + len(word)), KIND, "key")


def hidden(read: View, terms: Terms) -> Iterator[Hit]:
    """Yield known words whose letters are kept apart."""
    yield from _across(read, terms)
    short = [word for word in terms.alone if len(word) >= 4]
    yield from _joined(read, short)
    for run in _SPACED.finditer(read.lower):
        letters = re.sub(r"[^a-z0-9]", "", run[0])
        if any(word in letters for word in short):
            yield Hit(*read.span(*run.span()), KIND, form=SPLIT)


def in_bytes(content: bytes, terms: Terms) -> str | None:
    """Return the encoding that a long known word stands in within data, if one does."""
    lower = content.lower()
    for word in (*terms.inside, *(text for text in terms.alone if len(text) >= INSIDE)):
        if word.encode("utf-8") in lower:
            return "in data"
        if word.encode("utf-16-le") in lower or word.encode("utf-16-be") in lower:
            return "in data, as UTF-16"
    if any(word.encode("utf-8") in content for word in terms.exact):
        return "in data"
    return None


def _hit(read: View, start: int, end: int) -> Hit:
    return Hit(*read.span(start, end), KIND, "learner")


def _places(text: str, word: str) -> Iterator[int]:
    at, number = text.find(word), 0
    while at >= 0:
        yield at
        number += 1
        if number > MOST:
            raise TooMany
        at = text.find(word, at + len(word))


def _is_alone(cased: str, start: int, end: int, word: str) -> bool:
    before, after = cased[start - 1 : start], cased[end : end + 1]
    if before.isalpha() and not (before.islower() and cased[start].isupper()):
        return False
    goes_on = after.isalpha() and not (after.isupper() and cased[end - 1].islower())
    # A name in the genitive or plural still stands alone.
    if goes_on and (after not in "sS" or cased[end + 1 : end + 2].isalpha()):
        return False
    return len(word) >= INSIDE or not _is_packed(cased, start, end)


def _is_packed(cased: str, start: int, end: int) -> bool:
    left = cased[max(0, start - _PACKED_RUN) : start][::-1]
    before, after = _PACKED.match(left), _PACKED.match(cased, end, end + _PACKED_RUN)
    return sum(len(found[0]) for found in (before, after) if found) >= _PACKED_RUN


def _across(read: View, terms: Terms) -> Iterator[Hit]:
    squeezed = read.lower.encode("ascii", "ignore").translate(None, _NOT_SQUEEZED)
    walks = 0
    for word in terms.across:
        if not word.isascii():
            continue
        needle = word.encode("ascii")
        # What stands there as it is, is found as it is.
        if squeezed.count(needle) <= read.lower.count(word):
            continue
        at = squeezed.find(needle)
        while at >= 0 and walks < _MOST_SPLIT:
            start, end = _unsqueezed(read.lower, at, len(word))
            walks += 1
            if end - start != len(word):
                yield Hit(*read.span(start, end), KIND, form=SPLIT)
            at = squeezed.find(needle, at + len(word))


def _unsqueezed(lower: str, at: int, length: int) -> tuple[int, int]:
    """Return where the squeezed letters from `at` on stand."""
    start, reached = -1, 0
    for run in _SQUEEZED_RUN.finditer(lower):
        size = run.end() - run.start()
        if start < 0 and reached + size > at:
            start = run.start() + at - reached
        if reached + size >= at + length:
            return start, run.start() + at + length - reached
        reached += size
    return max(start, 0), len(lower)


def _joined(read: View, words: list[str]) -> Iterator[Hit]:
    """Yield words that come up when what keeps two strings apart is taken out."""
    joined = _JOINS.sub("", read.lower)
    if len(joined) == len(read.lower):
        return
    walks = 0
    for word in words:
        if joined.count(word) <= read.lower.count(word):
            continue
        for at in _places(joined, word):
            if walks >= _MOST_SPLIT or not _is_alone(joined, at, at + len(word), word):
                continue
            walks += 1
            start = _unjoined(read.lower, at)
            end = _unjoined(read.lower, at + len(word) - 1) + 1
            if end - start != len(word):
                yield Hit(*read.span(start, end), KIND, form=SPLIT)


def _unjoined(lower: str, at: int) -> int:
    removed = 0
    for found in _JOINS.finditer(lower):
        if found.start() - removed > at:
            break
        removed += found.end() - found.start()
    return at + removed
