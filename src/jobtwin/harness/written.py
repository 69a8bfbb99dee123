"""Markdown that a learner wrote, read for form: which sections there are, and how much is in them.

Hostile bytes in, counts out, in linear time. What the words are worth is for a mentor.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 64 * 1024
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.{0,200})")
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")


def own_words(content: bytes, template: bytes = b"") -> Mapping[str, int]:
    """Return heading → different words below it, without lines and comments of the template's.

    Headings are casefolded; what is below a heading counts for those above it as well. What is
    larger than `MOST_BYTES` has none.
    """
    if len(content) > MOST_BYTES:
        return {}
    given = {line.strip().casefold() for line in _text(template).splitlines()}
    found: dict[str, set[str]] = {}
    open_: list[tuple[int, set[str]]] = []
    for line in _text(content).splitlines():
        if heading := _HEADING.fullmatch(line.strip()):
            level = len(heading[1])
            said = found.setdefault(heading[2].strip(" #:*").casefold(), set())
            open_ = [*(one for one in open_ if one[0] < level), (level, said)]
        elif line.strip().casefold() not in given:
            said = set(_WORD.findall(line.casefold()))
            for _, words in open_:
                words.update(said)
    return {title: len(said) for title, said in found.items()}


def _text(content: bytes) -> str:
    """Return the text without HTML comments; one that never ends hides all after it."""
    kept, rest = [], content.decode("utf-8", "replace")
    while rest:
        shown, _, rest = rest.partition("<!--")
        kept.append(shown)
        rest = rest.partition("-->")[2]
    return "".join(kept)
