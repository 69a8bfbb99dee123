"""From a question to an answer: find notes, understand, draft, answer. Three calls of a model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MODEL = "sim-large"
PASSAGES = 14
Messages = list[dict[str, str]]
Ask = Callable[[str, Messages], tuple[str, str]]
"""(model, messages) → (text, id of the completion)."""

UNDERSTAND = "You help customers of an outdoor shop. Say briefly what it asks for."
DRAFT = "You help customers of an outdoor shop. Draft a short answer by the notes."
ANSWER = "You help customers of an outdoor shop. Answer the question by the notes, friendly."


class Pipeline:
    """The notes, and how questions are answered from them."""

    def __init__(self, notes: list[dict[str, str]], ask: Ask) -> None:
        self._notes = {note["id"]: note for note in notes}
        self._words = {note["id"]: words(note["text"]) for note in notes}
        self._products = {note["id"]: note["product"].lower() for note in notes}
        self._ask = ask

    def replace(self, note: dict[str, str]) -> None:
        """Take in a note that has changed."""
        self._notes[note["id"]] = note
        self._words[note["id"]] = words(note["text"])

    def answer(self, question: str) -> dict[str, Any]:
        """Return the answer to a question, with the completions it rests on."""
        passages = self._found(question)
        completions = []
        said = ""
        for rules in (UNDERSTAND, DRAFT, ANSWER):
            said, name = self._ask(MODEL, _messages(rules, passages, question))
            completions.append(name)
        return {"answer": said, "completions": completions}

    def _found(self, question: str) -> list[str]:
        asked = words(question)
        named = [name for name, product in self._products.items() if product in asked]
        order = sorted(named, key=lambda name: (-len(asked & self._words[name]), name))
        others = sorted(set(self._words) - set(named))
        others.sort(key=lambda name: -len(asked & self._words[name]))
        order += others
        return [self._notes[name]["text"] for name in order[:PASSAGES]]


def words(text: str) -> frozenset[str]:
    """Return the words of a text in lower case."""
    return frozenset(re.findall(r"[a-z]+", text.lower()))


def _messages(rules: str, passages: list[str], question: str) -> Messages:
    listed = "\n".join(f"[{number}] {text}" for number, text in enumerate(passages, start=1))
    user = f"Notes:\n<notes>\n{listed}\n</notes>\nQuestion: {question}"
    return [{"role": "system", "content": rules}, {"role": "user", "content": user}]
