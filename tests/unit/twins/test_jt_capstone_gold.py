"""Gold of jt-capstone: pre-scored capstones that mentors are measured with."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from jobtwin.harness.contract import GoldItem
from jobtwin.harness.exemplars import ANCHORS, PROPORTIONS
from jobtwin.harness.twin_code import load, part
from jobtwin.records import base
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.repository.definitions import read_twin
from jobtwin.rules.gold_quality import check_quality
from jobtwin.rules.scoring import exact, overall, weights
from jobtwin.yamlfile import parse

ROOT = Path(__file__).parents[3]
TWIN = read_twin(ROOT, "jt-capstone")
HARNESS = load(ROOT / "twins" / "jt-capstone")
COUNT = 24


def gold(text: str, count: int = COUNT) -> tuple[GoldItem, ...]:
    return HARNESS.gold(hashlib.sha256(text.encode()).digest(), count)


def figure(item: GoldItem, name: str) -> float:
    found = re.search(rf"^{name} +([\d.]+)$", item.files["gate-report.txt"].decode(), re.MULTILINE)
    assert found, name
    return float(found[1])


@pytest.mark.parametrize("count", [20, COUNT, 36])
def test_gold_is_fit_to_measure_mentors_with(count: int) -> None:
    path = sorted((ROOT / "policy").glob("calibration-*.yml"))[-1]
    policy = base.load(CalibrationPolicy, path.read_bytes(), path.name).record
    for number in range(10):
        items = gold(f"set {number}", count)
        assert not list(check_quality(items, TWIN, policy))
        assert len(items) * len(TWIN.rubric) >= 100


def test_items_have_each_level_in_each_dimension_as_often_as_planned() -> None:
    items = gold("levels")
    for dimension in TWIN.rubric:
        levels = Counter(item.scores[dimension.id] for item in items)
        assert levels == {ANCHORS[level]: share for level, share in PROPORTIONS.items()}


def test_the_same_seed_gives_the_same_items_and_another_seed_others() -> None:
    assert gold("one") == gold("one")
    ours, others = (
        {hashlib.sha256(b"".join(item.files.values())).digest() for item in gold(text)}
        for text in ("one", "two")
    )
    assert len(ours) == COUNT
    assert not ours & others


def test_every_lost_point_is_a_defect_that_can_be_named() -> None:
    for item in gold("defects"):
        lost = [name for name, score in item.scores.items() if score < 1]
        assert [defect.partition(":")[0] for defect in item.defects] == lost


def test_no_blank_is_left_and_no_file_tells_its_score() -> None:
    for item in gold("texts"):
        text = b"".join(item.files.values()).decode()
        assert "<<" not in text
        assert not re.search(r"\blevel [1-5]\b|defect", text)


def test_the_gates_report_agrees_with_the_levels() -> None:
    for item in gold("figures"):
        assert (figure(item, "evals_can_fail") == 1) == (item.scores["evals_coverage"] >= 0.5)
        if item.scores["evals_coverage"] == 1:
            assert f"{figure(item, 'eval_cases'):.0f}" in item.files["evals/README.md"].decode()
        if item.scores["security_posture"] <= 0.25:
            assert figure(item, "risks_mitigated") == 0


def test_items_on_both_sides_of_the_threshold_are_dealt() -> None:
    least, shares = exact(TWIN.pass_threshold), weights(TWIN)
    reached = [overall(item.scores, shares) >= least for item in gold("verdicts")]
    assert COUNT / 5 <= sum(reached) <= COUNT * 4 / 5


def test_every_text_has_two_ways_at_least_or_facts_of_its_own() -> None:
    words = parse(part(HARNESS, "exemplars").WORDS.read_bytes()).data
    assert set(words["dimensions"]) == {dimension.id for dimension in TWIN.rubric}
    for levels in words["dimensions"].values():
        assert len(levels) == len(ANCHORS)
        for level in levels:
            for path, variants in level["files"].items():
                assert all("<<" in variant for variant in variants) or len(variants) > 1, path
