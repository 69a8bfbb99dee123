"""A site shows what was measured of the twin as its commit has it, and nothing that is stale."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.build import overview
from jobtwin.harness import basis, solutions
from jobtwin.records import measured
from jobtwin.records.measured import KitCheck, Measured, Measurement, Use
from jobtwin.repository.append import Author
from jobtwin.repository.definitions import read_twin
from jobtwin.repository.git import create
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from jobtwin.site.twin_card import Card

PROJECT = Path(__file__).parents[4]
NAME = "jt-safety-5"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept = shutil.ignore_patterns("__pycache__", "measured.json")
    there = tmp_path / "repo" / "twins" / NAME
    shutil.copytree(PROJECT / "twins" / NAME, there, ignore=kept)
    return there


def keep(folder: Path) -> None:
    """Write one measurement and one look at a kit, of the twin as it lies there."""
    twin = read_twin(folder.parents[1], NAME)
    now = basis.judged(solutions.folder(folder), twin, "bubblewrap")
    run = Measurement(
        proof="reference",
        case="full",
        seed=0,
        repeat=0,
        basis=now.bases["reference"],
        outcome="passed",
        figures={"asr": 0.0},
        seconds=1.0,
        wall=Use(most=1.0, share=0.1),
        at=NOON,
        machine="Linux, 2 cores, Python 3.11.7, bubblewrap",
    )
    look = KitCheck(case="full", seed=0, twin=now.bases["reference"].twin, at=NOON)
    data = Measured(format=1, twin=NAME, judged=now, kits=(look,), measurements=(run,))
    (folder / measured.NAME).write_bytes(measured.write(data))


def card(folder: Path) -> Card:
    """Commit everything, and return the card of that commit."""
    repo = folder.parents[1]
    git = create(repo, bare=False)
    git.run("add", "-A", "-f")
    author = Author("A", "a@example.invalid").environment(NOON)
    git.run("commit", "-q", "-m", "x", env=author)
    with Tree(git, "refs/heads/main") as tree:
        return overview._card(Ledger(tree), read_twin(repo, NAME))


def test_what_was_measured_of_the_twin_of_the_commit_is_on_its_card(folder: Path) -> None:
    keep(folder)
    found = card(folder)
    assert [one.proof for one in found.measured] == ["reference"]
    assert len(found.kits) == 1
    assert found.kinds["reference"] == "reference"


def test_what_is_stale_is_not_shown(folder: Path) -> None:
    keep(folder)
    with (folder / "harness" / "scoring.py").open("a") as file:
        file.write("\nMORE = 1\n")
    found = card(folder)
    assert (found.measured, found.kits) == ((), ())


def test_where_nothing_was_kept_the_card_is_empty(folder: Path) -> None:
    assert card(folder).measured == ()
