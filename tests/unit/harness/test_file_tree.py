from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.harness.file_tree import unsafe_paths, write


@pytest.mark.parametrize(
    "path",
    ["", "/a", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "a\0b", "a\nb", "a\u202eb",
     "\ud800", "x" * 256, "é" * 128, "/".join(["a"] * 600)],
)  # fmt: skip
def test_a_path_that_could_lead_elsewhere_or_deceive_is_refused(path: str) -> None:
    assert [finding.code for finding in unsafe_paths([path])] == ["PTH-001"]


def test_a_file_that_stands_where_a_folder_is_needed_is_refused() -> None:
    assert len(unsafe_paths(["a", "a/b/c", "ab"])) == 1


def test_plain_paths_are_safe() -> None:
    assert unsafe_paths(["a", "b/c.py", ".hidden", "ünïcode/…", "with space"]) == ()


def test_files_are_written_readable_and_not_executable(tmp_path: Path) -> None:
    write({"a.py": b"1", "deep/er/b": b"\0\xff"}, tmp_path / "tree")
    assert (tmp_path / "tree/deep/er/b").read_bytes() == b"\0\xff"
    assert (tmp_path / "tree/a.py").stat().st_mode & 0o777 == 0o644


def test_nothing_is_written_when_one_path_is_unsafe(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        write({"a": b"", "../b": b""}, tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


@given(st.lists(st.text(max_size=12), max_size=5))
def test_whatever_is_called_safe_stays_below_the_folder(paths: list[str]) -> None:
    for path in paths:
        if not unsafe_paths([path]):
            assert Path("/folder", path).parts[:2] == ("/", "folder")
            assert ".." not in Path(path).parts
