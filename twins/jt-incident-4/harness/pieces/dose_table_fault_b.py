"""What the dosing table says for a patient of a given weight."""

from __future__ import annotations

from typing import Any


def _measurable(amount: int, step: int) -> int:
    return amount - amount % step


def dose_for(row: dict[str, Any], weight_kg: int) -> dict[str, int] | None:
    """Work out one dose and the day's total (mg) from a table row; None when too light."""
    if row["min_weight_kg"] > weight_kg:
        return None
    amount = row["mg_per_kg"] * weight_kg
    capped = min(amount, row["max_single_mg"])
    dose = _measurable(amount, row["step_mg"]) if capped >= row["step_mg"] else row["step_mg"]
    times = row["doses_per_day"]
    total = min(times * dose, row["max_daily_mg"])
    return {"dose_mg": dose, "doses_per_day": times, "daily_mg": total}
