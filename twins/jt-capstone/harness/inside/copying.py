"""A copy of the repository that may be written, as a clone is; what is mounted is read-only."""

# ruff: noqa: TID251 - a script of its own, inside a sandbox that is told by variables
from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def writable_copy() -> tuple[Path, dict[str, str]]:
    """Return a copy of the working directory, and the environment that imports from it."""
    given, copy = Path.cwd(), Path(tempfile.mkdtemp()) / "repo"
    shutil.copytree(given, copy)
    for place in (copy, *copy.rglob("*")):
        place.chmod(0o755 if place.is_dir() else 0o644)
    parts = [part for part in os.environ.get("PYTHONPATH", "").split(":") if part]
    moved = [
        str(copy / Path(part).relative_to(given)) if Path(part).is_relative_to(given) else part
        for part in parts
    ]
    return copy, {**os.environ, "PYTHONPATH": ":".join(moved)}
