"""From answers to figures: each stratum by itself, with intervals and what failed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.harness.contract import Answer, Outcome, Score

from . import measures
from .answers import read
from .corpus import STRATA
from .planning import graded_id
from .questions import Question, questions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.harness.contract import Returned, Seeds, Submission

    from .answers import Reply

_SLOWEST = 60_000.0


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


def score_all(seeds: Seeds, returned: Returned, submission: Submission) -> Score:
    """Measure what came back; the submission's files have no part in the figures."""
    del submission
    asked = questions(seeds.graded)
    back = returned.services.get(graded_id(seeds.graded))
    answers = list(back.answers[: len(asked)]) if back else []
    answers += [Answer(Outcome.NOT_RUN)] * (len(asked) - len(answers))
    read_ones = [read(answer) for answer in answers]
    marked = [mark(one, reply) for one, (reply, _) in zip(asked, read_ones, strict=True)]
    metrics = _figures(marked) | {"latency_p95_ms": _p95(answers)}
    troubles = Counter(trouble for _, trouble in read_ones if trouble)
    notes = [back.detail] if back and back.detail else []
    notes += [f"{count} answers count as empty: {what}." for what, count in troubles.most_common(5)]
    return Score(metrics, (*notes, *_by_stratum(marked, seeds.graded)))


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


def _figures(marked: Sequence[Marked]) -> dict[str, float]:
    near = [one for one in marked if one.question.superseded]
    figures = {
        "recall_at_5": measures.mean([one.recall for one in marked]),
        "mrr_at_10": measures.mean([one.reciprocal_rank for one in marked]),
        "ndcg_at_10": measures.mean([one.ndcg for one in marked]),
        "citation_accuracy": measures.mean([one.citation for one in marked]),
        "answer_exact": measures.mean([one.exact for one in marked]),
        "superseded_cited": measures.mean([one.superseded for one in near]),
    }
    for stratum, own in _strata(marked).items():
        figures[f"recall_at_5_{stratum}"] = measures.mean([one.recall for one in own])
    return {name: round(value, 4) for name, value in figures.items()}


def _strata(marked: Sequence[Marked]) -> Mapping[str, list[Marked]]:
    return {name: [one for one in marked if one.question.stratum == name] for name in STRATA}


def _by_stratum(marked: Sequence[Marked], seed: bytes) -> list[str]:
    """Return a sentence for the whole and one for each stratum, with intervals."""
    groups = {"all": list(marked), **_strata(marked)}
    sentences = []
    for name, own in groups.items():
        parts = []
        for title, values in (
            ("recall@5", [one.recall for one in own]),
            ("citations", [one.citation for one in own]),
        ):
            low, high = measures.interval(values, seed, f"{name}/{title}")
            parts.append(f"{title} {measures.mean(values):.2f} [{low:.2f}, {high:.2f}]")
        words = name.replace("_", " ")
        sentences.append(f"{words}: {', '.join(parts)} over {len(own)} questions (95 % bootstrap).")
    return sentences


def _p95(answers: Sequence[Answer]) -> float:
    times = sorted(one.milliseconds for one in answers if one.outcome is Outcome.OK)
    return times[max(0, -(-len(times) * 95 // 100) - 1)] if times else _SLOWEST
