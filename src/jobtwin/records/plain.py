"""The quick way to read a record as `write` writes it; anything else is for `yamlfile`.

Knows block mappings and lists, plain and single-quoted text, literal blocks, and printable ASCII.
For what it reads, `yamlfile` reads the same; of what it does not know it says nothing at all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jobtwin.yamlfile import plain_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 64 * 1024
_DEEPEST = 24
"""Spaces before a key or a dash: twelve levels, far fewer than `yamlfile` reads."""
_TEXT = re.compile(rb"[\n -~]*\n")
_KEY = re.compile(rf"( {{0,{_DEEPEST}}})(- )?+([A-Za-z_][A-Za-z0-9_.-]{{0,200}})")
_ITEM = re.compile(rf"( {{0,{_DEEPEST}}})- (.+)")
_PLAIN = re.compile(r"-*+[A-Za-z0-9_/(.<][^:# ]*+(?:(?:[:#](?=[^ ])| (?=[^# ]))[^:# ]*+)*+(?<!:)")
"""No colon before a space or at the end, no hash sign after a space, no double or last space."""
_QUOTED = re.compile(r"'((?:[^']|'')*+)'")
_BLOCK, _LONG = object(), object()
"""What stands for a value that begins below its line, and for one that may go on there."""


class _Other(Exception):  # noqa: N818
    """Not in the form that is known here."""


def read(content: bytes) -> Any:
    """Return the data of a file that is one mapping, None where another has to read it."""
    if len(content) > LONGEST or not _TEXT.fullmatch(content):
        return None
    lines = content.decode("ascii").split("\n")
    lines.pop()
    if lines[0].startswith("# "):
        del lines[0]
    try:
        return _mapping(lines)
    except _Other:
        return None


def _mapping(lines: Sequence[str]) -> dict[str, Any]:
    """Return the data of all lines; raises `_Other`."""
    whole: dict[str, Any] = {}
    # What a line belongs to, by how many times two spaces it begins with.
    levels: list[Any] = [whole]
    top, key, is_open, at, count = levels[0], "", False, 0, len(lines)
    while at < count:
        found = _line(lines[at])
        if found is None:
            top[key or -1], at = _folded(lines, at)
            continue
        depth, is_item, name, value = found
        deep = len(levels)
        if depth > deep or is_open is not (depth == deep):
            raise _Other
        if is_open:
            top[key] = [] if is_item else {}
            levels.append(top[key])
        del levels[depth + 1 :]
        top, key = levels[depth], name
        if (top.__class__ is list) is not is_item or (not is_item and key in top):
            raise _Other
        if is_item:
            top.append({})
            if key:
                top = top[-1]
                levels.append(top)
        at += 1
        is_open = value is _BLOCK
        if value is _LONG:
            value, at = _long(lines, at)
        top[key or -1] = value
    if is_open or not whole:
        raise _Other
    return whole


@lru_cache(maxsize=8192)  # most lines of a record stand in many others
def _line(line: str) -> tuple[int, bool, str, Any] | None:
    """Return a line's depth, whether it begins an item, its key, and the value if it is short.

    None where it goes on with what began above it. Raises `_Other`.
    """
    found = _parts(line)
    if found is None:
        return None
    depth, is_item, key, text = found
    value: Any = _LONG
    if not text:
        value = _BLOCK
    elif _PLAIN.fullmatch(text):
        value = plain_scalar(text)
    elif quoted := _QUOTED.fullmatch(text):
        value = _unquoted(quoted)
    return depth, is_item, key, value


def _parts(line: str) -> tuple[int, bool, str, str] | None:
    """Return a line's depth, whether it begins an item, its key, and what follows.

    None where it has neither a key nor a dash. Raises `_Other`.
    """
    before, colon, text = line.partition(": ")
    if not colon:
        before = line[:-1] if line.endswith(":") else ""
    if begun := _begun(before):
        return (*begun, text)
    item = _ITEM.fullmatch(line)
    return (_depth(item[1]), True, "", item[2]) if item else None


@lru_cache(maxsize=1024)
def _begun(before: str) -> tuple[int, bool, str] | None:
    """Return what `_parts` does of what stands before a colon, None where that is no key."""
    found = _KEY.fullmatch(before)
    return (_depth(found[1]), found[2] is not None, found[3]) if found else None


def _depth(spaces: str) -> int:
    depth, odd = divmod(len(spaces), 2)
    if odd:
        raise _Other
    return depth


def _folded(lines: Sequence[str], at: int) -> tuple[str, int]:
    """Return plain text that goes on in the line `at`, each line after a space, and where it ends.

    Raises `_Other` where the line before holds none.
    """
    margin, text = _above(lines, at)
    parts = [text]
    while at < len(lines) and lines[at].startswith(f"{margin} "):
        parts.append(lines[at].lstrip(" "))
        at += 1
    if len(parts) == 1 or not all(map(_PLAIN.fullmatch, parts)):
        raise _Other
    return " ".join(parts), _ended(lines, at)


def _long(lines: Sequence[str], at: int) -> tuple[Any, int]:
    """Return a value that begins on the line before `at`, and where it ends; raises `_Other`."""
    margin, text = _above(lines, at)
    value: Any
    if text[0] == "'":
        value, at = _quoted(lines, at, text, f"{margin} ")
    elif text in ("|", "|-"):
        value, at = _literal(lines, at, f"{margin}  ")
        value += "\n" if text == "|" else ""
    elif text in ("[]", "{}"):
        value = [] if text == "[]" else {}
    else:
        raise _Other
    return value, _ended(lines, at)


def _above(lines: Sequence[str], at: int) -> tuple[str, str]:
    """Return the spaces before what a value belongs to, and its first line, before the line `at`.

    Raises `_Other` where no value begins there.
    """
    found = _parts(lines[at - 1]) if at else None
    if found is None:
        raise _Other
    depth, is_item, key, text = found
    return "  " * (depth + (is_item and key != "")), text


def _ended(lines: Sequence[str], at: int) -> int:
    """Return `at`; raises `_Other` where the line there goes on with something."""
    if at < len(lines) and _line(lines[at]) is None:
        raise _Other
    return at


def _quoted(lines: Sequence[str], at: int, text: str, margin: str) -> tuple[str, int]:
    """Return quoted text; a line ends in it as a space."""
    while (found := _QUOTED.fullmatch(text)) is None:
        line = lines[at] if at < len(lines) else ""
        part = line.lstrip(" ")
        if not (line.startswith(margin) and part) or part[-1] == " " or text[-1] == " ":
            raise _Other
        text = f"{text} {part}"
        at += 1
    return _unquoted(found), at


def _unquoted(found: re.Match[str]) -> str:
    return found[1].replace("''", "'")


def _literal(lines: Sequence[str], at: int, margin: str) -> tuple[str, int]:
    """Return the lines of a literal block; blank ones only between others."""
    found: list[str] = []
    while at < len(lines):
        line = lines[at]
        if not line.startswith(margin):
            if line:
                break
        elif not line.strip(" ") or (not found and line[len(margin)] == " "):
            raise _Other
        found.append(line[len(margin) :])
        at += 1
    if not found or not found[0] or not found[-1]:
        raise _Other
    return "\n".join(found), at
