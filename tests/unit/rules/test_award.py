"""The verdict at each limit, attempts left, and which attempt binds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from jobtwin.records.base import load
from jobtwin.records.submission import Evaluated, Graded, Measured
from jobtwin.records.twin import Twin
from jobtwin.rules.award import (
    Decided,
    Verdict,
    attempts_left,
    bar_met,
    best,
    reasons,
    verdict,
)

TWIN = load(
    Twin,
    (Path(__file__).parents[2] / "bad" / "TWN-008" / "jt-sample-1" / "twin.yml").read_bytes(),
).record
Outcome = Literal["passed", "failed", "timed_out", "invalid", "infrastructure_error"]


def _evaluated(outcome: Outcome = "passed", value: float | None = 1.0) -> Evaluated:
    figures = (
        ()
        if value is None
        else (Measured(metric="recall", value=value, comparator=">=", bar=0.9, met=value >= 0.9),)
    )
    return Evaluated(
        format=1,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        event="test:1",
        key="clock-1",
        attempt="0" * 32,
        number=1,
        graded=(Graded(checkpoint="live", receipt="sha256:" + "0" * 64),),
        outcome=outcome,
        bar=figures,
        counts=True,
    )


@pytest.mark.parametrize(
    ("met", "overall", "left", "expected"),
    [
        (True, 0.65, 0, "pass"),
        (True, 0.6499, 1, "retake"),
        (True, 0.6499, 0, "fail"),
        (False, 1.0, 1, "retake"),
        (False, 1.0, 0, "fail"),
        (False, 0.0, "unlimited", "retake"),
    ],
)
def test_the_verdict_at_each_limit(
    met: bool, overall: float, left: int | Literal["unlimited"], expected: Verdict
) -> None:
    assert verdict(met, overall, 0.65, left) == expected


@pytest.mark.parametrize(
    ("reattempts", "used", "left"),
    [(0, 1, 0), (1, 1, 1), (1, 2, 0), (1, 3, 0), (3, 1, 3), ("unlimited", 9, "unlimited")],
)
def test_attempts_left(
    reattempts: int | Literal["unlimited"], used: int, left: int | Literal["unlimited"]
) -> None:
    twin = TWIN.model_copy(update={"reattempts": reattempts})
    assert attempts_left(twin, used) == left


@pytest.mark.parametrize(
    ("outcome", "value", "met"),
    [
        ("passed", 1.0, True),
        ("failed", 0.5, False),
        ("passed", 0.5, False),
        ("timed_out", None, False),
        ("invalid", None, False),
    ],
)
def test_the_bar_is_met_when_the_run_passed_with_every_figure(
    outcome: Outcome, value: float | None, met: bool
) -> None:
    assert bar_met(_evaluated(outcome, value)) is met


def test_the_higher_score_binds_and_of_equal_ones_the_earlier() -> None:
    attempts = [Decided("a", 0.7, True), Decided("b", 0.8, True), Decided("c", 0.8, True)]
    assert best(attempts) == "b"


def test_a_pass_binds_over_any_score_that_was_none() -> None:
    assert best([Decided("a", 0.95, False), Decided("b", 0.7, True)]) == "b"


def test_without_a_pass_the_highest_score_binds() -> None:
    assert best([Decided("a", 0.5, False), Decided("b", 0.6, False)]) == "b"


def test_the_reasons_name_each_figure_that_is_not_met() -> None:
    assert list(reasons(_evaluated("failed", 0.5), 0.6, 0.65)) == [
        "recall is 0.5; the bar asks >= 0.9.",
        "The overall score 0.6 is below the threshold 0.65.",
    ]


def test_the_reasons_name_a_run_that_never_ended() -> None:
    assert list(reasons(_evaluated("timed_out", None), 0.65, 0.65)) == [
        "The run ended as `timed_out`, so the quantitative bar is not met.",
        "The overall score 0.65 reaches the threshold 0.65.",
    ]
