"""The simulated mentor is of the kappa that he should be, and the documented rates are those."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobtwin.records.base import load
from jobtwin.records.organisation import CalibrationPolicy, QueuePolicy
from jobtwin.rules.agreement import agreement
from jobtwin.rules.drift_simulation import stopped_after
from jobtwin.rules.simulation import THRESHOLD, WEIGHTS, Dice, _round, rates, slips_for

PROJECT = Path(__file__).resolve().parents[3]
POLICY = load(CalibrationPolicy, (PROJECT / "policy/calibration-2026-01.yml").read_bytes()).record


def _script(name: str = "simulate_calibration") -> Any:
    path = PROJECT / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("wanted", [0.5, 0.7, 0.9])
def test_over_many_ratings_a_simulated_mentor_has_his_kappa(wanted: float) -> None:
    ratings = dict(_round(Dice("test"), slips_for(wanted), 3000, "x"))
    found = agreement(ratings, WEIGHTS, THRESHOLD, draws=1)
    assert found.kappa == pytest.approx(wanted, abs=0.02)


def test_better_mentors_and_larger_sets_fare_better() -> None:
    shares = [rates(kappa, 24, 30, POLICY, draws=100).calibrated for kappa in (0.5, 0.7, 0.9)]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert shares[-1] > 0.9
    assert rates(0.8, 60, 30, POLICY, draws=100).width < rates(0.8, 20, 30, POLICY, 100).width


def test_a_set_below_the_policys_size_calibrates_only_by_its_extension() -> None:
    found = rates(0.9, 12, 30, POLICY, draws=100)
    assert found.at_once == 0
    assert found.calibrated > 0.8
    assert found.extended >= found.calibrated


def test_the_rates_are_the_same_whatever_the_hash_seed() -> None:
    code = (
        "from pathlib import Path; from jobtwin.records.base import load\n"
        "from jobtwin.records.organisation import CalibrationPolicy\n"
        "from jobtwin.rules.simulation import rates\n"
        f"text = Path({str(PROJECT)!r}, 'policy/calibration-2026-01.yml').read_bytes()\n"
        "print(rates(0.7, 20, 20, load(CalibrationPolicy, text).record, draws=100))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(found) == 1


@pytest.mark.slow
def test_a_cell_of_the_documented_table_is_computed_again() -> None:
    script = _script()
    text = script.PAGE.read_text("utf-8")
    assert script.check(text) == 0
    row = next(line for line in text.splitlines() if line.startswith("| 20 |"))
    cells = row.split("|")
    cells[4 + script.KAPPAS.index(0.60)] = " 99.9% "
    assert script.check(text.replace(row, "|".join(cells))) == 1


def test_the_documented_table_has_a_row_for_each_size() -> None:
    script = _script()
    text = script.PAGE.read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "±" in line]
    assert [int(row.split("|")[1]) for row in rows] == list(script.ITEMS)


def test_the_documented_stops_by_hidden_items_are_those_of_the_policy() -> None:
    script = _script("simulate_hidden_gold")
    assert script.row(script.CHECKED) in script.PAGE.read_text("utf-8")


def test_hidden_items_stop_who_has_fallen_far_and_hardly_anybody_who_is_good() -> None:
    policy = load(QueuePolicy, (PROJECT / "policy/queue-2026-01.yml").read_bytes()).record
    good = stopped_after(0.9, 0.9, 0, 20, policy)
    fallen = stopped_after(0.9, 0.2, 40, 20, policy)
    assert sum(at is not None for at in good) <= 1
    assert all(at is not None and at > 40 for at in fallen)
