"""What is known of the site that stands in the folder: what each unit was made of, and its files.

Kept beside the site, one line a unit. It is believed only where the engine, its libraries, and all
that units have in common are the same, and of a unit only while its files are as they were left.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.acts.build.facts import Facts, as_json, facts_of
from jobtwin.acts.build.index import Index, entry_of
from jobtwin.records import layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from jobtwin.repository.ledger import Ledger

_FORMAT = 1
_CODE = (".py", ".html", ".css", ".svg", ".js")
_WITHOUT_EFFECT = ("calibration/", "cohorts/", "twins/", "tracks/", "docs/", "mkdocs.yml")
"""Folders whose files are in no unit: a unit names the twin and the track that it pins."""
_SHARED = ("docs/previews/",)


Left = Sequence[int]
"""How a file was left: its size, its nanoseconds by the disk's clock, and 1 if git has it too."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit came to."""

    files: Mapping[str, Left]
    """By their paths below the site's root."""
    facts: Facts | None
    """Of an attempt."""
    line: str = ""
    """As it stands in the memory; nothing where it was made just now."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A build as it is remembered."""

    commit: str
    as_of: datetime
    has_archive: bool
    """Whether the clone kept graded work."""
    prose: str
    """`overview.key` of what the generator has rendered."""
    around: tuple[str, str]
    """The two halves of the theme's shell."""
    marked: Mapping[str, str]
    """Rendered pages with the marks still in them, by their sources."""
    rendered: Mapping[str, Left]
    """What was rendered, and whatever else belongs to no unit."""
    index: Index
    units: Mapping[str, Unit] = field(default_factory=dict)

    def files(self) -> Iterator[tuple[str, Left]]:
        """Yield the path of every file of the site, with how it was left."""
        yield from self.rendered.items()
        for unit in self.units.values():
            yield from unit.files.items()

    def but(self, other: Earlier) -> set[str]:
        """Return the paths of all files, but for those of units that another build has just so."""
        found = set(self.rendered)
        for name, unit in self.units.items():
            if other.units.get(name) is not unit:
                found.update(unit.files)
        return found


def beside(out: Path) -> Path:
    """Return where the memory of a site is kept."""
    return out.with_name(f"{out.name}.built.jsonl")


@cache
def engine() -> str:
    """Return a digest of the code and the libraries that make a site."""
    found = hashlib.sha256(sys.version.encode("utf-8"))
    for name in sorted(_installed()):
        found.update(f"{name}\n".encode())
    for name, content in sorted(_code(files("jobtwin"), "")):
        found.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return found.hexdigest()


def _installed() -> Iterator[str]:
    """Yield names and versions of installed libraries, by the folders that pip keeps of them."""
    for path in map(Path, sys.path):
        if path.is_dir():
            yield from (item.name for item in path.iterdir() if item.suffix == ".dist-info")


def _code(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _code(item, f"{path}{item.name}/")
        elif item.name.endswith(_CODE):
            yield f"{path}{item.name}", item.read_bytes()


def remember(path: Path, built: Earlier) -> None:
    """Write what is known of a build."""
    head = {
        "format": _FORMAT,
        "engine": engine(),
        "commit": built.commit,
        "as_of": built.as_of.isoformat(),
        "has_archive": built.has_archive,
        "prose": built.prose,
        "around": built.around,
        "marked": built.marked,
        "rendered": built.rendered,
        "index": {name: entry.as_json() for name, entry in built.index.entries.items()},
    }
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f"{json.dumps(head)}\n")
        for name, unit in built.units.items():
            stream.write(f"{unit.line or _line(name, unit)}\n")


def _line(name: str, unit: Unit) -> str:
    facts = as_json(unit.facts) if unit.facts else None
    return json.dumps([name, facts, _by_folder(unit.files)], separators=(",", ":"))


def recall(path: Path) -> Earlier | None:
    """Return what is known of a build; None where nothing is that this engine can go on from."""
    try:
        first, *rest = path.read_text("utf-8").splitlines()
        head = json.loads(first)
        if (head["format"], head["engine"]) != (_FORMAT, engine()):
            return None
        lines = json.loads(f"[{','.join(rest)}]")
        return Earlier(
            commit=head["commit"],
            as_of=datetime.fromisoformat(head["as_of"]),
            has_archive=head["has_archive"],
            prose=head["prose"],
            around=(head["around"][0], head["around"][1]),
            marked=head["marked"],
            rendered=head["rendered"],
            index=Index({name: entry_of(data) for name, data in head["index"].items()}),
            units={
                name: Unit(_by_path(listed), facts_of(data) if data else None, line)
                for line, (name, data, listed) in zip(rest, lines, strict=True)
            },
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _by_folder(files: Mapping[str, Left]) -> dict[str, dict[str, Left]]:
    """Return files as the memory lists them: a folder's path is long, and stands once there."""
    found: dict[str, dict[str, Left]] = {}
    for path, left in files.items():
        folder, _, name = path.rpartition("/")
        found.setdefault(folder, {})[name] = left
    return found


def _by_path(folders: Mapping[str, Mapping[str, Left]]) -> dict[str, Left]:
    return {
        f"{folder}/{name}": left
        for folder, names in folders.items()
        for name, left in names.items()
    }


def is_as_left(out: Path, found: Mapping[str, Left]) -> bool:
    """Say whether files are there as a build left them."""
    try:
        for path, left in found.items():
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
