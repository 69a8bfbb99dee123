"""Remarks at lines of a bundle, merged into a review file without touching what stands there.

The words come from a web page, so they are hostile: bounded in size and number, and only ever text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records.grade import Comment
from jobtwin.yamlfile import MAX_BYTES, dump, parse, unshowable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobtwin.yamlfile import Document

UNMERGED = Code(
    "REV-013",
    "comments cannot be put into the review",
    why="What you wrote is never written over, and a review has a bounded size.",
    fix="Write `comments:` as a list, one `- file:` for each, or as `comments: []`.",
)
MOST = 200
LONGEST = 4000
_WORK = "work/"
_INBOX = "inbox/"
_END = "\n[…]"


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said at a line of a bundle's file."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A review file with remarks among its comments."""

    content: bytes
    added: int
    known: int
    """Remarks that stood there already."""
    left_out: tuple[str, ...]
    """Why others are not there, in words."""


def merged(content: bytes, remarks: Iterable[Remark], path: str = "") -> Merged:
    """Return a review file with the remarks that are not there yet; raises `Refused`.

    Everything else in the file stays byte for byte as it was.
    """
    document = parse(content, path)
    there = _there(document)
    seen = {_key(item) for item in there}
    added: list[dict[str, Any]] = []
    known, left_out = 0, []
    for remark in remarks:
        item = _item(remark)
        if isinstance(item, str):
            left_out.append(item)
        elif _key(item) in seen:
            known += 1
        elif len(there) + len(added) >= MOST:
            left_out.append(f"{_place(remark)}: there are {MOST} comments already")
        else:
            seen.add(_key(item))
            added.append(item)
    return Merged(_with(content, document, added), len(added), known, tuple(left_out))


def _there(document: Document) -> list[Any]:
    if not isinstance(document.data, dict):
        raise Refused([UNMERGED.at("this is no review", document.path)])
    found = document.data.get("comments") or []
    if not isinstance(found, list):
        place = document.place("comments")
        raise Refused([UNMERGED.at("`comments` is not a list", document.path, place)])
    return found


def _key(item: Any) -> tuple[Any, ...]:
    if not isinstance(item, dict):
        return (repr(item),)
    text = item.get("text")
    return item.get("file"), item.get("line"), text.strip() if isinstance(text, str) else text


def _item(remark: Remark) -> dict[str, Any] | str:
    """Return a remark as a comment of a review, or why it cannot be one."""
    if remark.path.startswith(_WORK):
        file = remark.path.removeprefix(_WORK)
    elif remark.path.startswith(_INBOX):
        file = remark.path
    else:
        return f"{_place(remark)}: it is not a file of the learner's"
    item = {"file": file, "line": remark.line, "text": _text(remark.text)}
    try:
        Comment.model_validate(item)
    except ValueError:
        is_comment = False
    else:
        is_comment = unshowable(file) is None
    if not is_comment:
        return f"{_place(remark)}: it has no words, or no place that a review can name"
    return item


def _place(remark: Remark) -> str:
    return f"{ascii(remark.path)[1:-1][:120]}:{remark.line}"


def _text(text: str) -> str:
    """Return what somebody wrote as a review may hold it: shown as it is, and not too long."""
    lines = (line.rstrip() for line in re.split(r"\r\n|\r|\n", text))
    kept = "".join(sign for sign in "\n".join(lines).strip() if not unshowable(sign))
    return kept if len(kept) <= LONGEST else kept[: LONGEST - len(_END)].rstrip() + _END


def _with(content: bytes, document: Document, added: Sequence[dict[str, Any]]) -> bytes:
    """Return the file with items behind those that stand there; nothing else moves."""
    if not added:
        return content
    lines = content.decode("utf-8").split("\n")
    begin, end, indent = _section(document, lines)
    block = dump(list(added)).decode("utf-8").splitlines()
    items = [f"{' ' * indent}{line}" if line else "" for line in block]
    head = [] if begin == end else ["comments:"]
    changed = "\n".join([*lines[:begin], *head, *items, *lines[end:]])
    if len(changed.encode("utf-8")) > MAX_BYTES:
        raise Refused([UNMERGED.at("the review would be too large", document.path)])
    return changed.encode("utf-8")


def _section(document: Document, lines: Sequence[str]) -> tuple[int, int, int]:
    """Return which lines give way to `comments:` and new items, and how far these stand in.

    None gives way where the list has items in lines of their own: new ones follow the last.
    """
    data, places = document.data, document.places
    if "comments" not in data:
        raise Refused([UNMERGED.at("there is no line `comments: []`", document.path)])
    line = places[("comments",)][0] - 1
    last = _last_line(document, lines, line)
    if not data["comments"]:
        if last == line:
            return line, line + 1, 2
    elif places[("comments", 0)][0] - 1 > line:
        dash = lines[places[("comments", 0)][0] - 1].find("-")
        return last + 1, last + 1, dash
    message = "the list is written in a way that nothing can be added to"
    raise Refused([UNMERGED.at(message, document.path, places[("comments",)])])


def _last_line(document: Document, lines: Sequence[str], line: int) -> int:
    """Return the last line of the value that begins at `line`, without comments behind it."""
    starts = [place[0] - 1 for keys, place in document.places.items() if len(keys) == 1]
    following = min((start for start in starts if start > line), default=len(lines))
    last = following - 1
    while last > line and (not lines[last].strip() or lines[last].startswith("#")):
        last -= 1
    return last
