"""What must hold between the parts of a twin, on a sound twin with one thing changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.findings import Code
from jobtwin.records.base import Loaded, load
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.rules import twins as rules
from jobtwin.rules.twins import check_track, check_twin, startable
from jobtwin.yamlfile import dump, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

SOUND: dict[str, Any] = parse(
    (Path(__file__).parents[2] / "bad" / "TWN-008" / "jt-sample-1" / "twin.yml").read_bytes()
).data
PATH = "twins/jt-sample-1/twin.yml"
TRACK: dict[str, Any] = {
    "format": 1,
    "id": "sample",
    "title": "Sample",
    "weeks": 8,
    "summary": "Samples.",
    "twins": [
        {"twin": "jt-sample-1", "week": 3, "title": "A", "short": "A", "summary": "A sample."}
    ],
}
HARNESS = {
    "service": {
        "command": ["python"],
        "ready_seconds": 1,
        "query_seconds": 1,
        "answer_kib": 1,
    },
    "tests": {"command": ["pytest"], "seconds": 1},
    "environment": {"lock": "environment.lock"},
    "limits": {
        "wall_seconds": 1,
        "cpu_seconds": 1,
        "memory_mib": 64,
        "processes": 1,
        "output_kib": 1,
        "file_mib": 1,
        "tmp_mib": 1,
        "open_files": 16,
    },
    "snapshot": {"files": 1, "mib": 1, "file_mib": 1},
}


def twin(**changes: Any) -> Loaded[Twin]:
    return load(Twin, dump({**SOUND, **changes}), PATH)


def codes(loaded: Loaded[Twin]) -> list[str]:
    return [finding.code for finding in check_twin(loaded)]


def track_codes(**changes: Any) -> list[str]:
    loaded = load(Track, dump({**TRACK, **changes}), "tracks/sample.yml")
    return [finding.code for finding in check_track(loaded, {"jt-sample-1": twin().record})]


def weighted(weights: Sequence[float]) -> list[dict[str, Any]]:
    dimension = SOUND["rubric"][0]
    return [{**dimension, "id": f"d{n}", "weight": weight} for n, weight in enumerate(weights)]


def checkpoints(**after: str | None) -> list[dict[str, Any]]:
    return [
        {"id": name, "title": name, "text": "x", **({"after": before} if before else {})}
        for name, before in after.items()
    ]


def test_a_sound_twin_has_no_findings() -> None:
    assert codes(twin()) == []


def test_a_twin_without_a_harness_cannot_be_started_and_that_is_no_error() -> None:
    note = startable(twin())
    assert note is not None
    assert note.code == "TWN-008"
    assert "jt-sample-1" in note.message
    assert startable(twin(harness=HARNESS)) is None


@pytest.mark.parametrize(
    "weights",
    [
        (0.1, 0.2, 0.3, 0.15, 0.25),  # 1.0000000000000002 in binary
        (0.7, 0.1, 0.1, 0.05, 0.05),  # 0.9999999999999999 in binary
        (0.2, 0.2, 0.2, 0.2, 0.2),
        (0.15, 0.2, 0.2, 0.15, 0.1, 0.1, 0.1),
    ],
)
def test_weights_are_summed_as_they_are_written_and_not_in_binary(weights: Sequence[float]) -> None:
    assert codes(twin(rubric=weighted(weights))) == []


@pytest.mark.parametrize("last", [0.19, 0.21, 0.2001, 0.19999999999])
def test_weights_that_miss_one_by_a_hair_are_told_with_their_sum(last: float) -> None:
    found = list(check_twin(twin(rubric=weighted((0.2, 0.2, 0.2, 0.2, last)))))
    assert [finding.code for finding in found] == ["TWN-001"]
    assert f"{0.8 + last:.11f}".rstrip("0") in found[0].message


@given(st.lists(st.integers(1, 96), min_size=4, max_size=6))
def test_any_hundredths_that_sum_to_one_do(parts: list[int]) -> None:
    rest = 100 - sum(parts)
    if rest < 1:
        return
    weights = [part / 100 for part in (*parts, rest)]
    assert codes(twin(rubric=weighted(weights))) == []


@pytest.mark.parametrize(
    "part", ["checkpoints", "rubric", "failure_modes", "skills", "metrics", "inbox"]
)
def test_an_id_that_stands_twice_is_told_at_the_second(part: str) -> None:
    items = [*SOUND[part], SOUND[part][0]]
    if part == "rubric":
        items = [*SOUND[part][:4], SOUND[part][0]]
    found = list(check_twin(twin(**{part: items})))
    assert [finding.code for finding in found] == ["TWN-002"]
    assert found[0].line is not None


def test_a_metric_with_two_bars_is_told_once() -> None:
    bar = [
        {"metric": "answered", "comparator": ">=", "value": 0.5},
        {"metric": "answered", "comparator": "<=", "value": 0.6},
        {"metric": "answered", "comparator": "<=", "value": 0.7},
    ]
    assert codes(twin(bar=bar)) == ["TWN-002"]


def test_a_figure_beside_a_dimension_has_to_be_measured() -> None:
    first, *others = SOUND["rubric"]
    beside = {**first, "figures": ["answered", "shine"]}
    (finding,) = check_twin(twin(rubric=[beside, *others]))
    assert (finding.code, "`shine`" in finding.message) == ("TWN-003", True)


def test_a_bar_over_a_figure_that_is_not_measured_is_told() -> None:
    bar = [{"metric": "shine", "comparator": ">=", "value": 0.5}]
    assert codes(twin(bar=bar)) == ["TWN-003"]


@pytest.mark.parametrize(
    ("comparator", "value", "unit", "told"),
    [
        (">=", 0, "fraction", True),
        (">=", 1, "fraction", False),
        (">=", 1.01, "fraction", True),
        ("<=", 0, "fraction", False),
        ("<=", 1, "fraction", True),
        ("<=", -1, "count", True),
        (">=", 0, "count", True),
        ("<=", 800, "milliseconds", False),
        ("<=", 0.0006, "usd", False),
    ],
)
def test_a_bar_that_all_or_none_meet_is_told(
    comparator: str, value: float, unit: str, told: bool
) -> None:
    metrics = [{**SOUND["metrics"][0], "unit": unit}]
    bar = [{"metric": "answered", "comparator": comparator, "value": value}]
    assert codes(twin(metrics=metrics, bar=bar)) == (["TWN-007"] if told else [])


def test_checkpoints_may_follow_one_another_in_any_order_of_the_file() -> None:
    assert codes(twin(checkpoints=checkpoints(c="b", b="a", a=None))) == []


def test_a_checkpoint_after_none_that_there_is_is_told() -> None:
    assert codes(twin(checkpoints=checkpoints(a=None, b="x"))) == ["TWN-004"]


def test_a_checkpoint_after_itself_is_told() -> None:
    assert codes(twin(checkpoints=checkpoints(a="a"))) == ["TWN-004"]


def test_in_a_circle_each_checkpoint_of_it_is_told_and_no_other() -> None:
    found = list(check_twin(twin(checkpoints=checkpoints(a="b", b="c", c="a", d="a", e=None))))
    assert [finding.message[:3] for finding in found] == ["`a`", "`b`", "`c`"]


def test_a_checkpoint_called_start_would_take_the_name_of_the_start_request() -> None:
    assert codes(twin(checkpoints=checkpoints(start=None))) == ["TWN-012"]


@pytest.mark.parametrize("pattern", ["start.yml", "draft.yml", "final.yml"])
def test_an_inbox_file_that_is_a_request_is_told(pattern: str) -> None:
    assert codes(twin(inbox=[{"pattern": pattern, "what": "x"}])) == ["TWN-012"]


def levels(*texts: str) -> list[dict[str, Any]]:
    first, *others = SOUND["rubric"]
    return [{**first, "levels": list(texts)}, *others]


def test_descriptors_that_differ_only_in_case_and_spaces_say_the_same() -> None:
    rubric = levels(
        "Nothing is there at all.",
        "nothing  is there AT all.",
        "Something is there at last.",
        "Most of it is there.",
        "All of it is there.",
    )
    assert codes(twin(rubric=rubric)) == ["TWN-005"]


def test_a_ladder_of_single_words_is_told_at_each_of_its_rungs() -> None:
    found = list(check_twin(twin(rubric=levels("poor", "fair", "good", "better", "best"))))
    assert [finding.code for finding in found] == ["TWN-005"] * 5
    assert len({finding.line for finding in found}) == 5


def test_a_twin_without_a_critical_self_check_is_told() -> None:
    modes = [{**SOUND["failure_modes"][0], "kind": "reflective"}]
    assert codes(twin(failure_modes=modes)) == ["TWN-006"]


def test_a_twin_in_another_folder_than_its_id_is_told() -> None:
    loaded = load(Twin, dump(SOUND), "twins/jt-other/twin.yml")
    assert codes(loaded) == ["TWN-011"]


def test_all_findings_come_at_once() -> None:
    modes = [{**SOUND["failure_modes"][0], "kind": "reflective"}]
    bar = [{"metric": "shine", "comparator": ">=", "value": 0.5}]
    loaded = twin(failure_modes=modes, bar=bar, rubric=weighted((0.2, 0.2, 0.2, 0.2, 0.1)))
    assert sorted(codes(loaded)) == ["TWN-001", "TWN-003", "TWN-006"]


def test_a_sound_track_has_no_findings() -> None:
    assert track_codes() == []
    assert track_codes(capstone="jt-sample-1") == []


def test_a_track_of_twins_that_are_not_there_is_told() -> None:
    entry = {**TRACK["twins"][0], "twin": "jt-nothing"}
    assert track_codes(twins=[entry], capstone="jt-nobody") == ["TWN-009", "TWN-009"]


def test_a_week_that_the_twin_does_not_say_or_the_track_does_not_have_is_told() -> None:
    assert track_codes(twins=[{**TRACK["twins"][0], "week": 4}]) == ["TWN-010"]
    assert track_codes(weeks=2) == ["TWN-010"]


def test_a_twin_that_stands_twice_in_a_track_is_told() -> None:
    assert track_codes(twins=TRACK["twins"] * 2) == ["TWN-002"]


def test_a_track_under_another_name_than_its_id_is_told() -> None:
    assert track_codes(id="other") == ["TWN-011"]


def test_every_finding_carries_what_to_do() -> None:
    assert all(code.why and code.fix for code in vars(rules).values() if isinstance(code, Code))
