"""What a build came to, and what has happened since: so much of it still holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records import layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jobtwin.acts.build.index import Index
    from jobtwin.acts.build.left import Left, Unit
    from jobtwin.credential.baking import Frame
    from jobtwin.repository.ledger import Ledger
    from jobtwin.site.shell import Shell

_WITHOUT_EFFECT = ("calibration/", "cohorts/", "twins/", "tracks/", "docs/", "mkdocs.yml")
"""Folders whose files are in no unit: a unit names the twin and the track that it pins."""
_SHARED = ("docs/previews/",)


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

    def pages(self) -> int:
        """Return how many pages the site has."""
        beside = sum(path.endswith(".html") for path in self.beside)
        return beside + sum(unit.pages for unit in self.units.values())

    def but(self, other: Earlier | None) -> set[str]:
        """Return the paths of units' files, but for those that another build has just so."""
        known = other.units if other else {}
        units = (unit for name, unit in self.units.items() if known.get(name) is not unit)
        return {path for unit in units for path, _ in unit.files()}


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
