"""A twin's solutions as they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobtwin.harness import solutions

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"app.py": b"limit = 3\nname = 'a'\n", "README.md": b"Read me\n"}


def _changed(twin: Path, **change: str) -> dict[str, bytes]:
    return solutions.changed(FILES, [{"file": "app.py", **change}], twin, {"app.py": b"kit\n"})


def test_a_passage_that_stands_once_is_replaced_and_all_else_stays(tmp_path: Path) -> None:
    found = _changed(tmp_path, find="limit = 3\n", replace="limit = 4\n")
    assert found == {"app.py": b"limit = 4\nname = 'a'\n", "README.md": b"Read me\n"}
    assert FILES["app.py"].startswith(b"limit = 3")


@pytest.mark.parametrize("passage", ["limit = 9", "="])
def test_a_passage_that_stands_never_or_twice_is_an_error_that_names_file_and_passage(
    tmp_path: Path, passage: str
) -> None:
    with pytest.raises(ValueError, match=f"app.py does not hold once: {passage}"):
        _changed(tmp_path, find=passage, replace="x")


def test_a_file_is_put_taken_from_the_kit_or_from_the_twin(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_bytes(b"other\n")
    assert _changed(tmp_path, put="new\n")["app.py"] == b"new\n"
    assert _changed(tmp_path, from_kit="yes")["app.py"] == b"kit\n"
    assert _changed(tmp_path, **{"from": "other.py"})["app.py"] == b"other\n"


def test_changes_of_one_solution_follow_one_another(tmp_path: Path) -> None:
    listed = [
        {"file": "app.py", "find": "limit = 3", "replace": "limit = 4"},
        {"file": "app.py", "find": "limit = 4", "replace": "limit = 5"},
    ]
    assert solutions.changed(FILES, listed, tmp_path, {})["app.py"].startswith(b"limit = 5")


def test_a_folder_is_read_without_compiled_code(tmp_path: Path) -> None:
    (tmp_path / "pkg" / "__pycache__").mkdir(parents=True)
    (tmp_path / "pkg" / "__pycache__" / "a.pyc").write_bytes(b"\0")
    (tmp_path / "pkg" / "a.py").write_bytes(b"a\n")
    assert solutions.folder(tmp_path) == {"pkg/a.py": b"a\n"}


def test_seeds_differ_by_twin_number_and_purpose_and_a_small_world_is_marked() -> None:
    found = [solutions.seeds(twin, index) for twin in ("one", "two") for index in (0, 1)]
    assert len({seed for one in found for seed in (one.kit, one.graded)}) == 8
    small = solutions.seeds("one", 0, b"small")
    assert small.kit == found[0].kit
    assert small.graded.startswith(b"small")
