"""One spelling for the many ways in which people type a name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NOT_A_WORD = re.compile(r"[^0-9a-z]+")
_UNIT_BORDER = re.compile(r"(?<=[0-9])(?=[a-z])|(?<=[a-z])(?=[0-9])")


@lru_cache(maxsize=4096)
def plain_name(text: str) -> str:
    """Small letters, no signs, one space between words and between a number and its unit."""
    text = text.replace("®", " ").replace("™", " ")
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_UNIT_BORDER.sub(" ", _NOT_A_WORD.sub(" ", text)).split())
