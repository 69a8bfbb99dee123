"""What is let through to the model: of each text, the sentences that ask nothing of it."""

from __future__ import annotations

import re

from .detecting import is_order
from .views import normal

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_LETTERS = re.compile(r"[^\W\d_]+")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text as a reader sees them."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def clean(text: str) -> tuple[str, int]:
    """Return the text without the sentences that are orders or cannot be read, and their number."""
    every = sentences(text)
    kept = [normal(sentence) for sentence in every if not is_order(sentence)]
    # A text in pieces says nothing that its whole would not: look once more at what is left.
    if is_order(" ".join(kept)):
        kept = [sentence for sentence in kept if sentence.endswith("?")]
    return "\n".join(kept), len(every) - len(kept)


def question(message: str) -> str:
    """Return the questions of a message, or all of it where it asks none."""
    asked = [sentence for sentence in sentences(message) if sentence.endswith("?")]
    return " ".join(asked) or message


def relevant(question: str, texts: list[str], most: int = 3) -> list[str]:
    """Return the sentences that share most words with a question, the best first."""
    asked = {word.casefold() for word in _LETTERS.findall(question) if len(word) > 2}
    every = [sentence for text in texts for sentence in sentences(text)]
    scored = [
        (len(asked & {word.casefold() for word in _LETTERS.findall(one)}), -number, one)
        for number, one in enumerate(every)
    ]
    return [one for score, _, one in sorted(scored, reverse=True)[:most] if score]
