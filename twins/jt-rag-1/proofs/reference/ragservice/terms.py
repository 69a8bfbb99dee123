"""Terms of a text in any script: words with their 4-grams, and pairs of signs where no blanks are.

4-grams find a word that recognition spoilt or a language inflected; pairs stand for words in
Chinese and Japanese. Nothing here knows a word of any language.
"""

from __future__ import annotations

import re
import unicodedata

GRAM = 4
_PIECE = re.compile(r"[a-z0-9]+|[^\W\d_a-z]+")


def words(text: str) -> list[str]:
    """Return the words of a text, folded and without accents; of wide scripts pairs of signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = []
    for piece in _PIECE.findall(plain):
        if piece.isascii():
            found.append(piece)
        else:
            found += [piece[n : n + 2] for n in range(max(1, len(piece) - 1))]
    return found


def terms(text: str) -> list[str]:
    """Return words, and the 4-grams of those that have some, marked by `#`."""
    found = words(text)
    grams = (word for word in found if word.isascii())
    return found + [f"#{word[n : n + GRAM]}" for word in grams for n in range(len(word) - GRAM + 1)]


def is_gram(term: str) -> bool:
    """Say whether a term is a 4-gram."""
    return term.startswith("#")


def passages(text: str, lines: int = 3) -> list[str]:
    """Return stretches of some lines, each beginning a line later: about where one fact stands."""
    kept = [line for line in text.splitlines() if line.strip()]
    return [" ".join(kept[n : n + lines]) for n in range(max(1, len(kept) - lines + 1))]
