"""The leak scanner: what in a work tells whose it is, by what is known of the learner and by kind.

Pure: bytes in, places out. It never says what it found, only where and of which kind, so that its
findings can be read by anybody. What it cannot look through counts as a leak.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules.leaks import binary, data_runs, decoding, fields, kinds, known, notebook
from jobtwin.rules.leaks.folding import view
from jobtwin.rules.leaks.hits import Hit, TooMany, apart
from jobtwin.rules.leaks.terms import Identifiers, Terms, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.rules.leaks.data_runs import Thin

__all__ = ["LEAK", "Identifiers", "Leak", "finding", "plain_hits", "read_text", "scan", "scan_file"]

LEAK = Code(
    "LEK-001",
    "something in the work tells whose it is",
    why="A mentor grades work and not a person, so nothing in it may name anybody.",
    fix="Take it out and hand in again while that is possible; else an operator looks at it, and "
    "nothing is lost by the wait.",
)
LARGEST = 32 * 1024 * 1024
"""Bytes of a file that is looked through; a larger one counts as a leak."""
SHOWN = 50
"""How many leaks of one file are told."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A place that tells whose the work is, without what stands there."""

    path: str
    line: int
    column: int
    kind: str
    form: str = ""
    """How it is written, where it does not stand there as it is."""


def finding(leak: Leak) -> Finding:
    """Return a leak as a finding."""
    words = f"{leak.kind}, {leak.form}" if leak.form else leak.kind
    return LEAK.at(words, leak.path, (leak.line, leak.column))


def scan(files: Mapping[str, bytes], known_of: Identifiers) -> list[Leak]:
    """Return what tells whose the files are, by path and place."""
    sought = terms(known_of)
    return [leak for path in sorted(files) for leak in scan_file(path, files[path], sought)]


def scan_file(path: str, content: bytes, sought: Terms) -> list[Leak]:
    """Return at most `SHOWN` places of a file that tell whose it is, its own path included."""
    found = [Leak(path, 1, 1, hit.kind, "in the file's name") for hit in _in_path(path, sought)]
    budget = binary.Budget()
    if len(content) > LARGEST:
        return [Leak(path, 1, 1, binary.OPAQUE)]
    try:
        found += _scan(path, content, sought, budget, 0)
    except (TooMany, binary.Spent, ValueError, RecursionError):
        found.append(Leak(path, 1, 1, binary.OPAQUE))
    plain = {(leak.line, leak.kind) for leak in found if not leak.form}
    told = (leak for leak in found if not leak.form or (leak.line, leak.kind) not in plain)
    return list(dict.fromkeys(told))[:SHOWN]


