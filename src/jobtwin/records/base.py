"""How a file becomes a record: strict models, and every error at its line and column.

Knows nothing of any particular format; what needs two files is a rule, not a validator.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
)
from pydantic_core import to_json

from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding
from jobtwin.records import forms, plain
from jobtwin.yamlfile import Document, dump, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

    from jobtwin.yamlfile import Place

MISSING = Code(
    "REC-001",
    "a field is missing",
    why="Without it the record does not say what it must.",
    fix="Add the field; the format is described in the folder's README.md.",
)
UNKNOWN = Code(
    "REC-002",
    "a field is not known",
    why="A misspelt field would be passed over in silence.",
    fix="Correct the spelling or remove the field.",
)
WRONG_VALUE = Code(
    "REC-003",
    "a value is not what the format allows",
    why="A value of another type or range would be misread later.",
    fix="Write the value as the message says.",
)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def stamp(moment: datetime) -> str:
    """Write a moment as records do: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_utc),
    PlainSerializer(stamp, return_type=str),
    Field(description="UTC, for example 2026-11-21T09:00:00Z"),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=forms.LINE, strip_whitespace=True)
]
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, StringConstraints(pattern=forms.HEX_64)]
ObjectId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Slug = Annotated[str, StringConstraints(pattern=forms.SLUG, max_length=64)]
TwinId = Annotated[str, StringConstraints(pattern=forms.TWIN_ID, max_length=64)]
Symbol = Annotated[str, StringConstraints(pattern=forms.SYMBOL)]
PLAIN_PATH = r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$"
LONGEST_PATH = 240
RelativePath = Annotated[str, StringConstraints(pattern=PLAIN_PATH, max_length=LONGEST_PATH)]


class Part(BaseModel):
    """A piece of a record: nothing unknown, nothing coerced, nothing changed later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Record(Part):
    """A file of the repository; `format` says which version of its format it is in."""

    format: Literal[1]


R = TypeVar("R", bound=Part)
_PLACEHOLDER = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[R]):
    """A record together with where each of its values stands in the file."""

    record: R
    document: Document

    @property
    def path(self) -> str:
        """The file's path."""
        return self.document.path

    def place(self, *keys: str | int) -> Place | None:
        """Return (line, column) of a value."""
        return self.document.place(*keys)

    def finding(self, code: Code, message: str, *keys: str | int) -> Finding:
        """Return a finding at the place of a value."""
        return code.at(message, self.path, self.place(*keys))


def load(model: type[R], content: bytes, path: str = "") -> Loaded[R]:
    """Read a file as a record; raises `Refused` with every finding."""
    return loaded(model, parse(content, path))


def as_json(content: bytes) -> str | None:
    """Return the data of a file that `plain` knows the form of as JSON, None for any other."""
    data = plain.read(content)
    return None if data is None else to_json(data).decode("utf-8")


def read(
    model: type[R],
    content: bytes,
    path: str = "",
    converted: Callable[[bytes], str | None] = as_json,
) -> R:
    """Return the record that `load` reads, for whoever asks for no places; raises `Refused`.

    `converted` does what `as_json` does, or knows what it would return.
    """
    text = converted(content)
    if text is not None:
        try:
            return model.model_validate_json(text)
        except ValidationError:
            pass  # `load` says it with the place
    return load(model, content, path).record


def loaded(model: type[R], document: Document) -> Loaded[R]:
    """Read data as a record; raises `Refused` with every finding, at the places of the document."""
    try:
        text = json.dumps(document.data)
        return Loaded(model.model_validate_json(text), document)
    except ValidationError as error:
        raise Refused(_finding(model, document, item) for item in error.errors()) from None


def write(record: Part, schema: str = "") -> bytes:
    """Write a record as the YAML file it is kept in; fields that are None are left out."""
    return dump(record.model_dump(mode="json", exclude_none=True), schema)


def _finding(model: type[Part], document: Document, error: ErrorDetails) -> Finding:
    keys = tuple(key for key in error["loc"] if not str(key).startswith("function-"))
    place = document.place(*keys)
    where = ".".join(str(key) for key in keys) or "the file"
    if not keys and document.data is None:
        return WRONG_VALUE.at("the file is empty", document.path, place)
    if error["type"] == "missing":
        return MISSING.at(f"`{where}` is missing", document.path, place)
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, keys[:-1])
        close = difflib.get_close_matches(str(keys[-1]), known, n=1)
        guess = f"; did you mean `{close[0]}`?" if close else ""
        return UNKNOWN.at(f"`{where}` is not a known field{guess}", document.path, place)
    return WRONG_VALUE.at(f"`{where}`: {_in_words(error)}", document.path, place)


def _in_words(error: ErrorDetails) -> str:
    """Return what is wrong with a value in words for whoever wrote it, who knows no patterns."""
    value = error["input"]
    if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
        return "the placeholder still stands here; put your own value in its place"
    if error["type"] == "bool_type":
        return "write `true` or `false`"
    form = error.get("ctx", {}).get("pattern")
    if error["type"] == "string_pattern_mismatch" and form in forms.IN_WORDS:
        return f"this must be {forms.IN_WORDS[form]}"
    return error["msg"][:1].lower() + error["msg"][1:]


def _fields_at(model: type[Part], keys: tuple[str | int, ...]) -> list[str]:
    """Return the field names of the model that stands at `keys`, as far as that is plain."""
    names = list(model.model_fields)
    for key in keys:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model, names = inner, list(inner.model_fields)
    return names


def _model_in(annotation: Any) -> type[Part] | None:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    found = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in found if model), None)
