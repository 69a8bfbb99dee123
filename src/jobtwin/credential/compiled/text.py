"""The text of a JSON file, cut at its quotes: its strings, and its shape, which is what is between.

Two texts of one shape with the same keys are the same document but for their leaves, and nothing
has to be parsed to see it. A text of a shape and keys that were once a JSON object without doubled
keys is such an object again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jobtwin.credential.compiled.cut import GAP, may_be_signed
from jobtwin.credential.contexts import JsonObject

_BACKSLASH, _QUOTE = b"\1", b"\2"
"""Stand for an escaped backslash and an escaped quote while the text is cut."""


class TextCut:
    """A file's text, cut. Its strings are as they are written, which is as N-Quads write them."""

    __slots__ = ("shape", "strings")

    def __init__(self, shape: bytes, strings: list[bytes]) -> None:
        self.shape = shape
        self.strings = strings

    def leaves(self) -> list[str | None]:
        """Return each string, or None for a key."""
        after = [part.lstrip() for part in self.shape.split(b'"')[1:]]
        return [
            None if between.startswith(b":") else json.loads(b'"%b"' % string)
            for between, string in zip(after, self.strings, strict=True)
        ]

    def marked(self, leaves: Sequence[str | None]) -> JsonObject:
        """Return the document that the text is, with other leaves."""
        written = [
            b'"%b"' % string if leaf is None else json.dumps(leaf).encode()
            for string, leaf in zip(self.strings, leaves, strict=True)
        ]
        first, *rest = self.shape.split(b'"')
        pairs = zip(written, rest, strict=True)
        made: Any = json.loads(first + b"".join(a + b for a, b in pairs))
        return dict(made)


def cut_text(content: bytes) -> TextCut | None:
    r"""Return a JSON text, cut, or None where its strings are not written as N-Quads write them.

    Canonical N-Quads (RDFC-1.0 §5) and JSON escape `"`, `\`, line feed, return and tab alike, and
    need no other escape where control characters are refused, as are direction overrides here.
    What is no JSON may be cut as well.
    """
    if not may_be_signed(content) or GAP in content:
        return None
    if b"\\" not in content:
        parts = content.split(b'"')
        return TextCut(b'"'.join(parts[::2]), parts[1::2])
    marked = _mark(content)
    if marked is None:
        return None
    parts = marked.split(b'"')
    strings = parts[1::2]
    if _QUOTE in marked or _BACKSLASH in marked:
        told = GAP.join(strings).replace(_QUOTE, b'\\"').replace(_BACKSLASH, b"\\\\")
        strings = told.split(GAP)
    return TextCut(b'"'.join(parts[::2]), strings)


def _mark(content: bytes) -> bytes | None:
    """Return the text with one byte for each escaped quote and backslash.

    None where there is an escape that canonical N-Quads write otherwise.
    """
    pieces = iter(content.split(b"\\"))
    made = [next(pieces)]
    for piece in pieces:
        if not piece:
            made += (_BACKSLASH, next(pieces, b""))
        elif piece[:1] == b'"':
            made += (_QUOTE, piece[1:])
        elif piece[:1] in (b"n", b"r", b"t"):
            made += (b"\\", piece)
        else:
            return None
    return b"".join(made)
