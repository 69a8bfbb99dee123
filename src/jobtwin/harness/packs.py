"""How a twin reads what a private pack has for it: lists of short texts, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.yamlfile import Document

NOT_TEXTS = Code(
    "PCK-007",
    "the content of a pack is not what its twin reads",
    why="A graded world is drawn from it, and nobody looks at that world before it is used.",
    fix="The twin's README names the lists, how many texts each holds, and the blanks in them.",
)
_BLANK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts that a pack may hold."""

    blanks: frozenset[str] = frozenset()
    """What each text has in braces, every one of them and nothing else."""
    fewest: int = 1
    """How many there are at least, where the list is there."""
    most: int = 500
    longest: int = 400
    """Characters of one."""


def texts(content: bytes, lists: Mapping[str, Texts]) -> dict[str, tuple[str, ...]]:
    """Return the lists of a pack's content by their names, () for one that it does not have.

    Raises `Refused` with every finding, at its line.
    """
    document = parse(content, "content.yml")
    if findings := list(_problems(document, lists)):
        raise Refused(findings)
    return {name: tuple(document.data.get(name, ())) for name in lists}


def _problems(document: Document, lists: Mapping[str, Texts]) -> Iterator[Finding]:
    data = document.data
    if not isinstance(data, dict) or not data:
        yield NOT_TEXTS.at(f"it holds lists: {', '.join(lists)}", document.path, (1, 1))
        return
    for name, found in data.items():
        if name not in lists:
            words = f"`{name}` is not read; there are {', '.join(lists)}"
            yield NOT_TEXTS.at(words, document.path, document.place(name))
        else:
            yield from _problems_of(document, name, found, lists[name])


def _problems_of(document: Document, name: str, found: Any, wanted: Texts) -> Iterator[Finding]:
    if not isinstance(found, list) or not wanted.fewest <= len(found) <= wanted.most:
        words = f"`{name}` is a list of {wanted.fewest} to {wanted.most} texts"
        yield NOT_TEXTS.at(words, document.path, document.place(name))
        return
    for number, text in enumerate(found):
        if problem := _problem(text, wanted):
            place = document.place(name, number)
            yield NOT_TEXTS.at(f"a text of `{name}` {problem}", document.path, place)


def _problem(text: Any, wanted: Texts) -> str:
    if not isinstance(text, str) or not 0 < len(text.strip()) <= wanted.longest:
        return f"is empty, no text, or over {wanted.longest} characters"
    if set(_BLANK.findall(text)) != wanted.blanks or re.search(r"[{}]", _BLANK.sub("", text)):
        blanks = ", ".join(f"{{{name}}}" for name in sorted(wanted.blanks)) or "none"
        return f"has other blanks than it needs: {blanks}"
    return ""