def read_text(content: bytes) -> str | None:
    """Return a file as text, in UTF-8, UTF-16 or a single-byte encoding; None for data."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            return None
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    control = sum(
        content.count(bytes((byte,))) for byte in range(32) if byte not in b"\t\n\r\f\x1b"
    )
    return content.decode("latin-1") if control == 0 else None


def plain_hits(path: str, text: str, sought: Terms) -> list[Hit]:
    """Return what tells whose a text is and stands there as it is, in order and apart."""
    read = view(text)
    thin = data_runs.thin(read.cased)
    lower = thin.text.lower() if thin.runs else read.lower
    hits = []
    for hit in (*kinds.unknown(path, thin.text, lower), *fields.authors(path, thin.text)):
        start, end = read.span(thin.place(hit.start), thin.place(hit.end - 1) + 1)
        hits.append(replace(hit, start=start, end=end))
    return apart([*hits, *known.plain(read, sought)])


def _in_path(path: str, sought: Terms) -> list[Hit]:
    read = view(path)
    return [*known.plain(read, sought), *known.hidden(read, sought)]


def _scan(
    path: str, content: bytes, sought: Terms, budget: binary.Budget, depth: int
) -> list[Leak]:
    text = read_text(content)
    if text is not None and not content.startswith(b"%PDF-"):
        return _in_text(path, text, sought, budget, depth)
    found = [Leak(path, 1, 1, kind, form) for kind, form in binary.tells(content, sought)]
    if depth < 3:
        readable = _in_text(f"{path}{kinds.DATA}", binary.strings(content), sought, budget, 3)
        found += [Leak(path, 1, 1, leak.kind, "in data") for leak in readable]
    for inside in binary.unpacked(content, budget, depth):
        if binary.is_office_metadata(inside.name):
            found.append(Leak(path, 1, 1, binary.DOCUMENT))
        if _in_path(inside.name, sought):
            found.append(Leak(path, 1, 1, known.KIND, "packed"))
        for leak in _scan(inside.name, inside.content, sought, budget, depth + 1):
            found.append(Leak(path, 1, 1, leak.kind, "packed"))
            break
    return found


def _in_text(path: str, text: str, sought: Terms, budget: binary.Budget, depth: int) -> list[Leak]:
    lines = _Lines(text)
    found = [_leak(path, lines, hit) for hit in plain_hits(path, text, sought)[:SHOWN]]
    if depth >= 3:
        return found
    thin = data_runs.thin(text)
    hidden = known.hidden(view(thin.text), sought)
    found += [_leak(path, lines, replace(hit, start=thin.place(hit.start))) for hit in hidden]
    for form, other in decoding.unescaped(thin.text):
        told = _Lines(other)
        found += [_leak(path, told, hit, form) for hit in plain_hits(path, other, sought)[:SHOWN]]
    found += _in_decoded(path, thin, sought, lines.place)
    for place, raw in decoding.blobs(thin):
        budget.take(len(raw))
        if _scan("packed", raw, sought, budget, depth + 1):
            found.append(_leak(path, lines, Hit(place, place, binary.PICTURE), "in base64"))
    if path.lower().endswith(".ipynb"):
        found += _in_notebook(path, text, sought, lines)
    return found


def _in_decoded(
    path: str, thin: Thin, sought: Terms, place: Callable[[int], tuple[int, int]], form: str = ""
) -> Iterator[Leak]:
    """Yield what stands in a text in another writing, and in that in yet another."""
    for decoded in decoding.decoded(thin):
        told = f"{form}, {decoded.form}" if form else decoded.form

        def outer(at: int, decoded: decoding.Decoded = decoded) -> tuple[int, int]:
            return place(decoded.place(at))

        for hit in plain_hits(f"{path}{kinds.DECODED}", decoded.text, sought)[:SHOWN]:
            yield Leak(path, *outer(hit.start), hit.kind, told)
        if not form:
            yield from _in_decoded(path, data_runs.thin(decoded.text), sought, outer, told)


def _in_notebook(path: str, text: str, sought: Terms, lines: _Lines) -> list[Leak]:
    book = notebook.read(text)
    if book is None:
        return [Leak(path, 1, 1, binary.OPAQUE)]
    found = []
    for key in notebook.telling(book):
        place = max(text.find(f'"{key}"'), 0)
        found.append(_leak(path, lines, Hit(place, place, notebook.KIND)))
    shown = "\n".join(notebook.texts(book))
    hits = plain_hits(f"{path}.md", shown, sought)[:SHOWN]
    return found + [Leak(path, 1, 1, hit.kind, "in a cell or its output") for hit in hits]


class _Lines:
    """Where the lines of a text begin, counted once and only when somebody asks."""

    def __init__(self, text: str) -> None:
        self._text = text

    def place(self, at: int) -> tuple[int, int]:
        """Return line and column of a letter, both from 1."""
        line = self._text.count("\n", 0, at) + 1
        return line, at - self._text.rfind("\n", 0, at)


def _leak(path: str, lines: _Lines, hit: Hit, form: str = "") -> Leak:
    return Leak(path, *lines.place(hit.start), hit.kind, form or hit.form)
