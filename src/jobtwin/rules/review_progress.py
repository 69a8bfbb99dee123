"""A review while it is written: what is still blank, apart from what is wrong.

Blanks are filled with values that nothing can be said against, so that the rest is judged by the
rules of a finished review, at the same places.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records.base import loaded
from jobtwin.records.grade import Review
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.yamlfile import Document

BLANK = Code(
    "REV-011",
    "the review is not complete",
    why="A learner gets a score, its evidence and a comment for every dimension.",
    fix="Fill it in; `jobtwin review check` says what is left.",
)
_FILLED = "–"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review has come."""

    wrong: tuple[Finding, ...]
    missing: tuple[Finding, ...]
    complete: int
    """Dimensions with score, evidence and comment."""
    dimensions: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, then what is missing."""
        return (*self.wrong, *self.missing)


def progress(
    content: bytes, path: str, check: Callable[[Loaded[Review]], Iterable[Finding]]
) -> Progress:
    """Return how far a review file has come; `check` judges it as if nothing were blank."""
    try:
        document = parse(content, path)
    except Refused as refused:
        return Progress(refused.findings, (), 0, 0)
    blanks = _Blanks(document)
    filled = blanks.filled()
    scores = filled.get("scores") if isinstance(filled, dict) else None
    many = len(scores) if isinstance(scores, list) else 0
    done = many - len({where[1] for where in blanks.where if where[:1] == ("scores",)})
    try:
        wrong = tuple(check(loaded(Review, replace(document, data=filled))))
    except Refused as refused:
        wrong = refused.findings
    return Progress(wrong, tuple(blanks.found), done, many)


class _Blanks:
    """Finds what is blank, and fills a copy."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Finding] = []
        self.where: list[tuple[str | int, ...]] = []

    def filled(self) -> Any:
        """Return the data with every blank filled."""
        data = copy.deepcopy(self.document.data)
        if not isinstance(data, dict):
            return data
        for index, item in _parts(data, "scores"):
            name = item.get("dimension")
            self._fill(item, "score", 0.0, f"the score of `{name}`", "scores", index)
            self._evidence(item, f"`{name}`", "scores", index)
            self._fill(item, "comment", _FILLED, f"the comment on `{name}`", "scores", index)
        for index, item in _parts(data, "skills"):
            name = item.get("id")
            self._fill(item, "weight", 0.01, f"the weight of `{name}`", "skills", index)
            self._evidence(item, f"`{name}`", "skills", index)
        self._fill(data, "summary", _FILLED, "the summary")
        return data

    def _fill(
        self, part: dict[str, Any], key: str, value: Any, what: str, *where: str | int
    ) -> None:
        given = part.get(key)
        if given is None or (isinstance(given, str) and not given.strip()):
            part[key] = value
            self._note(f"{what} is still blank", *where, key)

    def _evidence(self, part: dict[str, Any], what: str, *where: str | int) -> None:
        given = part.get("evidence") or [None]
        if not isinstance(given, list):
            return
        part["evidence"] = given
        for index, item in enumerate(given):
            if _is_blank(item):
                given[index] = {"file": _FILLED}
                self._note(f"the evidence for {what} is still blank", *where, "evidence", index)

    def _note(self, message: str, *where: str | int) -> None:
        self.where.append(where)
        place = self.document.place(*where)
        self.found.append(BLANK.at(message, self.document.path, place, hint=""))


def _is_blank(item: Any) -> bool:
    values = item.values() if isinstance(item, dict) else (item,)
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in values)


def _parts(data: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the mappings of a list with their numbers; what is none is told by the model."""
    found = data.get(key)
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, dict):
            yield index, item
