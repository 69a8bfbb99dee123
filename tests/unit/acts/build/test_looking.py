"""Files of an earlier site are looked at, by one process or two, and all that changed is named."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from typing import NoReturn

import pytest

from jobtwin.acts.build import looking
from jobtwin.acts.build.left import unit
from jobtwin.acts.build.making import write
from jobtwin.errors import EngineError


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Four units of two files each, enough for another process to look."""
    monkeypatch.setattr(looking, "_ALONE", 4)
    units = []
    for name in "abcd":
        left = {path: write(tmp_path, path, b"it") for path in (f"{name}/x", f"{name}/y")}
        units.append(unit(name, left, None).line)
    return units


@pytest.mark.parametrize("workers", [1, 2])
def test_only_what_was_edited_or_lost_is_named(
    tmp_path: Path, units: list[bytes], workers: int
) -> None:
    assert looking.begin(tmp_path, units, workers)() == set()
    (tmp_path / "b/x").write_bytes(b"IT!")
    (tmp_path / "c/y").unlink()
    before = (tmp_path / "d/y").stat()
    (tmp_path / "d/y").write_bytes(b"no")
    os.utime(tmp_path / "d/y", ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert looking.begin(tmp_path, units, workers)() == {"b", "c", "d"}


def test_a_look_that_nobody_waits_for_ends_without_a_word(
    tmp_path: Path, units: list[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    looking.begin(tmp_path, units, 2)  # what waits for it is let go at once
    for process in multiprocessing.active_children():
        process.join(30)
    assert capfd.readouterr().err == ""


def test_a_look_that_dies_is_said_and_not_taken_for_a_site_as_it_was_left(
    tmp_path: Path, units: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> NoReturn:
        os._exit(9)

    monkeypatch.setattr(looking, "_spoilt", dies)
    with pytest.raises(EngineError, match="a worker process died"):
        looking.begin(tmp_path, units, 2)()
