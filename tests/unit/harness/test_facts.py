"""What blanks are filled with: drawn by the seed, and told where it is no list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import Refused
from jobtwin.harness import facts

if TYPE_CHECKING:
    from pathlib import Path


def test_a_seed_draws_one_of_each_list_whatever_others_there_are(tmp_path: Path) -> None:
    path = tmp_path / facts.NAME
    path.write_text("lead: [Ada, Ben, Cem, Dot]\n", "utf-8")
    alone = [facts.drawn(tmp_path, bytes([number])) for number in range(20)]
    path.write_text("day: [Monday]\nlead: [Ada, Ben, Cem, Dot]\n", "utf-8")
    both = [facts.drawn(tmp_path, bytes([number])) for number in range(20)]
    assert both == [{"day": "Monday", **one} for one in alone]
    assert {one["lead"] for one in alone} == {"Ada", "Ben", "Cem", "Dot"}


@pytest.mark.parametrize(
    ("text", "line"), [("lead: Ada\n", 1), ("a: [b]\nlead: []\n", 2), ("a: [1]\n", 1), ("- a\n", 0)]
)
def test_facts_that_are_no_lists_are_told_with_their_line(
    tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / facts.NAME).write_text(text, "utf-8")
    with pytest.raises(Refused) as caught:
        facts.drawn(tmp_path, b"s")
    (found,) = caught.value.findings
    assert (found.code, found.line or 0) == ("FCT-001", line)
