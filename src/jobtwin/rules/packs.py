"""What a private pack may hold: a note on its texts, content by twin, solutions kept aside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records.base import load
from jobtwin.records.pack import PackNote
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobtwin.findings import Finding

NOTE = "pack.yml"
CONTENT = "content.yml"
MOST_FILES = 200
MOST_BYTES = 1024 * 1024
"""Of a whole pack: it lies in every clone for good."""
_CONTENT = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)+)/content\.yml")
_KEPT = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)+)/proofs/.+")

NO_NOTE = Code(
    "PCK-001",
    "the pack does not say where its texts come from",
    why="When a pack is revealed its texts are published, and whoever reads them must know by "
    "which right.",
    fix="Add pack.yml with `format: 1`, `title`, `licence` and `origin`.",
)
NO_PLACE = Code(
    "PCK-002",
    "a file has no place in a pack",
    why="What nobody reads would be sealed by mistake, and perhaps be shown.",
    fix="Keep pack.yml, <twin>/content.yml and files below <twin>/proofs/, and nothing else.",
)
TOO_MUCH = Code(
    "PCK-003",
    "the pack is too large",
    why="Its box lies in every clone of the repository for good.",
    fix=f"Keep it to {MOST_FILES} files and {MOST_BYTES // 1024} KiB in all.",
)
EMPTY = Code(
    "PCK-004",
    "the pack holds nothing for any twin",
    why="An empty pack would be said to be in use, and change nothing.",
    fix="Add <twin>/content.yml, or solutions below <twin>/proofs/.",
)
STRANGER = Code(
    "PCK-005",
    "the pack has content for a twin that takes none",
    why="Its graded worlds would be drawn without it, and everybody would believe otherwise.",
    fix="Name a twin of this repository whose harness offers `check_pack`.",
)
UNFIT = Code(
    "PCK-006",
    "the twin cannot draw its worlds with this content",
    why="Content that cannot be used would stop every grading of the cohort.",
    fix="The twin's README says what stands in its content.yml.",
)


def check(files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield what is wrong with a pack, but for what only its twins can tell."""
    total = sum(map(len, files.values()))
    if len(files) > MOST_FILES or total > MOST_BYTES:
        yield TOO_MUCH.at(f"{len(files):,} files with {total:,} bytes")
        return
    if NOTE in files:
        yield from _unreadable_note(files[NOTE])
    else:
        yield NO_NOTE.at(f"{NOTE} is not there", NOTE)
    for path in sorted(files):
        if path != NOTE and not (_CONTENT.fullmatch(path) or _KEPT.fullmatch(path)):
            yield NO_PLACE.at(f"nothing reads `{path[:200]}`", path[:200])
    if not any(_CONTENT.fullmatch(path) or _KEPT.fullmatch(path) for path in files):
        yield EMPTY.at("there is only the note")
    for twin in twins(files):
        yield from _unreadable_content(f"{twin}/{CONTENT}", files)


def twins(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the twins that a pack has content for, sorted."""
    return tuple(sorted(found[1] for path in paths if (found := _CONTENT.fullmatch(path))))


def _unreadable_note(content: bytes) -> Iterator[Finding]:
    try:
        load(PackNote, content, NOTE)
    except Refused as refused:
        yield from refused.findings


def _unreadable_content(path: str, files: Mapping[str, bytes]) -> Iterator[Finding]:
    try:
        parse(files[path], path)
    except Refused as refused:
        yield from refused.findings
