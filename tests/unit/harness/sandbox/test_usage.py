import os
import sys
from pathlib import Path

import pytest

from jobtwin.harness.sandbox.usage import disk_bytes, memory_bytes

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
def test_memory_is_ours_and_none_for_a_process_that_is_gone() -> None:
    assert memory_bytes(os.getpid(), 10**15) > MIB
    assert memory_bytes(os.getpid(), 0) > MIB
    assert memory_bytes(2**22 + 1, 0) == 0
