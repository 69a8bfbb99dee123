"""A twin's scaffold as a learner gets it: the files of its folder with their blanks filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.harness import solutions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobtwin.harness.contract import Files


def read(folder: Path) -> dict[str, bytes]:
    """Return the files of a scaffold's folder; `gitignore` gets its dot here.

    With a dot of its own it would hide parts of the scaffold from the twin's repository.
    """
    return {
        ".gitignore" if path == "gitignore" else path: content
        for path, content in solutions.folder(folder).items()
    }


def filled(files: Files, facts: Mapping[str, str]) -> dict[str, bytes]:
    """Return files with each fact for its blank, which is `{{name}}` or `{{ name }}`."""
    found = dict(files)
    for name, value in facts.items():
        for blank in (f"{{{{{name}}}}}".encode(), f"{{{{ {name} }}}}".encode()):
            found = {path: text.replace(blank, value.encode()) for path, text in found.items()}
    return found
