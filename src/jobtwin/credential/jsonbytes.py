"""Hostile bytes → JSON with one meaning; JSON → bytes that are the same everywhere.

Python's `json` reads more than JSON (NaN, duplicate keys, lone surrogates) and can be made to
recurse without end. Here each of these is a finding.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from json.encoder import encode_basestring
from typing import Any, NoReturn

from jobtwin.errors import Refused
from jobtwin.findings import Code

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64

NOT_JSON = Code(
    "VC-001",
    "not JSON in UTF-8",
    why="Every verifier must read the same value; bytes that are not JSON have none.",
    fix="Fetch the file again; it may have been cut off or re-encoded on the way.",
)
DUPLICATE_KEY = Code(
    "VC-002",
    "a key stands twice",
    why="One reader takes the first value, another the last: a document with two faces.",
    fix="Keep one of the two.",
)
BAD_NUMBER = Code(
    "VC-003",
    "a number that JSON does not have",
    why="NaN, Infinity and numbers beyond double precision are read differently by every parser.",
    fix="Write the number as a string, or a smaller one.",
)
TOO_DEEP = Code(
    "VC-004",
    f"nested deeper than {MAX_DEPTH} levels",
    why="Deep nesting crashes parsers; no credential needs it.",
    fix="This is not a credential. Do not trust where it came from.",
)
TOO_LARGE = Code(
    "VC-005",
    "too large",
    why="What is read before it is trusted must have a bound.",
    fix="This is not a credential of the usual kind; those have a few kilobytes.",
)
SURROGATE = Code(
    "VC-006",
    "half of a surrogate pair",
    why="It is not a character, cannot be written as UTF-8, and parsers replace it differently.",
    fix="Write the character itself.",
)

_NESTING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_MAX_INTEGER = 2**53 - 1
_MAX_NAMED = 20


def parse_json(content: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Return the one value that `content` stands for (RFC 8259, I-JSON), or raise `Refused`."""
    if len(content) > max_bytes:
        found = TOO_LARGE.at(f"{len(content)} bytes, where at most {max_bytes} are read")
        raise Refused([found])
    depth = _depth(content)
    if depth > MAX_DEPTH:
        raise Refused([TOO_DEEP.at(f"nested {depth} levels deep")])
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise Refused([NOT_JSON.at(f"not UTF-8 at byte {error.start}")]) from error
    except json.JSONDecodeError as error:
        place = (error.lineno, error.colno)
        raise Refused([NOT_JSON.at(f"not JSON: {error.msg}", place=place)]) from error
    if _SURROGATE_ESCAPE.search(content):
        _refuse_surrogates(value)
    return value


def parse_object(content: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Return the JSON object that `content` stands for, or raise `Refused`."""
    value = parse_json(content, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise Refused([NOT_JSON.at("a JSON object is expected here, in braces")])
    return value


def to_bytes(value: Any) -> bytes:
    """Return the bytes that are published: UTF-8, indent 2, keys as built, a final newline."""
    try:
        text = _indented(value, "\n")
    except _Unusual:
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode()


class _Unusual(Exception):  # noqa: N818
    """The library is asked instead."""


def _indented(value: Any, margin: str) -> str:
    """Write what `json.dumps` writes with two spaces, for plain values; it takes half the time."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict and value:
        if not all(type(key) is str for key in value):
            raise _Unusual
        inner = margin + "  "
        items = [f"{encode_basestring(k)}: {_indented(v, inner)}" for k, v in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{margin}}}"
    if kind is list and value:
        inner = margin + "  "
        return f"[{inner}{f',{inner}'.join([_indented(item, inner) for item in value])}{margin}]"
    if kind is int:
        return repr(value)
    if kind is float or kind is bool or kind is dict or kind is list or value is None:
        return json.dumps(value, allow_nan=False)
    raise _Unusual


def jcs(value: Any) -> bytes:
    """Return the RFC 8785 form of `value`, or raise `Refused` where there is none."""
    import rfc8785

    from jobtwin import canonicaljson

    try:
        return canonicaljson.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise Refused([BAD_NUMBER.at(f"no canonical JSON form: {error}")]) from error
    except UnicodeEncodeError as error:
        raise Refused([SURROGATE.at("a text holds half of a surrogate pair")]) from error


def _depth(content: bytes) -> int:
    """Return the deepest nesting, brackets in strings left out, without recursion."""
    deepest = depth = 0
    for token in _NESTING.finditer(content):
        first = content[token.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    times = Counter(name for name, _ in pairs)
    twice = sorted(name for name in times if times[name] > 1)[:_MAX_NAMED]
    raise Refused(
        [DUPLICATE_KEY.at(f"the key {name!r} stands twice in one object") for name in twice]
    )


def _no_constant(text: str) -> NoReturn:
    raise Refused([BAD_NUMBER.at(f"{text} is not a JSON number")])


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _MAX_INTEGER:
        raise Refused([BAD_NUMBER.at(f"{text[:20]} is beyond ±(2^53 - 1)")])
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Refused([BAD_NUMBER.at(f"{text[:20]} is beyond double precision")])
    return value


def _refuse_surrogates(value: Any) -> None:
    """Raise `Refused` if any text in `value` cannot be written as UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Refused([SURROGATE.at("a text holds half of a surrogate pair")]) from error
