"""Breaking a document into lines and pages, without fonts: the page of a fact is part of the truth.

Widths are counted in ems by the class of a sign, wide enough for every font that is used.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WIDTH_EM = 44.0
LINES = 37
_LATIN_EM = 0.57


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or table row; kept whole on one page."""

    kind: str
    """`title`, `heading`, `text`, `row` or `note`."""
    text: str
    fact: int | None = None
    """Which of the document's facts it states."""


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on one page, and which facts it states."""

    lines: tuple[Line, ...]
    facts: tuple[int, ...]


@cache
def is_wide(sign: str) -> bool:
    """Say whether a sign takes a whole em."""
    return unicodedata.east_asian_width(sign) in "WF"


def width(text: str) -> float:
    """Return the width of a text in ems, never less than it will take."""
    return sum(1.0 if is_wide(sign) else _LATIN_EM for sign in text)


def wrap(text: str) -> list[str]:
    """Return a text in lines of at most `WIDTH_EM`."""
    lines, line = [], ""
    for word in _units(text):
        if line.strip() and width(line + word.rstrip()) > WIDTH_EM:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    return [*lines, line.rstrip()]


def _units(text: str) -> Iterator[str]:
    """Yield what may not be broken: words with the blank behind them, single wide signs."""
    unit = ""
    for sign in text:
        if is_wide(sign):
            if unit:
                yield unit
            yield sign
            unit = ""
        else:
            unit += sign
            if sign == " ":
                yield unit
                unit = ""
    if unit:
        yield unit


def paginate(blocks: Iterable[Block], pages: int) -> tuple[Page, ...]:
    """Return the pages that the blocks fill; those beyond `pages` are cut, facts and all."""
    found: list[tuple[list[Line], list[int]]] = [([], [])]
    for block in _with_heads(list(blocks)):
        lines = [line for one in block for line in _lines(one)]
        if len(found[-1][0]) + len(lines) > LINES:
            found.append(([], []))
        found[-1][0].extend(lines)
        found[-1][1].extend(one.fact for one in block if one.fact is not None)
    return tuple(Page(tuple(lines), tuple(facts)) for lines, facts in found[:pages])


def _with_heads(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield blocks that stay together: a heading or caption with what follows it."""
    kept: list[Block] = []
    for block in blocks:
        kept.append(block)
        if block.kind not in ("heading", "caption"):
            yield kept
            kept = []


def _lines(block: Block) -> list[Line]:
    lines = [Line(block.kind, text) for text in wrap(block.text)]
    return lines if block.kind == "row" else [*lines, Line("gap", "")]
