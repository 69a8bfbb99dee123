"""What a machine can check of a post-mortem: form, and consistency with receipts and trace.

Whether it is blameless, specific and true is for the mentor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

MAX_BYTES = 256 * 1024
HEADINGS = ("Timeline", "Root cause", "Blast radius", "Follow-ups")
CHECKS = ("headings", "timeline", "receipts", "root cause", "blast radius", "follow-ups")
TOLERANCE_MINUTES = 5
ENTRIES, ROOT_CAUSE_WORDS, FOLLOW_UPS = 4, 40, 3
BLAST_TOLERANCE = 0.1

_HEADING = re.compile(r"#{1,6}[ \t]+(.{1,200})")
_ENTRY = re.compile(
    r"[-*][ \t]+([01][0-9]|2[0-3]):([0-5][0-9])(?:[ \t]*(?:UTC|Z))?[ \t]+"
    r"(?:\[([a-z0-9-]{1,20})\][ \t]*)?(\S.{0,2000})"
)
_COUNT = re.compile(
    r"(?im)^[ \t>*_-]{0,8}wrong answers[ \t*_]{0,4}:[ \t*_]{0,4}([0-9][0-9,]{0,11})"
)
_OWNER = re.compile(r"(?i)owner:[ \t*_]{0,4}(?!who\b)[^\W\d_]{2}")
_DUE = re.compile(r"(?i)due:[ \t*_]{0,4}20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\b")


@dataclass(frozen=True, slots=True)
class PostMortem:
    """What was found: which of CHECKS hold, and the relative error of the blast radius."""

    passed: frozenset[str]
    blast_error: float
    """0 is exact; 1 is the cap and also what a missing number costs."""

    @property
    def fraction(self) -> float:
        """Return how many of the checks hold."""
        return len(self.passed) / len(CHECKS)


def check(content: bytes, wrong: int, expected: Mapping[str, datetime]) -> PostMortem:
    """Check a post-mortem; `wrong` is the true blast radius, `expected` maps tags to receipts."""
    if not content or len(content) > MAX_BYTES:
        return PostMortem(frozenset(), 1.0)
    sections = _sections(content.decode("utf-8", "replace"))
    entries = [m for line in sections.get("timeline", []) if (m := _ENTRY.match(line.strip()))]
    items = [line for line in sections.get("follow-ups", []) if _OWNER.search(line)]
    words = " ".join(sections.get("root cause", [])).split()
    error = _blast_error("\n".join(sections.get("blast radius", [])), wrong)
    held = {
        "headings": all(heading.casefold() in sections for heading in HEADINGS),
        "timeline": len(entries) >= ENTRIES,
        "receipts": bool(entries) and _agree(entries, expected),
        "root cause": len(words) >= ROOT_CAUSE_WORDS,
        "blast radius": error <= BLAST_TOLERANCE,
        "follow-ups": sum(bool(_DUE.search(line)) for line in items) >= FOLLOW_UPS,
    }
    return PostMortem(frozenset(name for name, holds in held.items() if holds), error)


def _sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if heading := _HEADING.fullmatch(line.strip()):
            title = heading[1].strip(" #:*").casefold().replace("follow ups", "follow-ups")
            lines = sections.setdefault(title, [])
        elif len(line) <= 4000:
            lines.append(line)
    return sections


def _agree(entries: list[re.Match[str]], expected: Mapping[str, datetime]) -> bool:
    """Whether every expected tag stands in the timeline at its time."""
    told = {entry[3]: int(entry[1]) * 60 + int(entry[2]) for entry in entries if entry[3]}
    return all(
        tag in told and _apart(told[tag], at.hour * 60 + at.minute) <= TOLERANCE_MINUTES
        for tag, at in expected.items()
    )


def _apart(one: int, other: int) -> int:
    """Return the distance of two minutes of a day, over midnight where that is shorter."""
    distance = abs(one - other)
    return min(distance, 24 * 60 - distance)


def _blast_error(text: str, wrong: int) -> float:
    stated = _COUNT.search(text)
    if stated is None:
        return 1.0
    number = int(stated[1].replace(",", ""))
    return min(abs(number - wrong) / max(wrong, 1), 1.0)
