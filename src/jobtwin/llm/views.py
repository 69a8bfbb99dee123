"""A text in every disguise that an instruction may wear: what the simulated models read through.

Undone are compatibility forms, invisible characters, look-alike letters, digits for letters,
base64, hexadecimal, percent escapes, rot13 and reversal. All of it is bounded by the length of the
text, and what cannot hold an instruction is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

_INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xAD, 0xFEFF,
     *range(0xE0000, 0xE0080)]
)  # fmt: skip
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝьАЕОРСУХІЈЅВНКМТαεικνορτυχΑΒΕΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwbAEOPCYXIJSBHKMTaeiknoptuxABEHIKMNOPTYX",
)
_LEET = tuple(str.maketrans("013457@$", f"o{one}eastas") for one in "il")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){16,}")
_DIGIT_IN_WORD = re.compile(r"[A-Za-z][013457@$]+[A-Za-z]")
_SPACED = re.compile(r"(?:\b\w ){6,}\w\b")
MAX_VIEWED = 20_000
"""Characters of a passage that are looked through; a model's attention ends somewhere."""


@lru_cache(maxsize=4096)
def views(text: str) -> tuple[str, ...]:
    """Return the text as it is, then as each disguise would have it, each once."""
    return tuple(dict.fromkeys(_views(text[:MAX_VIEWED])))


def _views(text: str) -> Iterator[str]:
    yield text
    plain = text
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).translate(_LOOKALIKE)
        yield plain
        if tagged := "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) < 0xE007F):
            yield tagged
    if _DIGIT_IN_WORD.search(plain):
        yield from (plain.translate(table) for table in _LEET)
    if _SPACED.search(plain):
        yield _SPACED.sub(lambda run: run[0].replace(" ", ""), plain)
    yield from _decoded(plain)
    yield codecs.encode(plain, "rot13")
    yield plain[::-1]


def _decoded(text: str) -> Iterator[str]:
    for found in _BASE64.finditer(text):
        try:
            yield base64.b64decode(found[0] + "=" * (-len(found[0]) % 4)).decode("utf-8")
        except (binascii.Error, ValueError):
            continue
    for found in _HEX.finditer(text):
        try:
            yield bytes.fromhex(re.sub(r"[ :]", "", found[0])).decode("utf-8")
        except ValueError:
            continue
    if "%" in text and (unquoted := unquote(text)) != text:
        yield unquoted
