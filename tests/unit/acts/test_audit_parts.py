"""The parts of an audit add up to it, byte for byte, and so do several processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.audit.merging import merge, read_part, write_part
from jobtwin.acts.audit.report import Divergence, Report
from jobtwin.acts.audit.sharding import WHOLE, Shard
from jobtwin.errors import Refused
from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Callable

KIND = Code("XXX-001", "wrong", why="It is.", fix="Mend it.")
OTHER = Code("XXX-002", "odd", why="It is.", fix="Mend it.")


def _part(number: int, of: int = 2, *found: Divergence, commit: str = "c" * 40) -> Report:
    return Report(commit, {"commits": number}, {"{n} wait": 10}, found, Shard(number, of))


def _diverges(code: Code, at: int, path: str = "", more: int = 0) -> Divergence:
    return Divergence(f"{at:040x}", code.at("it is", path), more, at)


def test_a_part_is_read_back_as_it_was_written() -> None:
    part = _part(2, 3, _diverges(KIND, 7, "grades/\udcff", more=4))
    assert read_part(write_part(part)) == part


def test_what_the_parts_have_counted_is_added_up() -> None:
    whole = merge([_part(2), _part(1)])
    assert (whole.shard, whole.checked, whole.unchecked[0]) == (WHOLE, {"commits": 3}, "20 wait")


def test_the_first_of_a_kind_is_the_first_in_any_part_and_the_rest_are_more() -> None:
    late = _part(1, 2, _diverges(OTHER, 5), _diverges(KIND, 9, more=2))
    early = _part(2, 2, _diverges(KIND, 3, more=1))
    found = [(one.finding.code, one.at, one.more) for one in merge([late, early]).divergences]
    assert found == [("XXX-001", 3, 4), ("XXX-002", 5, 0)]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [_part(1)],
        [_part(1), _part(1)],
        [_part(1, 3), _part(2, 3)],
        [_part(1), _part(2, 3)],
        [_part(1), _part(2, commit="d" * 40)],
    ],
    ids=["none", "one missing", "doubled", "last missing", "other n", "other commit"],
)
def test_what_is_not_every_part_of_one_audit_is_refused(parts: list[Report]) -> None:
    with pytest.raises(Refused, match="AUD-073"):
        merge(parts)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(tool="jobtwin 0"),
        lambda data: data.update(kind="audit-report"),
        lambda data: data.update(part=[3, 2]),
        lambda data: data.update(checked=[1]),
        lambda data: data.pop("commit"),
        lambda data: data["divergences"].append({}),
    ],
    ids=["tool", "kind", "part", "list", "commit", "divergence"],
)
def test_a_file_that_is_no_part_is_refused(change: Callable[[dict[str, object]], object]) -> None:
    data = json.loads(write_part(_part(1)))
    change(data)
    with pytest.raises(Refused, match="AUD-073"):
        read_part(json.dumps(data).encode())


def test_all_of_an_attempt_is_in_one_part_and_every_path_in_exactly_one() -> None:
    mine = [f"submissions/jt-a-1/ab/{'ab' * 16}/started.yml", f"grades/x/ab/{'ab' * 16}/claim.yml"]
    for path in mine:
        holders = [n for n in range(1, 5) if Shard(n, 4).has(path)]
        assert holders == [n for n in range(1, 5) if Shard(n, 4).has(mine[0])]
        assert len(holders) == 1
