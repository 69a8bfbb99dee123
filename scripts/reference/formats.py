"""docs/reference/files.md and schemas/: every file format, from the records' own models."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import sys
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

import jobtwin.records
from jobtwin.records import layout
from jobtwin.records.base import Part, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    Schema = dict[str, Any]

_OWN_PATH = re.compile(r"(\S+\.(?:yml|json))(?: in a kit)?[,:]")
"""How the docstring of a record begins that no function of `layout` places."""
_ELSEWHERE = {
    "gold_set": "calibration/<twin>/<set>/set.yml",
    "root": layout.ROOT,
    "round": "calibration/rounds/<mentor>/<twin>/round-<n>.yml",
}
_NAMES = {"twin_id": "twin", "identifier": "credential", "set_id": "set", "number": "n"}
_TYPES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
}
_FORMATS = {"date-time": "moment", "date": "day", "uri": "URL"}
_INTRODUCTION = """# Files

Every file that people or the platform write, with its fields. `<xx>` is the first two characters of
the id after it. The same as [JSON Schemas]({schemas}) for an editor; each of the platform's
records is written once, and has `format`, `kind`, `at` (UTC), `event` (what caused it), `previous`
(the digest of the record before it in its chain), `key` and `signature` (with that key, over the
rest of it).
A field without *optional* has to be there.
"""
_SCHEMAS = "https://json-schema.org/draft/2020-12/schema"


def models() -> list[type[Record]]:
    """Return every file format: the records that no other record is made from."""
    for item in pkgutil.iter_modules(jobtwin.records.__path__, "jobtwin.records."):
        importlib.import_module(item.name)
    found = sorted(_leaves(Record), key=lambda model: model.__name__)
    names = [model.__name__ for model in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        sys.exit(f"two records share a name: {', '.join(twice)}")
    return found


def schema(model: type[Record]) -> str:
    """Return the JSON Schema of a file format."""
    whole = {"$schema": _SCHEMAS, **model.model_json_schema(mode="validation")}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def kebab(model: type[BaseModel]) -> str:
    """Return the name of a format as files are named: StartRequest → start-request."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", model.__name__).lower()


def files_page(found: list[type[Record]]) -> str:
    """Return the page of all file formats."""
    parts = [_INTRODUCTION.format(schemas="schemas/twin.json")]
    parts += [_format(model) for model in sorted(found, key=_place)]
    return "\n".join(parts)


def _leaves(model: type[Record]) -> Iterator[type[Record]]:
    for child in model.__subclasses__():
        if child.__subclasses__():
            yield from _leaves(child)
        elif child.__module__.startswith("jobtwin."):
            yield child


def _place(model: type[Record]) -> str:
    """Return where files of a format stand, as a pattern."""
    name = kebab(model).replace("-", "_")
    function = getattr(layout, name, None)
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    if callable(function):
        return _pattern(function)
    named = _OWN_PATH.match(_said(model))
    if named is None:
        sys.exit(f"nothing says where a {model.__name__} stands: see scripts/reference/formats.py")
    return named[1]


def _pattern(function: Any) -> str:
    """Return a path of `layout` with words for its arguments."""
    words = [_NAMES.get(name, name) for name in inspect.signature(function).parameters]
    marks = [f"{chr(0xE000 + n)}{chr(0xE100 + n)}" for n in range(len(words))]
    path: str = function(*marks)
    for word, mark in zip(words, marks, strict=True):
        path = path.replace(f"/{mark}/{mark}", f"/<xx>/<{word}>").replace(mark, f"<{word}>")
    return path


def _said(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "")


def _format(model: type[Record]) -> str:
    text = re.sub(r"\A\S+\.(?:yml|json)(?:, | in a kit|: )", "", _said(model)).lstrip(": ")
    parts = [f"## {_title(model)}", f"`{_place(model)}`", _sentence(text), _table(model)]
    parts += [
        f"### {_title(model)}: {_title(part).lower()}\n\n{_said(part)}\n\n{_table(part)}"
        for part in _parts(model)
    ]
    return "\n\n".join(parts) + "\n"


def _title(model: type[BaseModel]) -> str:
    return kebab(model).replace("-", " ").capitalize()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _table(model: type[BaseModel]) -> str:
    written = model.model_json_schema(mode="validation")
    required, common = set(written.get("required", ())), _common(model)
    lines = ["| field | what | |", "|---|---|---|"]
    for name, given in written["properties"].items():
        if name in common:
            continue
        meaning = _documented(model).get(name) or given.get("description", "")
        kind = _kind(given, written) + ("" if name in required else ", *optional*")
        lines.append(f"| `{name}` | {kind} | {_cell(meaning)} |")
    return "\n".join(lines) if len(lines) > 2 else "It has no fields of its own."


def _common(model: type[BaseModel]) -> set[str]:
    """Return the fields that all of the platform's records have, which the introduction names."""
    from jobtwin.records.ledger import LedgerRecord

    whole = set(LedgerRecord.model_fields) | {"kind"}
    return whole if issubclass(model, LedgerRecord) else {"format"}


def _kind(given: Schema, whole: Schema) -> str:
    """Return what may stand in a field, in words."""
    if "$ref" in given:
        name = given["$ref"].rpartition("/")[2]
        return _kind(whole["$defs"][name], whole) if "enum" in whole["$defs"][name] else _part(name)
    if "anyOf" in given:
        known = [_kind(one, whole) for one in given["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(known))
    if "enum" in given:
        return ", ".join(f"`{_cell(str(value))}`" for value in given["enum"])
    if "const" in given:
        return f"`{given['const']}`"
    if given.get("type") == "array":
        inside = given.get("items") or {}
        return f"list of {_kind(inside, whole)}" if inside else "list"
    if given.get("type") == "object":
        return "mapping"
    return _scalar(given)


def _scalar(given: Schema) -> str:
    kind = _TYPES.get(given.get("type", ""), "anything")
    kind = _FORMATS.get(given.get("format", ""), kind)
    if "pattern" in given and len(given["pattern"]) <= 60:
        kind += f" `{_cell(given['pattern'])}`"
    bounds = [
        f"{sign} {given[name]:g}"
        for name, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if name in given
    ]
    return " ".join([kind, *bounds])


def _part(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _parts(model: type[Record]) -> list[type[BaseModel]]:
    """Return the parts that a format is made of, in the order of its schema."""
    known = {part.__name__: part for part in _every(Part)}
    named = model.model_json_schema(mode="validation").get("$defs", {})
    return [known[name] for name in sorted(named) if name in known]


def _every(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        yield child
        yield from _every(child)


@cache
def _documented(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands in the source below each field, of a model and those it is made from."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one.__module__.startswith("jobtwin."):
            found |= _below_fields(textwrap.dedent(inspect.getsource(one)))
    return found


def _below_fields(source: str) -> dict[str, str]:
    body = ast.parse(source).body[0]
    if not isinstance(body, ast.ClassDef):
        return {}
    found = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str() as text)):
                found[name] = inspect.cleandoc(text)
    return found
