"""Files of a site as they are written: read back where git has them too, and never over another."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtwin.acts.build.making import write
from jobtwin.errors import EngineError


def test_a_file_is_written_into_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    size, time, is_signed = write(tmp_path, "a/b/c.html", b"page")
    found = (tmp_path / "a/b/c.html").stat()
    assert (tmp_path / "a/b/c.html").read_bytes() == b"page"
    assert (size, time, is_signed) == (4, found.st_mtime_ns, 0)


def test_a_page_may_be_written_anew_and_a_signed_file_stands_over_nothing(tmp_path: Path) -> None:
    write(tmp_path, "index.html", b"one")
    write(tmp_path, "index.html", b"two")
    assert (tmp_path / "index.html").read_bytes() == b"two"
    assert write(tmp_path, "credential.json", b"{}", is_signed=True)[2] == 1
    for path in ("index.html", "credential.json"):
        with pytest.raises(EngineError, match=f"something of its own at {path}"):
            write(tmp_path, path, b"{}", is_signed=True)


def test_what_a_disk_has_not_taken_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.pread", lambda *_: b"{ ")
    with pytest.raises(EngineError, match="not as it was written"):
        write(tmp_path, "credential.json", b"{}", is_signed=True)
