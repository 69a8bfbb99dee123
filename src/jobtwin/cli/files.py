"""Files that a person names on the command line: read to a bound, written over only where said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MAX_BYTES = 1 << 20


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; raises `UsageError` where one is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "name another") from error


def write_tree(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write several new files below a folder."""
    for path, content in sorted(files.items()):
        write_new(folder / path, content)


def write_over(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files in a folder, in place of those of the same names; raises `UsageError`."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in sorted(files.items()):
            (folder / name).write_bytes(content)
            written.append(folder / name)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", "name another") from error
    return written


def read(path: Path) -> bytes:
    """Return a file's first mebibyte, which is more than any record may have."""
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check the name") from error


def read_tree(folder: Path, most: int) -> dict[str, bytes]:
    """Return the regular files below a folder by their path in it; no link is followed.

    Raises `UsageError` where there are more than `most`, or one is a link.
    """
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise UsageError(f"{path} is a link", "put the file itself there")
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = read(path)
        if len(found) > most:
            raise UsageError(f"{folder} holds more than {most:,} files", "check the name")
    return found


def read_signed(path: Path) -> tuple[bytes, bytes]:
    """Return a file and the signature beside it, `<name>.sig`."""
    return read(path), read(path.with_name(path.name + ".sig"))
