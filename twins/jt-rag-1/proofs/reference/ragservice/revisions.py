"""Near-duplicates: which documents are revisions of one another, and which of them is valid.

Two documents that share most of their words are revisions of one. The valid one speaks of
replacing the other, or has the higher number behind a word like "revision". Documents that only
look alike (a form filled in for two places) share less, and both stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from .ingestion import Page
from .terms import words

ALIKE = 0.7
"""Share of common words; forms and manuals of other places reach 0.5, revisions 0.9."""
_REPLACES = re.compile(
    r"supersed|replac|obsolet|ersetz|remplac|sustituy|reemplaz|置き換|改訂|廃止|取代|替代|作废|为准",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:rev(?:ision|isión|\.)?|version|issue|edition|ausgabe|第)\s*(\d{1,3})", re.IGNORECASE
)


def valid(pages: Sequence[Page]) -> list[Page]:
    """Return the pages without those of documents that a later revision replaces."""
    texts: dict[str, str] = {}
    for page in pages:
        texts[page.doc_id] = f"{texts.get(page.doc_id, '')} {page.text}"
    gone = {old for one, other in _twins(texts) for old in _older(texts, one, other)}
    return [page for page in pages if page.doc_id not in gone]


def _twins(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the pairs of documents that say nearly the same."""
    counts = {name: Counter(words(text)) for name, text in sorted(texts.items())}
    sizes = {name: count.total() for name, count in counts.items()}
    names = list(counts)
    return [
        (one, other)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if min(sizes[one], sizes[other]) >= ALIKE * max(sizes[one], sizes[other]) > 0
        and (counts[one] & counts[other]).total() >= ALIKE * max(sizes[one], sizes[other])
    ]


def _older(texts: Mapping[str, str], one: str, other: str) -> list[str]:
    """Return the one of two revisions that is replaced; none where nothing tells."""
    ages = {name: _age(texts[name]) for name in (one, other)}
    return [] if ages[one] == ages[other] else [min(ages, key=lambda name: ages[name])]


def _age(text: str) -> tuple[int, int]:
    """Return how much a text speaks of replacing, then the highest number of a revision."""
    numbers = [int(found) for found in _NUMBER.findall(text)]
    return len(_REPLACES.findall(text)), max(numbers, default=0)
