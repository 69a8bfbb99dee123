"""Which characters a text may have that is signed: what everybody sees, spelled in one way.

A signature outlives the screen on which a text was read. What is invisible, turns a line round, has
no meaning yet, or can be spelled in two ways is refused before anything is signed. What others have
signed is judged more mildly, by `canonical`: there it only has to be unambiguous.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jobtwin.credential.canonical import show, walk
from jobtwin.findings import Code, Finding

if TYPE_CHECKING:
    from jobtwin.records.base import Loaded

UNSIGNABLE = Code(
    "VC-017",
    "a text that must not go into a credential",
    why="Invisible, direction-changing and undefined characters let a signed text read otherwise "
    "than it is, or be spelled in two ways that look the same.",
    fix="Write the text again without the character that is named; emoji of several parts are made "
    "of invisible ones.",
)

_KINDS = {
    "Cc": "a control character",
    "Cf": "an invisible or direction-changing character",
    "Cs": "half of a surrogate pair",
    "Co": "of private use: it has no meaning of its own",
    "Cn": "not assigned to any character",
    "Zl": "a line separator that not every reader knows",
    "Zp": "a paragraph separator that not every reader knows",
}
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
"""Default-ignorable beside those of category Cf (Unicode, DerivedCoreProperties.txt)."""


def unsignable(text: str) -> str | None:
    """Say what is wrong with the first character that must not be signed, None where all may be.

    Line feeds and tabs may stand there. The categories are those of this Python's Unicode.
    """
    if text.isascii() and text.isprintable():
        return None
    for number, character in enumerate(text, start=1):
        if kind := _kind(character):
            name = unicodedata.name(character, "")
            shown = f"U+{ord(character):04X}{f' {name}' if name else ''}"
            return f"character {number} is {shown}, {kind}"
    if not unicodedata.is_normalized("NFC", text):
        return "it is not in Unicode's composed form (NFC), as keyboards write it"
    return None


def check_signable(document: Any) -> Iterator[Finding]:
    """Yield every text and key of a JSON document that must not be signed, with its place."""
    for path, value in walk(document):
        for text in (value, path[-1] if path else ""):
            if isinstance(text, str) and (found := unsignable(text)):
                yield UNSIGNABLE.at(found, show(path))


def check_record(loaded: Loaded[Any]) -> Iterator[Finding]:
    """Yield every text of a record's file that must not be signed, with its line and column."""
    for path, value in walk(loaded.document.data):
        if isinstance(value, str) and (found := unsignable(value)):
            name = ".".join(str(key) for key in path)
            yield loaded.finding(UNSIGNABLE, f"`{name}`: {found}", *path)


def _kind(character: str) -> str | None:
    """Return in words why a character must not be signed."""
    if character in "\n\t":
        return None
    if _INVISIBLE.fullmatch(character):
        return _KINDS["Cf"]
    return _KINDS.get(unicodedata.category(character))
