import os
import sys
import time
from pathlib import Path

import pytest

from jobtwin.harness.sandbox.usage import Taken, disk_bytes, taken

MIB = 1024 * 1024


def test_disk_is_counted_through_folders_and_not_through_links(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_bytes(b"x" * MIB)
    (tmp_path / "link").symlink_to("/usr")
    assert MIB <= disk_bytes(tmp_path, 10 * MIB) < 2 * MIB


def test_a_hole_in_a_file_takes_no_disk(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1024 * MIB)
    assert disk_bytes(tmp_path, 10 * MIB) < MIB


def test_empty_files_are_not_free_and_counting_stops_at_enough(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / str(number)).touch()
    assert disk_bytes(tmp_path, 10 * MIB) == 100 * 4096
    assert disk_bytes(tmp_path, 8192) == 3 * 4096


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert disk_bytes(tmp_path / "gone", 1) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_taken_is_ours_and_nothing_for_a_process_that_is_gone() -> None:
    assert taken(os.getpid(), 10**15).memory_bytes > MIB
    assert taken(os.getpid(), 0).memory_bytes > MIB
    assert 0 < taken(os.getpid(), 0).cpu_seconds <= time.process_time() + 0.1
    assert taken(2**22 + 1, 0) == Taken(0, 0.0)
