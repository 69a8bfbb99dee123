"""Whether the trade-off write-up is there: its three choices, on one page. Worth is for mentors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WRITE_UP = "report/TRADEOFFS.md"
CHOICES = ("chunking", "embedding", "re-ranking")
LEAST_WORDS, MOST_WORDS = 40, 700
"""Under each choice, and altogether: about a page."""
_MOST_BYTES = 64 * 1024
_HEADING = re.compile(r"^#{1,4}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_WORD = re.compile(r"\w[\w'’.,-]*")


def check(files: Mapping[str, bytes]) -> tuple[float, list[str]]:
    """Return the share of the choices that are written about, and what is missing in words."""
    content = files.get(WRITE_UP, b"")
    text = content[:_MOST_BYTES].decode("utf-8", "replace")
    words = len(_WORD.findall(text))
    if len(content) > _MOST_BYTES or words > MOST_WORDS:
        return 0.0, [f"{WRITE_UP} is longer than a page: {words} words, {MOST_WORDS} at most."]
    sections = _sections(text)
    missing = [one for one in CHOICES if sections.get(one, 0) < LEAST_WORDS]
    notes = [
        f"{WRITE_UP} has no section `{one.capitalize()}` of at least {LEAST_WORDS} words."
        for one in missing
    ]
    return round(1 - len(missing) / len(CHOICES), 4), notes


def _sections(text: str) -> dict[str, int]:
    """Return choice → words below headings that name it, without those of the outline."""
    pieces = _HEADING.split(text)
    found: dict[str, int] = {}
    for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
        plain = title.casefold().replace("reranking", "re-ranking")
        said = len(_WORD.findall(re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)))
        for choice in CHOICES:
            if choice in plain:
                found[choice] = found.get(choice, 0) + said
    return found
