"""The blank review: figures lie beside the dimension that they speak of; no score is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jobtwin.records.base import load
from jobtwin.records.grade import Claim
from jobtwin.records.submission import Evaluated, Figure, Measured
from jobtwin.records.twin import Twin
from jobtwin.rules.review_form import form

DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def twin(pytestconfig: pytest.Config) -> Twin:
    path = pytestconfig.rootpath / "twins/jt-incident-4/twin.yml"
    return load(Twin, path.read_bytes()).record


def _form(twin: Twin, **figures: float) -> str:
    claim: Any = Claim.model_construct(
        review_id="f" * 32, attempt="a" * 32, mentor="mira", due=datetime(2026, 11, 5, tzinfo=UTC)
    )
    bar = Measured(metric="repro", value=1.0, comparator=">=", bar=1.0, met=True)
    evaluated = Evaluated.model_construct(
        outcome="passed",
        bar=(bar,),
        metrics=tuple(Figure(metric=name, value=value) for name, value in figures.items()),
        notes=(),
    )
    return form(twin, (DIGEST, claim), evaluated, ()).decode("utf-8")


def _beside(text: str, dimension: str) -> str:
    """Return what stands in the form between a dimension's last anchor and its score."""
    before = text.partition(f"- dimension: {dimension}\n")[0]
    return " ".join(before.rpartition("1.00 ")[2].replace("#", " ").split())


def test_a_figure_lies_beside_its_dimension_with_its_unit_and_meaning(twin: Twin) -> None:
    text = _form(twin, repro_minutes=24, updates_complete=0.75)
    speed = _beside(text, "diagnosis_speed")
    assert "Measured, as evidence; the score is yours:" in speed
    assert "Time to the repro: 24 (minutes). Receipt of the first valid repro" in speed
    assert "Valid repro: 1 (fraction)." in speed
    assert "Complete updates: 0.75 (fraction)." in _beside(text, "communication")
    assert "updates" not in speed.partition("Measured")[2]


def test_a_dimension_without_a_figure_says_nothing_of_one(twin: Twin) -> None:
    assert "Measured, as evidence" not in _beside(_form(twin), "communication")


def test_the_machine_writes_no_score(twin: Twin) -> None:
    text = _form(twin, repro_minutes=24, updates_complete=1.0)
    scores = [line for line in text.splitlines() if line.strip().startswith("score:")]
    assert len(scores) == len(twin.rubric)
    assert all(line.strip() == "score:" for line in scores)
