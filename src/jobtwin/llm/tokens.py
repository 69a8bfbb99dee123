"""How long a text is in tokens, and where it is cut: one simple rule for all simulated models.

A token is up to four letters or digits of a word, one other sign, or one character of a script
that writes without spaces.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ONE = (
    r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,4}"
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\w\s]|_"
)
_COUNTED = re.compile(_ONE)
_TOKEN = re.compile(rf"{_ONE}|\s+")


@lru_cache(maxsize=4096)
def count(text: str) -> int:
    """Return the number of tokens; white space belongs to the token that follows."""
    return len(_COUNTED.findall(text))


def cut(text: str, most: int) -> str:
    """Return the beginning of a text that is at most so many tokens long."""
    taken, end = 0, 0
    for found in _TOKEN.finditer(text):
        if not found[0].isspace():
            if taken == most:
                return text[:end]
            taken += 1
        end = found.end()
    return text


def pieces(text: str) -> list[str]:
    """Return a text token by token, as it is streamed; together they are the text."""
    found: list[str] = []
    space = ""
    for token in _TOKEN.findall(text):
        if token.isspace():
            space += token
        else:
            found.append(space + token)
            space = ""
    if space and found:
        found[-1] += space
    return found or ([space] if space else [])
