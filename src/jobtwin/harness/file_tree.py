"""Files as data, and as a directory: which relative paths are safe, and writing them down."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jobtwin.findings import Finding
    from jobtwin.harness.contract import Files

UNSAFE_PATH = Code(
    "PTH-001",
    "a path that must not be written",
    why="files are unpacked on our side of the wall, where a path could lead elsewhere",
    fix="use plain relative paths with `/`: no `..`, no leading `/`, no control characters, "
    "at most 255 bytes a name, and no file where another path needs a folder",
)


def unsafe_paths(paths: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding for each path that is not a plain relative POSIX file path."""
    known = set(paths)
    return tuple(
        UNSAFE_PATH.at(f"{path[:200]!r} {reason}")
        for path in sorted(known)
        if (reason := _unsafe(path) or _blocked(path, known))
    )


def write(files: Files, folder: Path) -> None:
    """Write `files` below `folder`, readable by everybody, executable by nobody.

    Raises Refused for an unsafe path, before anything is written; EngineError when the disk
    fails.
    """
    findings = unsafe_paths(files)
    if findings:
        raise Refused(findings)
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for path, content in files.items():
            place = folder / path
            place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            place.write_bytes(content)
            place.chmod(0o644)
    except OSError as error:
        raise EngineError(f"could not write down the files to run: {error}") from error


def _unsafe(path: str) -> str:
    try:
        encoded = path.encode("utf-8")
    except UnicodeEncodeError:
        return "is not text"
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or not path.isprintable():
        return "is not a plain relative path"
    if any(part in ("", ".", "..") for part in parts):
        return "has an empty, `.` or `..` part"
    if len(encoded) > 1024 or any(len(part.encode("utf-8")) > 255 for part in parts):
        return "is too long"
    return ""


def _blocked(path: str, known: set[str]) -> str:
    parents = (str(parent) for parent in PurePosixPath(path).parents)
    return "needs a folder where a file stands" if any(up in known for up in parents) else ""
