"""Strict YAML: bytes in, plain data with the place of every value out, or every finding at once.

Stricter than YAML on purpose: no duplicate keys, anchors, aliases, tags or merge keys, and only
`true`, `false`, `null`, plain integers and plain decimals are anything but text, so that `NO`,
`yes`, `012` and `2026-01-01` stay what was written. What the data must look like is for `records`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32

TOO_LARGE = Code(
    "YML-001",
    "the file is too large",
    why="Records are short; a large file is a mistake or an attack.",
    fix=f"Keep the file under {MAX_BYTES // 1024} KiB; large content belongs in the repository "
    "that you submit.",
)
NOT_YAML = Code(
    "YML-002",
    "the file is not YAML",
    why="It cannot be read at all, so nothing else was checked.",
    fix="Mend the syntax at the place named; indent with spaces, never with tabs.",
)
DUPLICATE_KEY = Code(
    "YML-003",
    "a key stands twice",
    why="YAML readers keep one of the two without a word, so two people may read two files.",
    fix="Remove one of the two.",
)
ANCHOR = Code(
    "YML-004",
    "anchors, aliases, tags and merge keys are not allowed",
    why="They make a file mean something other than what stands there.",
    fix="Write the value out where it is needed.",
)
NOT_TEXT = Code(
    "YML-005",
    "the file holds characters that cannot be shown",
    why="Invisible and direction-changing characters let a text read differently than it is.",
    fix="Save the file as UTF-8 and remove the character named.",
)
TOO_DEEP = Code(
    "YML-006",
    "the file is nested too deeply",
    why="No record needs it, and deep nesting is a way to break readers.",
    fix=f"Nest at most {MAX_DEPTH} levels.",
)

_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""With U+0085, U+2028 and U+2029, of which YAML readers disagree whether they end a line."""
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,399})\.[0-9]{1,1099}")
"""Without an exponent, and long enough for every float."""
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data, and where each value stands."""

    path: str
    data: Any
    places: dict[Path, Place]

    def place(self, *keys: str | int) -> Place | None:
        """Return (line, column) of a value, or of the nearest thing around it."""
        for length in range(len(keys), -1, -1):
            if found := self.places.get(tuple(keys[:length])):
                return found
        return None


def unshowable(text: str) -> str | None:
    """Return the name of the first control or direction-changing character, if there is one."""
    found = _UNSHOWABLE.search(text)
    return f"U+{ord(found.group()):04X}" if found else None


def parse(content: bytes, path: str = "") -> Document:
    """Read strict YAML; raises `Refused` with every finding."""
    if len(content) > MAX_BYTES:
        raise Refused([TOO_LARGE.at(f"the file has {len(content):,} bytes", path)])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise Refused([NOT_TEXT.at(f"byte {error.start} is not UTF-8", path, place)]) from error
    composer = _Composer(path)
    composer.findings += _unshowable_findings(text, path)
    data: Any = None
    if not composer.findings:
        data = composer.compose(text)
    if composer.findings:
        raise Refused(composer.findings)
    return Document(path, data, composer.places)


def _unshowable_findings(text: str, path: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _UNSHOWABLE.search(line):
            name = f"U+{ord(found.group()):04X}"
            yield NOT_TEXT.at(f"character {name} is not allowed", path, (number, found.start() + 1))


class _Stop(Exception):  # noqa: N818
    """The rest cannot be read; the reason is among the findings."""


class _Composer:
    """Turns the parser's events into data, noting places and findings on the way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.places: dict[Path, Place] = {}
        self.findings: list[Finding] = []

    def compose(self, text: str) -> Any:
        data: Any = None
        try:
            events = yaml.parse(text, Loader=_LOADER)
            content = (e for e in events if not isinstance(e, _FRAME))
            first = next(content, None)
            if first is not None:
                data = self._value(first, content, ())
            if extra := next(content, None):
                message = "a second document begins"
                self.findings.append(NOT_YAML.at(message, self.path, _place(extra)))
        except yaml.YAMLError as error:
            self.findings.append(self._syntax(error))
        except _Stop:
            pass
        return data

    def _syntax(self, error: yaml.YAMLError) -> Finding:
        mark = getattr(error, "problem_mark", None)
        place = (mark.line + 1, mark.column + 1) if mark else None
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        return NOT_YAML.at(str(problem), self.path, place)

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.places.setdefault(path, _place(event))
        self._refuse_extras(event)
        if len(path) > MAX_DEPTH:
            self.findings.append(TOO_DEEP.at("nested too deeply", self.path, _place(event)))
            raise _Stop
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                items.append(self._value(item, events, (*path, len(items))))
            return items
        return _scalar(event) if isinstance(event, yaml.ScalarEvent) else None

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self._refuse_extras(event)
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None:
                if not isinstance(event, yaml.AliasEvent):
                    message = "a key must be text"
                    self.findings.append(NOT_YAML.at(message, self.path, _place(event)))
                raise _Stop
            if key == "<<" and not event.style:
                self.findings.append(ANCHOR.at("`<<` is not allowed", self.path, _place(event)))
            if key in data:
                message = f"`{key}` stands twice in the same place"
                self.findings.append(DUPLICATE_KEY.at(message, self.path, _place(event)))
            self.places[(*path, key)] = _place(event)
            data[key] = self._value(next(events), events, (*path, key))
        return data

    def _refuse_extras(self, event: Any) -> None:
        anchor = getattr(event, "anchor", None)
        tag = getattr(event, "tag", None)
        if anchor or tag:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            what = f"{sign}{anchor}" if anchor else tag
            self.findings.append(ANCHOR.at(f"`{what}` is not allowed", self.path, _place(event)))
        if name := unshowable(getattr(event, "value", "")):
            message = f"an escape stands for {name}, which is not allowed"
            self.findings.append(NOT_TEXT.at(message, self.path, _place(event)))


_FRAME = (
    yaml.StreamStartEvent,
    yaml.StreamEndEvent,
    yaml.DocumentStartEvent,
    yaml.DocumentEndEvent,
)


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style is not None and event.style != "":
        return text
    return plain_scalar(text)


def plain_scalar(text: str) -> Any:
    """Return what plain text stands for: a word, a number, or itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


class _Writer(yaml.SafeDumper):
    """Writes what `parse` reads back to the same data."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    if name := unshowable(text):
        raise EngineError(f"a record cannot hold the character {name}")
    style = "|" if "\n" in text.strip("\n") else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _number(writer: _Writer, number: float) -> yaml.ScalarNode:
    if not math.isfinite(number):
        raise EngineError(f"a record cannot hold the number {number}")
    text = format(Decimal(repr(number)), "f")
    text = text if "." in text else f"{text}.0"
    return writer.represent_scalar("tag:yaml.org,2002:float", text)


_Writer.add_representer(str, _text)
_Writer.add_representer(float, _number)


def dump(data: Any, schema: str = "") -> bytes:
    """Write plain data as YAML, keys in the order given; with a line that names its JSON Schema.

    `parse` reads the same data back: text, integers of up to 18 digits, finite floats, booleans,
    None, lists and dicts with text keys. Raises EngineError for text or numbers that it refuses.
    """
    head = f"# yaml-language-server: $schema={schema}\n" if schema else ""
    text = yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)
    return (head + text).encode("utf-8")
