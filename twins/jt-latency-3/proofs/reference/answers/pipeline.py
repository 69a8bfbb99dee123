"""From a question to an answer: split comparisons, find few notes, ask once, remember, hedge.

Single facts go to one medium-sized model with three notes and a short answer. A comparison is two
single facts, looked up side by side. What was answered is remembered by the fact's question until
a note of its product changes; who asks the same at the same moment waits for the same answer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

MODEL = "sim-medium"
PASSAGES = 3
Messages = list[dict[str, str]]
Ask = Callable[[str, Messages], tuple[str, str]]
RULES = "Answer the question by the notes. Be concise: one sentence."
_PAIR = re.compile(r"(?i)^which (?P<about>.*?),? (?:on |of )?the (?P<a>\w+) or the (?P<b>\w+)\?$")
_ORDER = re.compile(r"\b(?:less|more) ")


class Pipeline:
    """The notes, and how questions are answered from them."""

    def __init__(self, notes: list[dict[str, str]], ask: Ask) -> None:
        self._lock = threading.Lock()
        self._notes: dict[str, dict[str, str]] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._with: dict[str, set[str]] = {}
        self._remembered: dict[frozenset[str], tuple[frozenset[str], Future[tuple[str, str]]]] = {}
        self._ask = ask
        self._pool = ThreadPoolExecutor(max_workers=64)
        for note in notes:
            self.replace(note)

    def replace(self, note: dict[str, str]) -> None:
        """Take in a note that has changed, and forget what was answered by its like."""
        name, text = note["id"], words(note["text"])
        with self._lock:
            for word in self._words.get(name, frozenset()):
                self._with[word].discard(name)
            for word in text:
                self._with.setdefault(word, set()).add(name)
            self._notes[name], self._words[name] = note, text
            product = words(note["product"])
            stale = [key for key, (asked, _) in self._remembered.items() if product <= asked]
            for key in stale:
                del self._remembered[key]

    def answer(self, question: str) -> dict[str, Any]:
        """Return the answer to a question, with the completions it rests on."""
        found = [future.result() for future in [self._fact(one) for one in split(question)]]
        return {
            "answer": " ".join(said for said, _ in found),
            "completions": [name for _, name in found],
        }

    def _fact(self, question: str) -> Future[tuple[str, str]]:
        """Return the answer to a single question: remembered, under way, or asked for now."""
        asked = words(question)
        with self._lock:
            if asked in self._remembered:
                return self._remembered[asked][1]
            future = self._pool.submit(self._asked, question, self._found(asked))
            self._remembered[asked] = (asked, future)
        future.add_done_callback(lambda done: self._keep(asked, done))
        return future

    def _keep(self, asked: frozenset[str], done: Future[tuple[str, str]]) -> None:
        if done.exception() is not None:
            with self._lock:
                if self._remembered.get(asked, (asked, None))[1] is done:
                    del self._remembered[asked]

    def _asked(self, question: str, passages: list[str]) -> tuple[str, str]:
        return self._ask(MODEL, _messages(passages, question))

    def _found(self, asked: frozenset[str]) -> list[str]:
        score: dict[str, float] = {}
        for word in asked:
            holders = self._with.get(word, set())
            for name in holders:
                score[name] = score.get(name, 0.0) + 1 / (8 + len(holders))
        order = sorted(score, key=lambda name: (-score[name], name))
        return [self._notes[name]["text"] for name in order[:PASSAGES]]


def split(question: str) -> list[str]:
    """Return the single questions that a question consists of."""
    found = _PAIR.match(question)
    if not found:
        return [question]
    about = _ORDER.sub("", found["about"])
    return [f"What {about}, the {found[one]}?" for one in ("a", "b")]


def words(text: str) -> frozenset[str]:
    """Return the words of a text that matter, in lower case, without their plural s."""
    return frozenset(re.sub(r"e?s?$", "", word) for word in re.findall(r"[a-z]+", text.lower()))


def _messages(passages: list[str], question: str) -> Messages:
    listed = "\n".join(f"[{number}] {text}" for number, text in enumerate(passages, start=1))
    user = f"Notes:\n<notes>\n{listed}\n</notes>\nQuestion: {question}"
    return [{"role": "system", "content": RULES}, {"role": "user", "content": user}]
