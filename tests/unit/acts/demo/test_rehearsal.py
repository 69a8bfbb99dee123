"""A rehearsal: which twins cannot be played so is said before anything is founded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.demo.rehearsal import rehearse
from jobtwin.acts.new.twin import Wanted, write
from jobtwin.errors import UsageError
from jobtwin.harness.grading import Machine
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).parents[4]
ID = "jt-parcels-9"


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[Path, str], str]:
    """Return a function that rehearses in vain, and says why."""

    def rehearsed(project: Path, twin: str) -> str:
        out = tmp_path / "out"
        machine = Machine(Unsandboxed(), tmp_path / "cache")
        with pytest.raises(UsageError) as caught:
            rehearse(project, twin, out, machine, lambda _: None)
        assert not (out / "forge").exists()
        return caught.value.message

    return rehearsed


def _written(repo: Path, **given: object) -> Path:
    (repo / "twins").mkdir()
    write(repo, Wanted(ID, "T", "C", "L", **given))  # type: ignore[arg-type]
    return repo


def test_a_twin_of_two_ledgers_or_of_other_files_is_not_rehearsed(
    refused: Callable[[Path, str], str],
) -> None:
    assert "two mentors grade it" in refused(PROJECT, "jt-capstone")
    assert "it takes files of the inbox" in refused(PROJECT, "jt-incident-4")


def test_a_twin_that_takes_files_only_is_not_rehearsed(
    refused: Callable[[Path, str], str], tmp_path: Path
) -> None:
    repo = _written(tmp_path, submission=("file_upload",))
    assert "it takes no repo_url" in refused(repo, ID)


def test_a_twin_of_no_track_has_no_cohort_to_be_rehearsed_in(
    refused: Callable[[Path, str], str], tmp_path: Path
) -> None:
    assert refused(_written(tmp_path), ID) == f"no track names {ID}"


def test_a_twin_that_is_not_there_is_told_so(
    refused: Callable[[Path, str], str], tmp_path: Path
) -> None:
    assert "there is no twin 'jt-nothing'" in refused(_written(tmp_path), "jt-nothing")
