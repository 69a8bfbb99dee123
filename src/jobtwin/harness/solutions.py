"""A twin's solutions as they are written down: a reference's files, and what makes others of it.

`proofs/__init__.py` of a twin puts them together; what must become of each is in `proofs.py`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from jobtwin.harness.contract import Files, Seeds
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Change = dict[str, str]
"""One change to `file`: `find` a passage that stands in it once and `replace` it; or `put` another
content; or take the content `from` a file of the twin, or `from_kit` as it was handed out."""

_CACHES = {"__pycache__", ".pytest_cache"}


def seeds(twin: str, index: int, small: bytes = b"") -> Seeds:
    """Return the seeds number `index` (from 0) of a twin; `small` marks a small graded world."""
    kit, graded = (
        hashlib.sha256(f"{twin}|{kind}|{index}".encode()).digest() for kind in ("kit", "graded")
    )
    return Seeds(kit, small + graded[:16] if small else graded)


def folder(path: Path) -> dict[str, bytes]:
    """Return the files below a folder, by their path in it; what tools keep there is left out."""
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and not _CACHES & set(file.relative_to(path).parts)
    }


def changes(path: Path) -> dict[str, list[Change]]:
    """Return what a file lists: solution → its changes, in their order."""
    found: dict[str, list[Change]] = parse(path.read_bytes(), str(path)).data
    return found


def changed(files: Files, listed: list[Change], twin: Path, kit: Files) -> dict[str, bytes]:
    """Return files after the listed changes; ValueError where a passage does not stand once."""
    found = dict(files)
    for change in listed:
        found[change["file"]] = _content(found, change, twin, kit)
    return found


def _content(files: Mapping[str, bytes], change: Change, twin: Path, kit: Files) -> bytes:
    name = change["file"]
    if "from" in change:
        return (twin / change["from"]).read_bytes()
    if "from_kit" in change:
        return kit[name]
    if "put" in change:
        return change["put"].encode()
    text, passage = files[name].decode(), change["find"].strip()
    if text.count(passage) != 1:
        raise ValueError(f"{name} does not hold once: {passage}")
    return text.replace(passage, change["replace"].strip()).encode()
