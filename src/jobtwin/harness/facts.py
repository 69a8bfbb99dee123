"""What the blanks of a twin's brief and scaffold are filled with: of each list, one by the seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.harness.draw import generator
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobtwin.findings import Finding
    from jobtwin.yamlfile import Document

NOT_A_LIST = Code(
    "FCT-001",
    "a fact is no list of texts",
    why="A kit draws one of several values, so that two learners do not read the same brief.",
    fix="Write `name:` and below it each value as `- text`.",
)
NAME = "facts.yml"


def drawn(folder: Path, seed: bytes) -> dict[str, str]:
    """Return the facts of a kit's seed; raises `Refused` with everything wrong in facts.yml."""
    document = parse((folder / NAME).read_bytes(), str(folder / NAME))
    if findings := list(_wrong(document)):
        raise Refused(findings)
    return {
        name: generator(seed, f"facts/{name}").choice(values)
        for name, values in sorted(document.data.items())
    }


def _wrong(document: Document) -> Iterator[Finding]:
    if not isinstance(document.data, dict):
        yield NOT_A_LIST.at("the file has no names with values", document.path)
        return
    for name, values in document.data.items():
        is_list = isinstance(values, list) and all(isinstance(value, str) for value in values)
        if not is_list or not values:
            yield NOT_A_LIST.at(f"`{name}` has no values", document.path, document.place(name))
