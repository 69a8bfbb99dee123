"""The text of a JSON file, cut at its quotes: its strings, and its shape, which is what is between.

Two texts of one shape with the same keys are the same document but for their leaves, and nothing
has to be parsed to see it. A text of a shape and keys that were once a JSON object without doubled
keys is such an object again.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any

from jobtwin.credential.compiled.cut import GAP, may_be_signed
from jobtwin.credential.contexts import JsonObject

_AS_IN_N_QUADS = frozenset(b'"\\\\nrt')
"""What JSON and canonical N-Quads (RDFC-1.0 §5) escape alike."""
_BACKSLASH, _QUOTE = b"\1", b"\2"
"""Stand for an escaped backslash and an escaped quote while the text is cut."""


class TextCut:
    """A file's text, cut. Its strings are as they are written, which is as N-Quads write them."""

    __slots__ = ("shape", "strings")

    def __init__(self, shape: bytes, strings: list[bytes]) -> None:
        self.shape = shape
        self.strings = strings

    def identity(self) -> Hashable:
        """Return the shape with the keys."""
        keys = (string for string, key in zip(self.strings, self._keys(), strict=True) if key)
        return self.shape, *keys

    def leaves(self) -> list[str | None]:
        """Return each string, or None for a key."""
        return [
            None if key else json.loads(b'"%b"' % string)
            for string, key in zip(self.strings, self._keys(), strict=True)
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

    def _keys(self) -> list[bool]:
        """Return for each string whether a colon comes after it."""
        return [part.lstrip().startswith(b":") for part in self.shape.split(b'"')[1:]]


def cut_text(content: bytes) -> TextCut | None:
    r"""Return a JSON text, cut, or None where its strings are not written as N-Quads write them.

    That is in UTF-8, with no other escapes than the five that are needed where control characters
    are refused, as are direction overrides here. What is no JSON may be cut as well, but each of
    its strings is a string of JSON.
    """
    if GAP in content or _BACKSLASH in content or _QUOTE in content:
        return None
    escapes = _escapes(content)
    if not escapes <= _AS_IN_N_QUADS:
        return None
    plain = escapes.isdisjoint(b'\\"')
    parts = (content if plain else _with_marks(content)).split(b'"')
    if len(parts) % 2 == 0:  # the last string does not end
        return None
    strings = parts[1::2]
    told = GAP.join(strings)
    if not plain:
        told = told.replace(_QUOTE, b'\\"').replace(_BACKSLASH, b"\\\\")
        strings = told.split(GAP)
    if not may_be_signed(told) or not _is_utf8(told):
        return None
    return TextCut(b'"'.join(parts[::2]), strings)


def _with_marks(content: bytes) -> bytes:
    """Return the text with no backslash and no quote in its strings but those of `\\n` and such."""
    # In a run of backslashes every second one is escaped by the one before it.
    return content.replace(b"\\\\", _BACKSLASH).replace(b'\\"', _QUOTE)


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _escapes(content: bytes) -> set[int]:
    """Return every byte that stands behind a backslash; a backslash behind one escapes nothing."""
    found: set[int] = set()
    place = content.find(b"\\")
    while place >= 0:
        found.update(content[place + 1 : place + 2])
        place = content.find(b"\\", place + 2)
    return found
