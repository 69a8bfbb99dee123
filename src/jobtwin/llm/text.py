"""Sentences and words, as the simulated models read them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])|\n+")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:[.,:/-][^\W_]+)*")
_EMPTY = frozenset(
    "a about all also am an and any are as at be been but by can could did do does for from had "
    "has have her his how i if in into is it its may me more most my no nor not of on one only or "
    "our out please shall she should so some such tell than that the their them then there these "
    "they this those to too up us was we were what when where which who whom whose why will with "
    "would you your der die das und ist von zu im in den dem ein eine le la les des un une et est "
    "de du el los las y es en que il lo gli di e".split()
)
_ENDINGS = ("ingly", "edly", "ies", "ing", "ers", "ed", "es", "er", "ly", "s")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with the words that carry its meaning."""

    text: str
    words: frozenset[str]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a word without its ending, so that `charges` and `charged` are alike."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=16_384)
def words(text: str) -> frozenset[str]:
    """Return the words of a text that carry meaning, without their endings."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(stem(word) for word in _WORD.findall(folded) if word not in _EMPTY)


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text; headings and list items are sentences too."""
    parts = (part.strip(" \t-*#>|") for part in _SENTENCE.split(text))
    return tuple(Sentence(part, words(part)) for part in parts if part)
