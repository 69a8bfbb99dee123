"""A twin's solutions are tried on a private pack's worlds before the pack is sealed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobtwin.acts.check import packed, proving
from jobtwin.acts.check.keeping import Keeping
from jobtwin.acts.check.proving import Choice
from jobtwin.cli import _run
from jobtwin.errors import Refused, UsageError
from jobtwin.harness import grading
from jobtwin.harness.grading import Machine
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

PROJECT = Path(__file__).parents[4]
TWIN = "jt-incident-4"
PACK = PROJECT / "tests" / "unit" / "twins" / "packs" / f"{TWIN}.yml"


@pytest.fixture
def unused_machine(tmp_path: Path) -> Machine:
    return Machine(Unsandboxed(), tmp_path)


@pytest.fixture
def opened(unused_machine: Machine) -> proving.Proving:
    return proving.opened(PROJECT, TWIN, unused_machine, lambda: datetime(2026, 11, 21, tzinfo=UTC))


def test_each_world_is_drawn_with_the_pack_and_solutions_are_as_ever(
    opened: proving.Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []

    def graded(twin: Any, harness: Any, seeds: Any, handed: Any, *_: Any) -> Any:
        drawn.append((seeds, handed))
        raise UsageError("that is enough")

    monkeypatch.setattr(grading, "grade", graded)
    choice = Choice(proof="reference", case="dose")
    for one in (opened, packed.with_pack(opened, PACK.read_bytes())):
        with pytest.raises(UsageError, match="enough"):
            proving.prove(one, choice, Keeping(TWIN))
    (plain, handed), (with_pack, again) = drawn
    assert (plain.pack, with_pack.pack) == (b"", PACK.read_bytes())
    assert (plain.kit, plain.graded) == (with_pack.kit, with_pack.graded)
    assert handed == again


def test_a_pack_that_the_twin_cannot_use_is_told(opened: proving.Proving) -> None:
    with pytest.raises(Refused, match="REC-"):
        packed.with_pack(opened, b"format: 1\n")


def test_a_twin_without_packs_says_so(unused_machine: Machine) -> None:
    opened = proving.opened(
        PROJECT, "jt-capstone", unused_machine, lambda: datetime(2026, 11, 21, tzinfo=UTC)
    )
    with pytest.raises(UsageError, match="takes no private pack"):
        packed.with_pack(opened, PACK.read_bytes())


def test_what_is_measured_with_a_pack_is_not_kept(tmp_path: Path) -> None:
    words = ["check", "--repo", str(PROJECT), "--deep", TWIN, "--pack", str(PACK)]
    assert _run([*words, "--keep", str(tmp_path / "kept.json")]) == 2
    assert not (tmp_path / "kept.json").exists()
