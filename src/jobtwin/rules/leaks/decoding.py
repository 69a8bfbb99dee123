"""What a text holds in another writing: escapes, base64, base32, hex and numbers, one in another.

Everything decoded from a file is searched as one text, so that a million short tokens cost no more
than a long one.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jobtwin.rules.leaks.hits import TooMany

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobtwin.rules.leaks.data_runs import Thin

MOST_TOKENS = 3_000_000
_LONG = 200
_LONGEST = 160_000
"""Letters of a token that is decoded as text; longer ones are data, see `blobs`."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}+={0,6}")
_PIECES = re.compile(r"[A-Za-z0-9]{8,}+={0,2}")
_WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{32,}+\s{1,2}+[ \t#*>"
    r"|\"']{0,12}+){1,}+[A-Za-z0-9+/]*+={0,2}"
)
_BASE32 = re.compile(r"[A-Z2-7]{8,}={0,6}")
_HEX = re.compile(r"(?:0x)?([0-9a-fA-F]{8,})")
_SPACED_HEX = re.compile(
    r"(?:(?<![0-9A-Za-z])[0-9a-fA-F]{2}[ :]){3,}+(?:[0-9a-fA-F]{2}(?![0-9A-Za-z]))?+"
)
_NUMBERS = re.compile(
    r"(?:(?<![\w.])(?:0[xX][0-9a-fA-F]{2}|[0-9]{2,3})[ ,;]{1,3}+){3,}+(?:0[xX][0-9a-fA-F]{2}"
    r"|[0-9]{2,3})?+"
)
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{2}|[0-9]{2,3}")
_BYTES = re.compile(r"(?:(?:\\x|=)[0-9a-fA-F]{2})+")
_POINTS = re.compile(
    r"\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|U\+([0-9A-F]{4,6})"
)
_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2})+")
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_BREAKS = str.maketrans("\r\n\f\v\x1c\x1d\x1e\x85\u2028\u2029", "          ")


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was decoded from a text, and where each part of it stood."""

    form: str
    text: str
    starts: tuple[int, ...] = ()
    """Where in `text` each part begins."""
    places: tuple[int, ...] = ()
    """Where in the original each part stood."""

    def place(self, at: int) -> int:
        """Return where in the original stood what is at `at` now."""
        if not self.starts:
            return at
        return self.places[max(bisect_right(self.starts, at) - 1, 0)]


def unescaped(text: str) -> Iterator[tuple[str, str]]:
    """Yield (form, text) for each kind of escapes; lines without any are empty in it."""
    for form, sign, decode in _ESCAPES:
        if sign.search(text):
            yield form, "".join(_lines(text, sign, decode))


def _lines(text: str, sign: re.Pattern[str], decode: Callable[[str], str]) -> Iterator[str]:
    """Yield the decoded lines that have a sign, and the line breaks of all."""
    reached = 0
    for found in sign.finditer(text):
        if found.start() < reached:
            continue
        start = max(text.rfind("\n", reached, found.start()) + 1, reached)
        end = text.find("\n", found.end())
        end = end if end >= 0 else len(text)
        yield "\n" * text.count("\n", reached, start)
        line = text[start:end]
        other = decode(line).translate(_BREAKS)
        yield "" if other == line else other
        reached = end
    yield "\n" * text.count("\n", reached)


def _unpercent(line: str) -> str:
    return unquote(line, errors="replace")


def _unescape(line: str) -> str:
    points = _POINTS.sub(_point, line)
    points = _BYTES.sub(lambda found: _text_of(re.sub(r"\\x|=", "", found[0])), points)
    return _COLOURS.sub("", _OCTAL.sub(_octal, points))


def _point(found: re.Match[str]) -> str:
    number = int(next(group for group in found.groups() if group), 16)
    return chr(number) if number <= 0x10FFFF else " "


def _text_of(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-8", "replace")


def _octal(found: re.Match[str]) -> str:
    numbers = bytes(int(part, 8) for part in found[0].split("\\")[1:])
    return numbers.decode("utf-8", "replace")


def decoded(thin: Thin) -> Iterator[Decoded]:
    """Yield what the tokens of a text decode to, for each encoding that gives readable text."""
    found: dict[str, list[tuple[int, str]]] = {}
    inside = chain(_tokens(thin.text), _runs(thin.text))
    short = ((form, thin.place(at), content) for form, at, content in inside)
    for number, (form, place, content) in enumerate(chain(short, _long(thin))):
        found.setdefault(form, []).append((place, content.translate(_BREAKS)))
        if number >= MOST_TOKENS:
            raise TooMany
    for form, parts in found.items():
        starts = accumulate((len(content) + 1 for _, content in parts[:-1]), initial=0)
        places = tuple(place for place, _ in parts)
        whole = "\n".join(content for _, content in parts)
        yield Decoded(form, whole, tuple(starts), places)


def blobs(thin: Thin) -> Iterator[tuple[int, bytes]]:
    """Yield (place, bytes) of long base64 that is no text: a picture, an archive."""
    for found in _BASE64.finditer(thin.text):
        if len(found[0]) >= _LONG and (raw := _base64(found[0])) and _readable(raw) is None:
            yield thin.place(found.start()), raw
    for run in thin.runs:
        if (raw := _base64(run.token)) and _readable(raw) is None:
            yield run.start, raw


def _long(thin: Thin) -> Iterator[tuple[str, int, str]]:
    """Yield what long runs of data decode to, as far as they are decoded as text."""
    for run in thin.runs:
        if len(run.token) > _LONGEST:
            continue
        for form, raw in (("in hex", _hexed(run.token)), ("in base64", _base64(run.token))):
            if content := _readable(raw):
                yield form, run.start, content


def _tokens(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield what single words decode to."""
    for found in _BASE64.finditer(text):
        token, at = found[0], found.start()
        if len(token) > _LONGEST:
            continue
        pieces = [(at + piece.start(), piece[0]) for piece in _PIECES.finditer(token)]
        for place, piece in pieces:
            if (hexed := _HEX.fullmatch(piece)) and (content := _readable(_hex(hexed[1]))):
                yield "in hex", place, content
        if token.lower() == token:
            continue
        if _BASE32.fullmatch(token) and (content := _readable(_base32(token))):
            yield "in base32", at, content
        whole = [(at, token)] if _readable(_base64(token)) else pieces[: _LONG // 8]
        for place, piece in whole:
            if content := _readable(_base64(piece)):
                yield "in base64", place, content


def _runs(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield what several words decode to that belong together."""
    for found in _WRAPPED.finditer(text):
        if content := _readable(_base64(re.sub(r"[^A-Za-z0-9+/=]", "", found[0]))):
            yield "in base64", found.start(), content
    for found in _SPACED_HEX.finditer(text):
        if content := _readable(bytes.fromhex(found[0].replace(":", " "))):
            yield "in hex", found.start(), content
    for found in _NUMBERS.finditer(text):
        numbers = [int(part, 16 if part[1] in "xX" else 10) for part in _NUMBER.findall(found[0])]
        if all(32 <= number < 127 for number in numbers):
            yield "as numbers", found.start(), bytes(numbers).decode("ascii")


def _base64(token: str) -> bytes:
    plain = token.rstrip("=").encode("ascii").translate(_STANDARD)
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""


def _base32(token: str) -> bytes:
    token = token.rstrip("=")
    try:
        return base64.b32decode(token + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return b""


def _hexed(token: str) -> bytes:
    found = _HEX.fullmatch(token)
    return _hex(found[1]) if found else b""


def _hex(digits: str) -> bytes:
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _readable(raw: bytes) -> str | None:
    """Return bytes as text when they are text and nothing else."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text and (text.isprintable() or text.replace("\n", "").isprintable()) else None


_ESCAPES: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("percent-encoded", re.compile(r"%[0-9A-Fa-f]{2}"), _unpercent),
    ("as HTML entities", re.compile(r"&#?\w{2,8};"), html.unescape),
    ("escaped", re.compile(r"\\[uUx0-3]|=[0-9A-Fa-f]{2}|U\+[0-9A-F]{4}|\x1b"), _unescape),
)
