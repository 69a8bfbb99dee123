"""Gold items by a twin's own plan: as many as are asked for, and what is wrong with it said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.new.twin import Wanted, write
from jobtwin.errors import Refused
from jobtwin.harness import planned_gold
from jobtwin.repository.definitions import read_twin

if TYPE_CHECKING:
    from pathlib import Path

ID = "jt-parcels-9"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "twins").mkdir()
    write(tmp_path, Wanted(ID, "T", "C", "L"))
    return tmp_path


def test_items_are_as_many_as_asked_for_and_the_same_for_a_seed(repo: Path) -> None:
    twin, folder = read_twin(repo, ID), repo / "twins" / ID
    items = planned_gold.items(folder, twin, b"g" * 32, 30)
    assert len(items) == 30
    assert items == planned_gold.items(folder, twin, b"g" * 32, 30)
    assert items != planned_gold.items(folder, twin, b"h" * 32, 30)
    assert all(set(item.scores) == {one.id for one in twin.rubric} for item in items)


def test_a_plan_that_does_not_fit_its_solutions_is_refused_with_everything(repo: Path) -> None:
    folder = repo / "twins" / ID
    plan = folder / planned_gold.PLAN
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("dimension: rules\n", "dimension: ruler\n", 1), "utf-8")
    (folder / "gold/careful/REPORT.md").write_text("# Empty\n", "utf-8")
    with pytest.raises(Refused) as caught:
        planned_gold.items(folder, read_twin(repo, ID), b"g" * 32, 24)
    codes = {finding.code for finding in caught.value.findings}
    assert codes == {"GLD-010", "GLD-011", "GLD-012"}
    assert all(finding.path == planned_gold.PLAN for finding in caught.value.findings)
