"""BM25 over words and their 4-grams.

A page is the chunk. Superseded revisions are left out of the index; one citation is given.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .glossary import THINGS, TOPICS
from .ingestion import Page

K1, B = 1.2, 0.4
GRAM = 4
PASSAGE = 2.0
REPLACES = re.compile(
    r"supersedes|ersetzt Ausgabe|remplace la r|Sustituye a la|置き換わり|以本版为准", re.IGNORECASE
)


def terms(text: str) -> list[str]:
    """Return words and 4-grams of a text, folded; wide scripts in pairs of signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = []
    for word in re.findall(r"[a-z0-9]+|[^\W\d_a-z]+", plain):
        if word.isascii():
            found.append(word)
            found += [f"#{word[n : n + GRAM]}" for n in range(len(word) - GRAM + 1)]
        else:
            found += [word[n : n + 2] for n in range(max(1, len(word) - 1))]
    return found


def widened(query: str) -> str:
    """Return a question with the documents' words for what it asks behind it."""
    things = [word for phrase, word in THINGS.items() if phrase in query]
    topics = [words for pattern, words in TOPICS.items() if re.search(pattern, query)]
    return " ".join((query, *things, *things, *topics))


def passages(text: str) -> list[str]:
    """Return stretches of three lines, each overlapping the next: where one fact is stated."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [" ".join(lines[n : n + 3]) for n in range(max(1, len(lines) - 2))]


class Index:
    def __init__(self, pages: Iterable[Page]) -> None:
        self.pages = _current(list(pages))
        self.counts = [Counter(terms(page.text)) for page in self.pages]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.lengths) / max(1, len(self.lengths)) or 1.0
        self.passages = [[set(terms(one)) for one in passages(page.text)] for page in self.pages]
        self.spread = Counter(term for count in self.counts for term in count)

    def rarity(self, term: str) -> float:
        rare = self.spread[term]
        weight = 0.35 if term.startswith("#") else 1.0
        return weight * math.log(1 + (len(self.pages) - rare + 0.5) / (rare + 0.5))

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
        asked = {term: self.rarity(term) for term in terms(widened(query))}
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


def _current(pages: list[Page]) -> list[Page]:
    """Return the pages without those of documents that a later revision replaces."""
    texts: dict[str, str] = {}
    for page in pages:
        texts[page.doc_id] = texts.get(page.doc_id, "") + " " + page.text
    words = {name: re.findall(r"\w+", text) for name, text in texts.items()}
    newer = [name for name, text in texts.items() if REPLACES.search(text)]
    gone = {old for name in newer if (old := _twin(name, words)) is not None}
    return [page for page in pages if page.doc_id not in gone]


def _twin(name: str, words: dict[str, list[str]]) -> str | None:
    """Return the document that says nearly the same, if there is one."""
    own = Counter(words[name])
    size = sum(own.values())
    best, ratio = None, 0.0
    for other, said in words.items():
        if other != name and abs(len(said) - size) < 0.25 * size:
            shared = sum((own & Counter(said)).values()) / max(size, len(said))
            if shared > ratio:
                best, ratio = other, shared
    return best if ratio > 0.7 else None
