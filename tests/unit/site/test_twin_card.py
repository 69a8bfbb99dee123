"""The twin card: what was measured stands there with its conditions, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.records.measured import Basis, KitCheck, Measurement, Use
from jobtwin.repository.definitions import read_twin
from jobtwin.rules.results import Outcomes, Quartiles
from jobtwin.site.twin_card import Card, twin_card

if TYPE_CHECKING:
    from collections.abc import Mapping

TWIN = read_twin(Path(__file__).parents[3], "jt-safety-5")
KINDS = {"reference": "reference", "untouched": "untouched", "no-layers": "wrong"}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MACHINE = "Linux x86_64, 2 cores, Python 3.11.7, bubblewrap"


def run(proof: str = "reference", asr: float = 0.01, **changes: Any) -> Measurement:
    values: Mapping[str, Any] = {
        "proof": proof,
        "case": "full",
        "seed": 0,
        "repeat": 0,
        "basis": Basis(twin="0" * 16, proof="0" * 16, engine="0" * 16),
        "outcome": "passed" if proof == "reference" else "failed",
        "figures": {"asr": asr, "utility_under_attack": 0.9},
        "seconds": 90.4,
        "wall": Use(most=60.0, share=0.5),
        "cpu": Use(most=12.0, share=0.1),
        "memory": Use(most=128.0, share=0.25),
        "at": NOON,
        "machine": MACHINE,
        **changes,
    }
    return Measurement.model_validate(values)


def shown(*runs: Measurement, **parts: Any) -> str:
    return twin_card(TWIN, Card(kinds=KINDS, measured=runs, **parts))


def test_where_nothing_was_measured_the_card_says_so_and_shows_no_figure() -> None:
    text = shown(shown_from=5)
    assert "**Not measured.**" in text
    assert "fewer than 5 people have a result here" in text
    assert "|" not in text
    assert "%" not in text


def test_reference_and_baseline_stand_beside_the_bar_with_their_lowest_and_highest() -> None:
    text = shown(run(), run(seed=1, asr=0.03), run("untouched", 0.6))
    assert "| Attack success | at most 0.05 | 0.01 to 0.03 | 0.6 |" in text
    assert "| Utility under attack | at least 0.8 | 0.9 | 0.9 |" in text
    assert "| Latency added | at most 150 ms | not measured | not measured |" in text


def test_right_verdicts_are_counted_with_those_that_were_wrong() -> None:
    odd = run("no-layers", problems=("should fail on `asr`, but fails on nothing",))
    assert "2 of 3 runs ended as declared, of 3 of 3 solutions" in shown(
        run(), run("untouched"), odd
    )
    assert "1 of 1 runs ended as declared, of 1 of 3 solutions" in shown(run())


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([run(), run(seed=1)], "no solution was run twice on one seed"),
        ([run(), run(repeat=1), run(repeat=2)], "2 of 2 reruns"),
        ([run(), run(repeat=1, outcome="failed"), run(repeat=2)], "1 of 2 reruns"),
    ],
)
def test_reliability_is_how_often_a_rerun_agrees(runs: list[Measurement], said: str) -> None:
    assert said in shown(*runs)


def test_time_and_memory_stand_beside_their_share_of_the_limits() -> None:
    text = shown(run(), run(seed=1, seconds=100.0, memory=Use(most=256.5, share=0.5)))
    assert "**Run time of the reference:** 95 s" in text
    assert "60 s (50%) of its time, 12 s (10%) of processor time, 256.5 MiB (50%) of memory" in text


def test_what_a_sandbox_does_not_tell_is_not_made_up() -> None:
    text = shown(run(cpu=None, memory=None))
    assert "processor time not measured, memory not measured" in text


def test_when_where_and_on_how_many_seeds_is_said() -> None:
    text = shown(run(), run(seed=1, at=NOON + timedelta(days=2))).replace("&#95;", "_")
    assert f"Version {TWIN.version}, measured from 21 November 2026 to 23 November 2026" in text
    assert f" on 2 seeds: {MACHINE}." in text


def test_small_worlds_are_left_out_where_full_ones_were_measured() -> None:
    text = shown(run(case="small", asr=0.5), run())
    assert "| Attack success | at most 0.05 | 0.01 | not measured |" in text


def test_a_pass_rate_is_that_of_people_by_their_first_attempt() -> None:
    fared = Outcomes(12, 0.25, 0.5, 0.3333, Quartiles(0.5, 0.6, 0.7), {})
    text = shown(outcomes=fared, shown_from=5)
    assert "25% of 12 people passed at the first attempt, 50% so far; 33.3% met the bar" in text


def test_kits_that_were_looked_at_are_counted_with_those_that_were_not_sound() -> None:
    assert "**The kit:** not checked." in shown(run())
    sound = KitCheck(case="full", seed=0, twin="0" * 16, at=NOON)
    odd = KitCheck(case="full", seed=1, twin="0" * 16, problems=("a.txt differs",), at=NOON)
    assert "**The kit:** 1 of 2 came out the same" in shown(run(), kits=(sound, odd))
