"""What is known of the site that stands in the folder: what each unit was made of, and its files.

Kept beside the site, one line a unit. It is believed only where the engine, its libraries, and all
that units have in common are the same, and of a unit only while its files are as they were left.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jobtwin.acts.build.facts import Facts, as_json, facts_of
from jobtwin.acts.build.index import Index, entry_of
from jobtwin.records import layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from jobtwin.repository.ledger import Ledger

_FORMAT = 1
_LIBRARIES = ("cmarkgfm", "jinja2", "markdown", "mkdocs-material", "openbadgeslib")
"""Whose bytes stand in a site."""
_CODE = (".py", ".html", ".css", ".svg", ".js")
_WITHOUT_EFFECT = ("calibration/", "cohorts/", "twins/", "tracks/", "docs/", "mkdocs.yml")
"""Folders whose files are in no unit: a unit names the twin and the track that it pins."""
_SHARED = ("docs/previews/",)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was left."""

    size: int
    changed: int
    """Nanoseconds, by the disk's clock."""
    digest: str | None = None
    """SHA-256 of a file that is served as git has it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit came to."""

    files: Mapping[str, File]
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
    rendered: Mapping[str, File]
    """What was rendered, and whatever else belongs to no unit."""
    index: Index
    units: Mapping[str, Unit] = field(default_factory=dict)

    def files(self) -> Iterator[str]:
        """Yield the path of every file of the site."""
        yield from self.rendered
        for unit in self.units.values():
            yield from unit.files


def beside(out: Path) -> Path:
    """Return where the memory of a site is kept."""
    return out.with_name(f"{out.name}.built.jsonl")


@cache
def engine() -> str:
    """Return a digest of the code and the libraries that make a site."""
    found = hashlib.sha256(sys.version.encode("utf-8"))
    for name in _LIBRARIES:
        found.update(f"{name} {version(name)}\n".encode())
    for name, content in sorted(_code(files("jobtwin"), "")):
        found.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return found.hexdigest()


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
        "rendered": _files_as_json(built.rendered),
        "index": {name: entry.as_json() for name, entry in built.index.entries.items()},
    }
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f"{json.dumps(head)}\n")
        for name, unit in built.units.items():
            stream.write(f"{unit.line or _line(name, unit)}\n")


def _line(name: str, unit: Unit) -> str:
    facts = as_json(unit.facts) if unit.facts else None
    return json.dumps([name, facts, _files_as_json(unit.files)])


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
            rendered=_files_of(head["rendered"]),
            index=Index({name: entry_of(data) for name, data in head["index"].items()}),
            units={
                name: Unit(_files_of(listed), facts_of(data) if data else None, line)
                for line, (name, data, listed) in zip(rest, lines, strict=True)
            },
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _files_as_json(found: Mapping[str, File]) -> dict[str, list[Any]]:
    return {path: [file.size, file.changed, file.digest] for path, file in found.items()}


def _files_of(data: dict[str, list[Any]]) -> dict[str, File]:
    return {path: File(*item) for path, item in data.items()}


def is_as_left(out: Path, found: Mapping[str, File]) -> bool:
    """Say whether files are there as a build left them."""
    try:
        for path, file in found.items():
            stat = (out / path).stat()
            if (stat.st_size, stat.st_mtime_ns) != (file.size, file.changed):
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
