"""What a notebook tells beside the text of its cells, and the text of its cells without escapes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "a notebook's metadata"
ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_KERNEL = re.compile(r"(?:Python|R|Julia|Bash)? ?[0-9.]{0,8}(?: \(ipykernel\))?|python3?|ir")
_PLAIN_KEYS = frozenset({"kernelspec", "language_info", "tags", "collapsed", "scrolled"})


def read(text: str) -> dict[str, Any] | None:
    """Return a notebook as it is; None for what is none."""
    try:
        book = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(book, dict) or not isinstance(book.get("cells"), list):
        return None
    return book if all(isinstance(cell, dict) for cell in book["cells"]) else None


def telling(book: dict[str, Any]) -> Iterator[str]:
    """Yield the keys of metadata that say more than a reader of the notebook needs."""
    yield from _beyond(book.get("metadata"))
    for cell in book["cells"]:
        yield from _beyond(cell.get("metadata"))
        for output in cell.get("outputs") or []:
            if isinstance(output, dict):
                yield from _beyond(output.get("metadata"))


def _beyond(metadata: object) -> Iterator[str]:
    if not isinstance(metadata, dict):
        return
    yield from (key for key in metadata if key not in _PLAIN_KEYS)
    kernel = metadata.get("kernelspec")
    if isinstance(kernel, dict):
        yield from (
            key
            for key in ("display_name", "name")
            if not _KERNEL.fullmatch(str(kernel.get(key, "")))
        )


def texts(book: object, depth: int = 0) -> Iterator[str]:
    """Yield every text of a notebook as it is shown, line by line."""
    if isinstance(book, str):
        yield ANSI.sub("", book)
    elif isinstance(book, list) and depth < 50:
        if book and all(isinstance(part, str) for part in book):
            yield ANSI.sub("", "".join(book))
        else:
            for part in book:
                yield from texts(part, depth + 1)
    elif isinstance(book, dict) and depth < 50:
        for part in book.values():
            yield from texts(part, depth + 1)
