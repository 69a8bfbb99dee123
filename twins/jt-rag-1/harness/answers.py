"""Reading what a service answered: hostile JSON in, results and citations or nothing out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.harness.contract import Outcome

if TYPE_CHECKING:
    from jobtwin.harness.contract import Answer

from .questions import TOP_K

MOST_SIGNS = 400
_NAME_SIGNS = 200
_MOST_GIVEN = 100


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that keeps to the contract."""

    ranked: tuple[str, ...]
    citations: tuple[tuple[str, int], ...]
    text: str


NOTHING = Reply((), (), "")


def read(answer: Answer) -> tuple[Reply, str]:
    """Return the reply, and what is wrong with it; a wrong one is `NOTHING`."""
    if answer.outcome is not Outcome.OK:
        return NOTHING, str(answer.outcome)
    body = answer.body
    if not isinstance(body, dict):
        return NOTHING, "not an object"
    results = _places(body.get("results"), TOP_K, score=True)
    citations = _places(body.get("citations"), _MOST_GIVEN, score=False)
    text = body.get("answer")
    if results is None:
        return NOTHING, f"`results` is not a list of at most {TOP_K} documents with page and score"
    if citations is None:
        return NOTHING, "`citations` is not a list of documents with pages"
    if not isinstance(text, str) or len(text) > MOST_SIGNS:
        return NOTHING, f"`answer` is not text of at most {MOST_SIGNS} characters"
    return Reply(tuple(name for name, _ in results), tuple(citations), text), ""


def _places(value: Any, most: int, *, score: bool) -> list[tuple[str, int]] | None:
    if not isinstance(value, list) or len(value) > most:
        return None
    places = []
    for one in value:
        if not isinstance(one, dict):
            return None
        name, page, given = one.get("doc_id"), one.get("page"), one.get("score")
        if not isinstance(name, str) or len(name) > _NAME_SIGNS or type(page) is not int:
            return None
        if score and (isinstance(given, bool) or not isinstance(given, int | float)):
            return None
        places.append((name.removesuffix(".pdf"), page))
    return places
