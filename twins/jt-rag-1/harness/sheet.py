"""Where the lines of a page stand, in points from the upper left corner, on A4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .banks import language
from .fonts import BOLD, LATIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .corpus import Document

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0
SIZE, LEADING, TOP = 11.0, 18.0, 92.0
_SMALL = 8.0
_CELLS = (MARGIN, 250.0, 440.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of text with its left end on the baseline."""

    x: float
    y: float
    size: float
    face: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin horizontal line."""

    y: float


def sheet(document: Document, number: int) -> Iterator[Mark | Rule]:
    """Yield what stands on page `number`, from 1, from top to bottom."""
    revision = f"   Rev. {document.revision}" if document.stratum == "near_duplicate" else ""
    yield Mark(MARGIN, 48.0, _SMALL, LATIN, document.title + revision)
    yield Rule(54.0)
    for row, line in enumerate(document.pages[number - 1].lines):
        y = TOP + row * LEADING
        if line.kind == "row":
            yield from _row(line.text, y)
        elif line.text:
            bold = line.kind in ("title", "heading", "caption")
            yield Mark(MARGIN, y, SIZE, BOLD if bold else LATIN, line.text)
    words = language(document.language).page
    foot = words.format(page=number, pages=len(document.pages))
    yield Mark(MARGIN, HEIGHT - 40.0, _SMALL, LATIN, foot)


def _row(text: str, y: float) -> Iterator[Mark | Rule]:
    yield Rule(y - LEADING + 5.0)
    for x, cell in zip(_CELLS, text.split(" | "), strict=False):
        yield Mark(x, y, SIZE - 1.5, LATIN, cell)
    yield Rule(y + 5.0)
