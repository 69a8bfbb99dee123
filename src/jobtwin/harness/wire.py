"""Plan, Returned, Submission… as JSON bytes, so that each trust level is a job of its own.

Encoding is canonical: same value, same bytes. Decoding takes the bytes as hostile and accepts
exactly what encoding writes: every field, no other, exact types, finite numbers, safe paths.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.harness import contract
from jobtwin.harness.file_tree import unsafe_paths
from jobtwin.harness.hostile_json import Bounds, read

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG_SHAPE = Code(
    "WIR-001",
    "not what another step of the evaluation writes",
    why="the steps prepare, run and score trust each other's bytes no more than a stranger's",
    fix="pass the file on as the step before wrote it; if it was, the versions differ",
)

FORMAT = 1
BOUNDS = Bounds(size=512 * 1024 * 1024, depth=48, values=2_000_000)

Message = TypeVar("Message")


def encode(message: object) -> bytes:
    """Return the canonical bytes of a message, a dataclass of this package."""
    document = {
        "format": FORMAT,
        "kind": type(message).__name__.lower(),
        "value": _plain(message),
    }
    text = json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode("utf-8") + b"\n"


def decode(kind: type[Message], data: bytes, bounds: Bounds = BOUNDS) -> Message:
    """Return the message of type `kind` in `data`; raises Refused, and nothing else."""
    document = read(data, bounds)
    value = _fields(document, ("format", "kind", "value"), "message")
    if type(value["format"]) is not int or value["format"] != FORMAT:
        raise _wrong("format", f"must be {FORMAT}")
    if value["kind"] != kind.__name__.lower():
        raise _wrong("kind", f"must be {kind.__name__.lower()}")
    message: Message = _reader(cast("Any", kind))(value["value"], "value")
    return message


def _plain(value: Any) -> Any:
    """Dataclasses become objects, bytes base64, times text; JSON stays what it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


@cache
def _reader(hint: Any) -> Callable[[Any, str], Any]:
    """Return the function (value, place) → typed value for a type of the contract."""
    if hint is Any:
        return lambda value, _: value
    if is_dataclass(hint):
        return _dataclass_reader(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Mapping:
        return _mapping_reader(inner[1])
    if origin is tuple:
        return _tuple_reader(inner[0])
    if origin is types.UnionType:
        return _optional_reader(next(arm for arm in inner if arm is not types.NoneType))
    return _scalar_reader(hint)


def _dataclass_reader(kind: Any) -> Callable[[Any, str], Any]:
    hints = get_type_hints(kind)
    names = tuple(field.name for field in fields(kind))

    def read_object(value: Any, place: str) -> Any:
        given = _fields(value, names, place)
        return kind(
            **{name: _reader(hints[name])(given[name], f"{place}.{name}") for name in names}
        )

    return read_object


def _mapping_reader(hint: Any) -> Callable[[Any, str], Any]:
    def read_mapping(value: Any, place: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise _wrong(place, "must be an object")
        if hint is bytes:
            findings = unsafe_paths(value)
            if findings:
                raise Refused(findings)
        reader = _reader(hint)
        return {key: reader(inner, f"{place}[{key[:80]!r}]") for key, inner in value.items()}

    return read_mapping


def _tuple_reader(hint: Any) -> Callable[[Any, str], Any]:
    def read_tuple(value: Any, place: str) -> tuple[Any, ...]:
        if type(value) is not list:
            raise _wrong(place, "must be an array")
        reader = _reader(hint)
        return tuple(reader(inner, f"{place}[{number}]") for number, inner in enumerate(value))

    return read_tuple


def _optional_reader(hint: Any) -> Callable[[Any, str], Any]:
    return lambda value, place: None if value is None else _reader(hint)(value, place)


def _scalar_reader(hint: Any) -> Callable[[Any, str], Any]:
    parsers: dict[Any, Callable[[str], Any]] = {
        bytes: _bytes,
        datetime: _time,
        contract.Outcome: contract.Outcome,
    }
    parse = parsers.get(hint)

    def read_scalar(value: Any, place: str) -> Any:
        if parse is not None:
            return _parsed(parse, value, place)
        if hint is float and type(value) is int:
            return float(value)
        if type(value) is not hint or (hint is float and not math.isfinite(value)):
            raise _wrong(place, f"must be of type {hint.__name__}")
        return value

    return read_scalar


def _parsed(parse: Callable[[str], Any], value: Any, place: str) -> Any:
    if type(value) is not str:
        raise _wrong(place, "must be text")
    try:
        return parse(value)
    except ValueError:
        raise _wrong(place, "has a value that it cannot have") from None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.isoformat(timespec="microseconds") != text or time.utcoffset() != UTC.utcoffset(None):
        raise ValueError("not a UTC time as we write it")
    return time


def _fields(value: Any, names: tuple[str, ...], place: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise _wrong(place, "must be an object")
    if set(value) != set(names):
        raise _wrong(place, f"must have exactly the fields {', '.join(names)}")
    return value


def _wrong(place: str, what: str) -> Refused:
    return Refused([WRONG_SHAPE.at(f"{place[:300]} {what}")])
