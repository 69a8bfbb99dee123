"""The memory of a site, kept beside it: what each unit was made of, and how its files were left.

A line of what units have in common, one for each unit, and a seal of them all. It is believed only
where the engine and its libraries are the same.
"""

from __future__ import annotations

import hashlib
import os
import sys
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

import jobtwin
from jobtwin.acts.build.earlier import Earlier, Rendered
from jobtwin.acts.build.index import Index, entry_of
from jobtwin.acts.build.left import unit_of
from jobtwin.credential.baking import Frame
from jobtwin.site.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_END = b"\n"
_CODE = (".py", ".html", ".css", ".svg", ".js")


@dataclass(frozen=True, slots=True)
class Kept:
    """A memory as it was written."""

    head: bytes
    """What units have in common."""
    units: Sequence[bytes]
    """A line each."""


def beside(out: Path) -> Path:
    """Return where the memory of a site is kept."""
    return out.with_name(f"{out.name}.built")


@cache
def engine() -> str:
    """Return a digest of the code and the libraries that make a site."""
    found = hashlib.sha256(sys.version.encode("utf-8"))
    for name in sorted(_installed()):
        found.update(f"{name}\n".encode())
    root = jobtwin.__path__[0]
    for path in sorted(_code(root)):
        content = Path(path).read_bytes()
        found.update(f"{path[len(root) :]} {hashlib.sha256(content).hexdigest()}\n".encode())
    return found.hexdigest()


def _installed() -> Iterator[str]:
    """Yield names and versions of installed libraries, by the folders that pip keeps of them."""
    for path in map(Path, sys.path):
        if path.is_dir():
            yield from (item.name for item in path.iterdir() if item.suffix == ".dist-info")


def _code(root: str) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        yield from (f"{folder}/{name}" for name in names if name.endswith(_CODE))


def remember(path: Path, built: Earlier) -> None:
    """Write what is known of a build."""
    head = {
        "commit": built.commit,
        "as_of": built.as_of.isoformat(),
        "has_archive": built.has_archive,
        "rendered": _rendered_as_json(built.rendered),
        "beside": built.beside,
        "frames": {name: _frame_as_json(frame) for name, frame in built.frames.items()},
        "index": {name: entry.as_json() for name, entry in built.index.entries.items()},
    }
    seal = _seal()
    with path.open("wb") as stream:
        for line in (to_json(head), *(unit.line for unit in built.units.values())):
            seal.update(line + _END)
            stream.write(line + _END)
        stream.write(seal.hexdigest().encode("ascii"))


def read(path: Path) -> Kept | None:
    """Return what is kept of a build; None where nothing is that this engine has left whole."""
    if not path.is_file():
        return None
    content, seal = path.read_bytes(), _seal()
    end = content.rfind(_END) + 1
    seal.update(memoryview(content)[:end])
    *lines, said = content.split(_END)
    return Kept(lines[0], lines[1:]) if said == seal.hexdigest().encode("ascii") else None


def recall(kept: Kept) -> Earlier:
    """Return what is known of a build."""
    head = from_json(kept.head)
    return Earlier(
        commit=head["commit"],
        as_of=datetime.fromisoformat(head["as_of"]),
        has_archive=head["has_archive"],
        rendered=_rendered_of(head["rendered"]),
        beside=head["beside"],
        frames={name: _frame_of(data) for name, data in head["frames"].items()},
        index=Index({name: entry_of(data) for name, data in head["index"].items()}),
        units=dict(map(unit_of, kept.units)),
    )


def _seal() -> hashlib._Hash:
    """Return a hash that is the same only for this engine and all that it is given."""
    return hashlib.sha256(engine().encode("ascii"))


def _rendered_as_json(rendered: Rendered) -> list[Any]:
    """Return what `_rendered_of` reads."""
    shell = rendered.shell
    return [rendered.key, [shell.before, shell.after], rendered.marked, rendered.parts]


def _rendered_of(data: list[Any]) -> Rendered:
    key, (before, after), marked, parts = data
    return Rendered(key, Shell(before, after), marked, parts)


def _frame_as_json(frame: Frame) -> list[Any]:
    """Return what `_frame_of` reads."""
    return [
        frame.is_png,
        *(b64encode(part).decode("ascii") for part in (frame.before, frame.after)),
    ]


def _frame_of(data: list[Any]) -> Frame:
    is_png, before, after = data
    return Frame(is_png, b64decode(before), b64decode(after))
