"""What gives anybody away, known or not, found where one of its marks stands.

A pattern is tried only near its marks, so that a file without them costs a search for words, and a
long line is no more work than many short ones.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from jobtwin.rules.leaks.hits import Hit, counted
from jobtwin.rules.leaks.patterns import PATTERNS
from jobtwin.rules.leaks.places import is_stand_in, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.rules.leaks.patterns import Pattern

_LOCAL = string.ascii_letters + string.digits + "._%+-"
_AT = re.compile(
    r"(?<=[A-Za-z0-9_%+.-])@(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24})(?![\w-])"
)
_FILES = frozenset(
    "png jpg jpeg gif svg webp js ts css py json yml yaml md txt html whl gz zip".split()
)
_RESERVED = re.compile(
    r"(?:.{0,200}\.)?(?:example(?:\.(?:com|org|net|edu))?|invalid|test|localhost|local|internal|lan"
    r"|corp|localdomain)|your-?domain\.\w+|domain\.(?:com|tld)|email\.com|acme\.(?:com|org)"
    r"|foo\.com|bar\.com",
    re.IGNORECASE,
)
_ROBOTS = frozenset({"git", "noreply@github.com", "noreply@anthropic.com", "actions@github.com"})
DATA = ".data"
"""Ends the name of what was read from data: signs that stand there by chance name nobody."""
DECODED = ".decoded"
_PROSE = (".md", ".rst", ".txt", ".adoc", ".org", ".tex", ".html", ".ipynb")
_COMMENTS = re.compile(r"#|//|/\*|^\s*\*|--|;|<!--|\"\"\"|'''|%|\bREM\b")
_ORCID = re.compile(r"(?<![\w-])[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X](?![\w-])")
_PHONE = re.compile(
    r"(?<![\w.+=-])(?:\+[0-9]{1,3}|tel:[+]?[0-9])[ ().0-9-]{7,20}[0-9](?!\w)", re.IGNORECASE
)
_BEFORE, _AFTER = 300, 700
"""How far around a mark a pattern is tried, in letters, if the line does not end before."""


def unknown(path: str, text: str, lower: str) -> Iterator[Hit]:
    """Yield what gives anybody away in a text; raises `TooMany`."""
    if "@" in text:
        yield from counted(_mails(text, least=4 if path.endswith(DATA) else 1))
    yield from counted(profiles(text, lower))
    if path.endswith(DATA):
        return
    for pattern in PATTERNS:
        yield from counted(_matches(pattern, path, text, lower))
    yield from counted(_phones(text, lower))
    yield from counted(_orcids(text, lower))


def _windows(text: str, lower: str, marks: Sequence[str], after: int = 0) -> list[tuple[int, int]]:
    """Return the parts of a text around its marks, apart from each other and in order.

    A part is the mark's line and the next one, or `after` letters where that is given.
    """
    spans = []
    for mark in marks:
        at = lower.find(mark)
        while at >= 0:
            start = max(text.rfind("\n", max(0, at - _BEFORE), at) + 1, at - _BEFORE, 0)
            end = min(at + (after or _AFTER), len(text))
            if not after and (line_end := text.find("\n", at + len(mark) + 1, end)) >= 0:
                next_end = text.find("\n", line_end + 1, end)
                spans.append((start, next_end if next_end >= 0 else end))
                at = lower.find(mark, line_end)
                continue
            spans.append((start, end))
            # What lies well within the window is looked at anyway.
            at = lower.find(mark, max(at + len(mark), end - _AFTER // 2))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _matches(pattern: Pattern, path: str, text: str, lower: str) -> Iterator[Hit]:
    for window in _windows(text, lower, pattern.marks, pattern.after):
        for found in pattern.form.finditer(text, *window):
            if pattern.prose_only and not _is_prose(path, text, found.start()):
                continue
            who = found["who"]
            if not is_stand_in(who) and pattern.is_somebody(found, who):
                yield Hit(*found.span("who"), pattern.kind, pattern.stand_in)


def _is_prose(path: str, text: str, at: int) -> bool:
    """Say whether a place lies in prose or in a comment, where a word with `@` can be a handle."""
    if path.endswith(DECODED):
        return False
    if path.lower().endswith(_PROSE) or "." not in path.rsplit("/", 1)[-1]:
        return True
    line = text[max(0, at - _BEFORE) : at].rpartition("\n")[2]
    return bool(_COMMENTS.search(line))


def _mails(text: str, least: int) -> Iterator[Hit]:
    for found in _AT.finditer(text):
        left = text[max(0, found.start() - 64) : found.start()]
        local = left[len(left.rstrip(_LOCAL)) :].lstrip(".%+-")
        host = found["host"]
        address = f"{local}@{host}".lower()
        if (
            len(local) < least
            or len(host) < least
            or local.lower() in _ROBOTS
            or address in _ROBOTS
            or is_stand_in(local)
        ):
            continue
        if _RESERVED.fullmatch(host) or host.rsplit(".", 1)[-1].lower() in _FILES:
            continue
        yield Hit(found.start() - len(local), found.end(), "a mail address", "mail")


def _phones(text: str, lower: str) -> Iterator[Hit]:
    for window in _windows(text, lower, ("+", "tel:")):
        for found in _PHONE.finditer(text, *window):
            if 9 <= sum(letter.isdigit() for letter in found[0]) <= 15:
                yield Hit(*found.span(), "a telephone number", "nothing")


def _orcids(text: str, lower: str) -> Iterator[Hit]:
    """Yield ORCID iDs, by their check digit (ISO 7064 MOD 11-2)."""
    for window in _windows(text, lower, ("0000-000", "0009-00", "orcid")):
        for found in _ORCID.finditer(text, *window):
            total = 0
            digits = found[0].replace("-", "")
            for digit in digits[:-1]:
                total = (total + int(digit)) * 2
            if "0123456789X"[(12 - total % 11) % 11] == digits[-1]:
                yield Hit(*found.span(), "an ORCID iD", "nothing")
