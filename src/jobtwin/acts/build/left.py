"""How the files of a unit were left: one line each, as short to read as to write.

A site has tens of thousands of files, and of nearly all of them a build asks no more than whether
they are as they were; so a line is taken apart only where somebody wants to know.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import from_json, to_json

from jobtwin.acts.build.facts import as_json, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from jobtwin.acts.build.facts import Facts

Left = Sequence[int]
"""How a file was left: its size, its nanoseconds by the disk's clock, and 1 if git has it too."""
_BETWEEN = b"\t"
"""Stands between the parts of a line; no JSON holds one."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit came to."""

    line: bytes
    """Its name, its facts and its files."""
    facts: Facts | None
    """Of an attempt."""

    @property
    def pages(self) -> int:
        """How many of its files are pages."""
        return self.line.count(b'.html":[')

    def files(self) -> Iterator[tuple[str, Left]]:
        """Yield the path below the site's root of each file, with how it was left."""
        return files(self.line)


def unit(name: str, left: Mapping[str, Left], facts: Facts | None) -> Unit:
    """Return a unit that has just been made, of files by their paths below the site's root."""
    folders: dict[str, dict[str, Left]] = {}
    for path, how in left.items():
        folder, _, file = path.rpartition("/")
        folders.setdefault(folder, {})[file] = how
    parts = (name.encode("utf-8"), to_json(as_json(facts) if facts else None), to_json(folders))
    return Unit(_BETWEEN.join(parts), facts)


def unit_of(line: bytes) -> tuple[str, Unit]:
    """Return a unit, after its name, that was made before."""
    name, data, _ = line.split(_BETWEEN)
    facts = from_json(data)
    return name.decode("utf-8"), Unit(line, facts_of(facts) if facts else None)


def files(line: bytes) -> Iterator[tuple[str, Left]]:
    """Yield the path below the site's root of each file of a unit, with how it was left."""
    for folder, names in from_json(line.rpartition(_BETWEEN)[2]).items():
        for name, left in names.items():
            yield f"{folder}/{name}", left


def name_of(line: bytes) -> str:
    """Return what a unit is called."""
    return line.partition(_BETWEEN)[0].decode("utf-8")


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
