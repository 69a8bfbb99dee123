"""What answers are worth: each reply beside the question that it answers, and means of many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import measures
from .corpus import STRATA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .answers import Reply
    from .questions import Question


@dataclass(frozen=True, slots=True)
class Marked:
    """What one answer was worth."""

    question: Question
    recall: float
    reciprocal_rank: float
    ndcg: float
    citation: float
    exact: float
    superseded: float
    """1 when a superseded revision was cited."""


def mark(question: Question, reply: Reply) -> Marked:
    """Return what a reply is worth."""
    relevant = frozenset({question.document})
    place = (question.document, question.page)
    return Marked(
        question,
        measures.recall_at(reply.ranked, relevant, 5),
        measures.reciprocal_rank(reply.ranked, relevant, 10),
        measures.ndcg_at(reply.ranked, relevant, 10),
        measures.citation_accuracy(reply.citations, place),
        float(states(reply.text, question.answer)),
        float(any(name in question.superseded for name, _ in reply.citations)),
    )


def states(text: str, value: str) -> bool:
    """Say whether a text holds a value that does not go on as a longer one on either side."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", text) is not None


def figures(marked: Sequence[Marked]) -> dict[str, float]:
    """Return every figure of retrieval, of the whole and of recall by stratum."""
    near = [one for one in marked if one.question.superseded]
    found = {
        "recall_at_5": measures.mean([one.recall for one in marked]),
        "mrr_at_10": measures.mean([one.reciprocal_rank for one in marked]),
        "ndcg_at_10": measures.mean([one.ndcg for one in marked]),
        "citation_accuracy": measures.mean([one.citation for one in marked]),
        "answer_exact": measures.mean([one.exact for one in marked]),
        "superseded_cited": measures.mean([one.superseded for one in near]),
    }
    for stratum, own in strata(marked).items():
        found[f"recall_at_5_{stratum}"] = measures.mean([one.recall for one in own])
    return {name: round(value, 4) for name, value in found.items()}


def strata(marked: Sequence[Marked]) -> Mapping[str, list[Marked]]:
    """Return stratum → what was marked of it."""
    return {name: [one for one in marked if one.question.stratum == name] for name in STRATA}
