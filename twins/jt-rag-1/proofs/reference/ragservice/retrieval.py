"""Ranking: BM25 over words and 4-grams, widened by what the development set taught.

A page is the chunk, its best stretch of three lines the passage that decides; a page is cited
with the passage that was shown. Superseded revisions are left out of the index.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import associations
from .ingestion import Page
from .revisions import valid
from .terms import is_gram, passages, terms, words

K1, B = 1.2, 0.4
GRAM_WEIGHT = 0.35
PASSAGE = 2.0
"""Weight of the best passage beside the whole page."""
LEARNT = 4.0
"""Weight of a word that the question does not have and answers to such questions had."""
PAIRS = Path(__file__).with_name("pairs.jsonl")


class Index:
    def __init__(self, pages: Iterable[Page]) -> None:
        self.pages = valid(list(pages))
        self.counts = [Counter(terms(page.text)) for page in self.pages]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.lengths) / max(1, len(self.lengths)) or 1.0
        self.passages = [[set(terms(one)) for one in passages(page.text)] for page in self.pages]
        self.spread = Counter(term for count in self.counts for term in count)
        self.learnt = associations.learn(associations.read(PAIRS))

    def rarity(self, term: str) -> float:
        rare = self.spread[term]
        weight = GRAM_WEIGHT if is_gram(term) else 1.0
        return weight * math.log(1 + (len(self.pages) - rare + 0.5) / (rare + 0.5))

    def asked(self, query: str) -> dict[str, float]:
        """Return the terms to look for, with their weights: its own, and learnt ones."""
        weights = {term: self.rarity(term) for term in terms(query)}
        for word in set(words(query)):
            for other, likely in self.learnt.get(word, {}).items():
                more = LEARNT * likely * self.rarity(other)
                weights[other] = weights.get(other, 0.0) + more
        return {term: weight for term, weight in sorted(weights.items()) if self.spread[term]}

    def score(self, asked: dict[str, float], number: int) -> float:
        """Return the BM25 score of a page, and what its best passage shares with the question."""
        count, total = self.counts[number], 0.0
        norm = K1 * (1 - B + B * self.lengths[number] / self.mean)
        for term, weight in asked.items():
            if found := count.get(term, 0):
                total += weight * found * (K1 + 1) / (found + norm)
        near = [sum(w for t, w in asked.items() if t in one) for one in self.passages[number]]
        return total + PASSAGE * max(near, default=0.0)

    def answer(self, query: str, top_k: int) -> dict[str, Any]:
        asked = self.asked(query)
        scored = [(self.score(asked, n), page) for n, page in enumerate(self.pages)]
        scored.sort(key=lambda pair: (-pair[0], pair[1].doc_id, pair[1].number))
        best: dict[str, tuple[float, Page]] = {}
        for score, page in scored:
            best.setdefault(page.doc_id, (score, page))
        results = [
            {"doc_id": page.doc_id, "page": page.number, "score": round(score, 4)}
            for score, page in list(best.values())[: min(top_k, 10)]
        ]
        top = scored[0][1] if scored else None
        citations = [{"doc_id": top.doc_id, "page": top.number}] if top else []
        return {"results": results, "answer": _passage(top, asked), "citations": citations}


def _passage(page: Page | None, asked: dict[str, float]) -> str:
    """Return the stretch of a page that shares most with the question."""
    if page is None:
        return ""
    worth = {one: sum(asked.get(t, 0.0) for t in set(terms(one))) for one in passages(page.text)}
    return max(worth, key=lambda one: worth[one], default="")[:400]
