"""The quick way to read a record as `write` writes it; anything else is for `yamlfile`.

Knows block mappings and lists, plain and single-quoted text, literal blocks, and printable ASCII.
For what it reads, `yamlfile` reads the same; of what it does not know it says nothing at all.
"""

from __future__ import annotations

import re
from typing import Any

from jobtwin.yamlfile import plain_scalar

LONGEST = 64 * 1024
DEEPEST = 12
"""Levels; far fewer than `yamlfile` reads."""
_TEXT = re.compile(rb"[\n -~]*\n")
_ENTRY = re.compile(r"( *)((?:- )?)([A-Za-z_][A-Za-z0-9_.-]{0,200}):(?: (.+))?")
_ITEM = re.compile(r"( *)- (.+)")
_PLAIN = re.compile(r"-?[A-Za-z0-9_/(.<](?:[^:# ]|[:#](?=[^ ])| (?=[^# ]))*+(?<!:)")
"""No colon before a space or at the end, no hash sign after a space, no double or last space."""
_QUOTED = re.compile(r"'((?:[^']|'')*+)'")


class _Other(Exception):  # noqa: N818
    """Not in the form that is known here."""


def read(content: bytes) -> Any:
    """Return the data of a file that is one mapping, None where another has to read it."""
    if len(content) > LONGEST or not _TEXT.fullmatch(content):
        return None
    lines = content.decode("ascii").split("\n")
    lines.pop()
    reader = _Reader(lines)
    if lines and lines[0].startswith("# "):
        reader.at = 1
    try:
        data = reader.mapping(0, 0)
    except _Other:
        return None
    return data if reader.at == len(lines) else None


class _Reader:
    """Where the reading is: `at` is the next line."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0

    def mapping(self, indent: int, depth: int, *, first: str = "") -> dict[str, Any]:
        """Return the mapping whose keys stand at `indent`; `first` stands in for its first line."""
        if depth > DEEPEST:
            raise _Other
        data: dict[str, Any] = {}
        lines, count = self.lines, len(self.lines)
        while self.at < count:
            found = _ENTRY.fullmatch(first or lines[self.at])
            first = ""
            if found is None:
                break
            spaces, dash, key, rest = found.groups()
            if len(spaces) != indent or dash:
                break
            if key in data:
                raise _Other
            self.at += 1
            data[key] = self._value(rest, indent, depth) if rest else self._block(indent, depth)
        if not data:
            raise _Other
        return data

    def _block(self, indent: int, depth: int) -> Any:
        """Return what stands below a key: a mapping or a list, two spaces deeper."""
        line = self.lines[self.at] if self.at < len(self.lines) else ""
        inner = indent + 2
        if line[:inner].strip(" ") or len(line) <= inner or line[inner] == " ":
            raise _Other
        if line.startswith("- ", inner):
            return self._list(inner, depth + 1)
        return self.mapping(inner, depth + 1)

    def _list(self, indent: int, depth: int) -> list[Any]:
        items: list[Any] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            found = _ITEM.fullmatch(line)
            if found is None or len(found[1]) != indent:
                break
            if _ENTRY.fullmatch(found[2]):
                inside = " " * (indent + 2) + found[2]
                items.append(self.mapping(indent + 2, depth + 1, first=inside))
            else:
                self.at += 1
                items.append(self._value(found[2], indent, depth))
        return items

    def _value(self, text: str, indent: int, depth: int) -> Any:
        """Return a value that begins on its key's line; `indent` is that of the key or dash."""
        if _PLAIN.fullmatch(text):
            folded = self._continued(text, indent)
            return plain_scalar(text) if folded is text else folded
        if text[0] == "'":
            return self._quoted(text, indent)
        if text in ("[]", "{}"):
            self._refuse_continued(indent)
            return [] if text == "[]" else {}
        if text in ("|-", "|"):
            return self._literal(indent + 2) + ("\n" if text == "|" else "")
        raise _Other

    def _continued(self, text: str, indent: int) -> str:
        """Return plain text with the lines that go on with it, each after one space."""
        lines, count = self.lines, len(self.lines)
        if self.at == count or not lines[self.at].startswith(" " * (indent + 1)):
            if self.at < count and not lines[self.at].strip(" "):
                raise _Other
            return text
        parts = [text]
        while self.at < count and lines[self.at].startswith(" " * (indent + 1)):
            part = lines[self.at].lstrip(" ")
            if not _PLAIN.fullmatch(part):
                raise _Other
            parts.append(part)
            self.at += 1
        if self.at < count and not lines[self.at].strip(" "):
            raise _Other
        return " ".join(parts)

    def _quoted(self, text: str, indent: int) -> str:
        """Return quoted text; a line ends in it as a space."""
        margin = " " * (indent + 1)
        while (found := _QUOTED.fullmatch(text)) is None:
            line = self.lines[self.at] if self.at < len(self.lines) else ""
            part = line.lstrip(" ")
            if not (line.startswith(margin) and part) or part[-1] == " " or text[-1] == " ":
                raise _Other
            text = f"{text} {part}"
            self.at += 1
        self._refuse_continued(indent)
        return found[1].replace("''", "'")

    def _refuse_continued(self, indent: int) -> None:
        if self.at < len(self.lines):
            line = self.lines[self.at]
            if line.startswith(" " * (indent + 1)) or not line.strip(" "):
                raise _Other

    def _literal(self, indent: int) -> str:
        """Return the lines of a literal block; blank ones only between others."""
        found: list[str] = []
        margin = " " * indent
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.startswith(margin):
                if line:
                    break
            elif not line.strip(" ") or (not found and line[indent] == " "):
                raise _Other
            found.append(line[indent:])
            self.at += 1
        if not found or not found[0] or not found[-1]:
            raise _Other
        return "\n".join(found)
