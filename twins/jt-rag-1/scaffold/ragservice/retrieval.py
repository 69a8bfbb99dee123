"""BM25 over words split at blanks, a page as the chunk, the best page as citation and answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .ingestion import Page

K1, B = 1.2, 0.75


def words(text: str) -> list[str]:
    return text.split()


class Index:
    def __init__(self, pages: Iterable[Page]) -> None:
        self.pages = list(pages)
        self.counts = [Counter(words(page.text)) for page in self.pages]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.lengths) / max(1, len(self.lengths)) or 1.0
        self.spread = Counter(word for count in self.counts for word in count)

    def score(self, terms: list[str], number: int) -> float:
        count, total = self.counts[number], 0.0
        norm = K1 * (1 - B + B * self.lengths[number] / self.mean)
        for term in terms:
            if found := count.get(term, 0):
                rare = self.spread[term]
                idf = math.log(1 + (len(self.pages) - rare + 0.5) / (rare + 0.5))
                total += idf * found * (K1 + 1) / (found + norm)
        return total

    def ranked(self, query: str) -> list[tuple[float, Page]]:
        terms = words(query)
        scored = [(self.score(terms, n), page) for n, page in enumerate(self.pages)]
        return sorted(scored, key=lambda pair: (-pair[0], pair[1].doc_id, pair[1].number))

    def answer(self, query: str, top_k: int) -> dict[str, Any]:
        best: dict[str, tuple[float, Page]] = {}
        for score, page in self.ranked(query):
            if score > 0:
                best.setdefault(page.doc_id, (score, page))
        results = [
            {"doc_id": page.doc_id, "page": page.number, "score": round(score, 4)}
            for score, page in list(best.values())[: min(top_k, 10)]
        ]
        top = [page for _, page in list(best.values())[:3]]
        citations = [{"doc_id": page.doc_id, "page": page.number} for page in top]
        return {"results": results, "answer": top[0].text[:400] if top else "", "citations": citations}
