"""A document, cut in two: its leaves, which are texts, and its shape, which is everything else.

Two documents of one shape differ in nothing but their leaves.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jobtwin.credential.contexts import JsonObject

Shape = tuple[object, ...]
"""Level by level: the keys of each object, the type of each value, and each truth value."""

_FORBIDDEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
"""All that canonical N-Quads (RDFC-1.0 §5) escape once the forbidden are out; first the backslash,
which the others bring in."""
_GAP = "\0"


@dataclass(frozen=True, slots=True)
class Cut:
    """A document in two; its leaves in the order in which the shape has them."""

    shape: Shape
    leaves: list[str]
    strings: list[bytes]
    """The leaves as canonical N-Quads write them, in UTF-8."""


def cut(document: object) -> Cut | None:
    """Return the document, cut.

    None if it is not made of objects, lists, texts and truth values alone, or if a text holds a
    control character, a direction override, or half of a surrogate pair.
    """
    if type(document) is not dict:
        return None
    shape: list[object] = []
    leaves: list[str] = []
    pending: list[Any] = [document]
    for value in pending:
        if type(value) is dict:
            shape.append(tuple(value))
            items = value.values()
        else:
            items = value
        kinds = tuple(map(type, items))
        shape.append(kinds)
        for item, kind in zip(items, kinds, strict=True):
            if kind is str:
                leaves.append(item)
            elif kind is dict or kind is list:
                pending.append(item)
            elif kind is bool:
                shape.append(item)
            else:
                return None
    strings = _written(leaves)
    return Cut(tuple(shape), leaves, strings) if strings else None


def _written(leaves: list[str]) -> list[bytes] | None:
    told = _GAP.join(leaves)
    for character, escaped in _ESCAPES.items():
        if character in told:
            told = told.replace(character, escaped)
    if told.count(_GAP) != len(leaves) - 1:
        return None
    if not (flat := told.replace(_GAP, " ")).isprintable() and _FORBIDDEN.search(flat):
        return None
    try:
        return told.encode().split(_GAP.encode())
    except UnicodeEncodeError:
        return None


def with_leaves(document: JsonObject, leaves: Iterable[str]) -> JsonObject:
    """Return a copy of the document with other leaves."""
    made = copy.deepcopy(document)
    pending: list[Any] = [made]
    following = iter(leaves)
    for value in pending:
        for place, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, str):
                value[place] = next(following)
            elif isinstance(item, dict | list):
                pending.append(item)
    return made
