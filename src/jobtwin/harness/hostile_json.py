"""Reading JSON that somebody hostile wrote: bounded in bytes, depth, values and digits.

Strictly RFC 8259, and narrower: no duplicate names, no NaN or infinity, integers within 64
bits, no lone surrogates. What stands for nothing else here stands for nothing at all.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from jobtwin.errors import Refused
from jobtwin.findings import Code

if TYPE_CHECKING:
    from jobtwin.harness.contract import Json

TOO_LARGE = Code(
    "JSN-001",
    "JSON that is too large, too deep or of too many values",
    why="what comes out of a sandbox or a file of a learner is read with bounds",
    fix="send less: the bounds are on the twin's page",
)
NOT_JSON = Code(
    "JSN-002",
    "not the JSON that everybody reads alike",
    why="NaN, duplicate names, huge numbers and broken text mean different things to "
    "different readers",
    fix="write it with a JSON library: UTF-8, no NaN or Infinity, no name twice, integers "
    "within 64 bits",
)

_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is read at most."""

    size: int = 1024 * 1024
    """Bytes."""
    depth: int = 32
    values: int = 100_000
    """Objects, arrays, names and scalars together."""


def read(data: bytes, bounds: Bounds = Bounds(), path: str = "") -> Json:
    """Return the JSON value in `data`; `path` is what the finding names.

    Raises Refused, and nothing else, when it is not within `bounds` or not strict JSON.
    """
    if len(data) > bounds.size:
        raise Refused([TOO_LARGE.at(f"more than {bounds.size:,} bytes", path)])
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise Refused([TOO_LARGE.at(f"deeper than {bounds.depth} levels", path)]) from None
    except ValueError as error:
        raise Refused([NOT_JSON.at(str(error)[:300], path)]) from None
    _check(value, bounds, path)
    return value


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise ValueError("an integer beyond 64 bits")
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number too large for a double")
    return number


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _check(value: Json, bounds: Bounds, path: str) -> None:
    """Walk level by level, without recursion."""
    level, count, depth = [value], 0, 0
    while level:
        count += len(level)
        depth += 1
        if count > bounds.values:
            raise Refused([TOO_LARGE.at(f"more than {bounds.values:,} values", path)])
        if depth > bounds.depth and any(isinstance(item, dict | list) for item in level):
            raise Refused([TOO_LARGE.at(f"deeper than {bounds.depth} levels", path)])
        if any(isinstance(item, str) and _broken(item) for item in level):
            raise Refused([NOT_JSON.at("half a surrogate pair", path)])
        level = [inner for item in level for inner in _inside(item)]


def count(value: Json) -> int:
    """Return how many values `Bounds.values` counts in one that was read."""
    level, found = [value], 0
    while level:
        found += len(level)
        level = [inner for item in level for inner in _inside(item)]
    return found


def _inside(item: Json) -> list[Json]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list) else []


def _broken(text: str) -> bool:
    return not text.isascii() and any(ord(sign) in _SURROGATES for sign in text)
