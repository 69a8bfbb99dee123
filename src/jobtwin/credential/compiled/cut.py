"""A document, cut in two: its leaves, which are texts, and its shape, which is everything else.

Two documents of one shape differ in nothing but their leaves.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from jobtwin.credential.contexts import JsonObject

_CONTROLS = bytes({*range(1, 32), 127})
_OVERRIDE = re.compile(rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])")
"""U+202A to U+202E and U+2066 to U+2069, in UTF-8."""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
"""All that canonical N-Quads (RDFC-1.0 §5) escape once the forbidden are out; first the backslash,
which the others bring in."""
MAX_NOTES = 5_000
"""Of a shape: more than `canonical.MAX_VALUES` allow."""
GAP = b"\0"
"""Between the leaves while they are looked at together; one in a leaf makes a leaf too many."""


class Cut(Protocol):
    """A document in two."""

    @property
    def shape(self) -> Hashable:
        """Equal for two documents only if they differ in nothing but their leaves."""

    @property
    def strings(self) -> list[bytes]:
        """The leaves as canonical N-Quads write them, in UTF-8, in an order that the shape sets."""

    def identity(self) -> Hashable:
        """Return what is equal for two documents that one template may fit, types aside."""

    def leaves(self) -> list[str | None]:
        """Return the leaves as they are; None for what belongs to the shape after all."""

    def marked(self, leaves: Sequence[str | None]) -> JsonObject:
        """Return a copy of the document with other leaves, but where there is None."""


class DocumentCut:
    """A document that was built or parsed.

    Its shape tells, object by object and level by level, the keys, and then what each member is:
    `str`, `dict`, `bool` with its value, or a list's length and then what each of its items is.
    """

    __slots__ = ("_document", "_leaves", "shape", "strings")

    def __init__(
        self, document: JsonObject, shape: list[object], leaves: list[str], strings: list[bytes]
    ) -> None:
        self._document = document
        self._leaves = leaves
        self.shape = tuple(shape)
        self.strings = strings

    def identity(self) -> Hashable:
        """Return the shape, in which the keys are."""
        return self.shape

    def leaves(self) -> list[str | None]:
        """Return every leaf."""
        return [*self._leaves]

    def marked(self, leaves: Sequence[str | None]) -> JsonObject:
        """Return a copy of the document with other leaves."""
        made = copy.deepcopy(self._document)
        pending: list[Any] = [made]
        following = iter(leaves)

        def follow(item: Any) -> Any:
            if isinstance(item, dict):
                pending.append(item)
            return (next(following) or item) if isinstance(item, str) else item

        for thing in pending:
            for key, member in thing.items():
                thing[key] = [*map(follow, member)] if isinstance(member, list) else follow(member)
        return made


def cut(document: object) -> DocumentCut | None:
    """Return the document, cut.

    None if it is not made of objects, lists of no lists, texts and truth values alone, or if a
    text holds a control character, a direction override, or half of a surrogate pair.
    """
    if type(document) is not dict:
        return None
    shape: list[object] = []
    leaves: list[str] = []
    pending: list[Any] = [document]
    note, leaf, later = shape.append, leaves.append, pending.append
    for thing in pending:
        note(tuple(thing))
        if len(shape) > MAX_NOTES:
            return None
        for member in thing.values():
            kind = type(member)
            if kind is list:
                note(len(member))
            for item in member if kind is list else (member,):
                kind = type(item)
                note(kind)
                if kind is str:
                    leaf(item)
                elif kind is dict:
                    later(item)
                elif kind is bool:
                    note(str(item))
                else:
                    return None
    strings = _written(leaves)
    return DocumentCut(document, shape, leaves, strings) if strings else None


def _written(leaves: list[str]) -> list[bytes] | None:
    """Return the leaves as canonical N-Quads write them; None if one must not be signed."""
    told = GAP.decode().join(leaves)
    for character, escaped in _ESCAPES.items():
        if character in told:
            told = told.replace(character, escaped)
    try:
        content = told.encode()
    except UnicodeEncodeError:
        return None
    strings = content.split(GAP)
    return strings if len(strings) == len(leaves) and may_be_signed(content) else None


def may_be_signed(content: bytes) -> bool:
    """Say whether text in UTF-8 has no direction override, and no control character but NUL.

    White space that JSON and N-Quads escape is no character of such a text.
    """
    if len(content.translate(None, _CONTROLS)) < len(content):
        return False
    return content.isascii() or not _OVERRIDE.search(content)
