"""What a build came to, and what has happened since: so much of it still holds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from jobtwin.acts.build.facts import Facts
    from jobtwin.acts.build.index import Index
    from jobtwin.credential.baking import Frame
    from jobtwin.repository.ledger import Ledger
    from jobtwin.site.shell import Shell

_WITHOUT_EFFECT = ("calibration/", "cohorts/", "twins/", "tracks/", "docs/", "mkdocs.yml")
"""Folders whose files are in no unit: a unit names the twin and the track that it pins."""
_SHARED = ("docs/previews/",)

Left = Sequence[int]
"""How a file was left: its size, its nanoseconds by the disk's clock, and 1 if git has it too."""
Folders = Mapping[str, Mapping[str, Left]]
"""Files by their folders below the site's root and by their names."""


def paths(folders: Folders) -> Iterator[tuple[str, Left]]:
    """Yield the path below the site's root of each file, with how it was left."""
    for folder, names in folders.items():
        for name, left in names.items():
            yield f"{folder}/{name}", left


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit came to."""

    folders: Folders
    facts: Facts | None
    """Of an attempt."""
    line: bytes = b""
    """As it stands in the memory; nothing where it was made just now."""

    def files(self) -> Iterator[tuple[str, Left]]:
        """Yield the path of each file, with how it was left."""
        return paths(self.folders)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the generator has made, and what was put into it."""

    key: str
    """`overview.key` of what it was made from."""
    shell: Shell
    marked: Mapping[str, str]
    """Pages with the marks still in them, by their sources."""
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """HTML that stands in the places of marks, by the pages' sources and its Markdown."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A build as it is remembered."""

    commit: str
    as_of: datetime
    has_archive: bool
    """Whether the clone kept graded work."""
    rendered: Rendered
    beside: Mapping[str, Left]
    """The files that belong to no unit."""
    frames: Mapping[str, Frame]
    """Badges as frames of credentials, by the digests of the badges."""
    index: Index
    units: Mapping[str, Unit] = field(default_factory=dict)

    def files(self) -> Iterator[tuple[str, Left]]:
        """Yield the path of every file of the site, with how it was left."""
        yield from self.beside.items()
        for unit in self.units.values():
            yield from unit.files()

    def but(self, other: Earlier) -> set[str]:
        """Return the paths of all files, but for those of units that another build has just so."""
        found = set(self.beside)
        for name, unit in self.units.items():
            if other.units.get(name) is not unit:
                found.update(path for path, _ in unit.files())
        return found


def is_as_left(out: Path, found: Iterable[tuple[str, Left]]) -> bool:
    """Say whether files are there as a build left them."""
    try:
        for path, left in found:
            stat = os.stat(f"{out}/{path}")  # noqa: PTH116 - for tens of thousands a Path is slow
            if stat.st_mtime_ns != left[1] or stat.st_size != left[0]:
                return False
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the commit of an earlier build and this one."""

    attempts: frozenset[tuple[str, str]]
    """(twin, id)."""
    credentials: frozenset[str]
    mentors: frozenset[tuple[str, str | None]]
    """(id, twin) of rounds, without a twin of the mentor."""


def changes(ledger: Ledger, commit: str) -> Changes | None:
    """Return what differs from a commit; None where all units may, or it is not known."""
    git = ledger.tree.git
    listed = git.attempt("diff", "--name-status", "--no-renames", "-z", commit, ledger.tree.commit)
    if listed.returncode != 0:
        return None
    attempts, credentials, mentors = set(), set(), set[tuple[str, str | None]]()
    said = listed.stdout.decode("utf-8", "surrogateescape").split("\0")
    for status, path in zip(said[::2], said[1::2], strict=False):
        if status == "D":
            return None
        match path.split("/"):
            case ["submissions" | "grades", twin, _, attempt, _, *_]:
                attempts.add((twin, attempt))
            case ["credentials" | "outcomes", shard, credential, _] if len(shard) == 2:
                credentials.add(credential)
            case ["calibration", "rounds", mentor, twin, _]:
                mentors.add((mentor, twin))
            case ["mentors", name]:
                mentors.add((name.removesuffix(".yml"), None))
            case _:
                if not _is_in_no_unit(path):
                    return None
    return Changes(frozenset(attempts), frozenset(credentials), frozenset(mentors))


def _is_in_no_unit(path: str) -> bool:
    """Say whether no unit is made from a file."""
    if path.startswith(layout.STATUS_LISTS + "/"):
        return True  # served beside the units
    is_drawing = path.endswith((".png", ".svg"))
    return path.startswith(_WITHOUT_EFFECT) and not (is_drawing or path.startswith(_SHARED))
