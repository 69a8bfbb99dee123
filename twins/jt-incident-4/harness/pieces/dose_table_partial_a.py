"""Doses by body weight, from one row of the dosing table."""

from __future__ import annotations

from typing import Any

ADULT_KG = 60


def dose_for(row: dict[str, Any], weight_kg: int) -> dict[str, int] | None:
    """Return dose, doses per day and daily amount in mg; None below the lowest weight."""
    if weight_kg < row["min_weight_kg"]:
        return None
    step = row["step_mg"]
    wanted = weight_kg * row["mg_per_kg"]
    if weight_kg >= ADULT_KG:
        wanted = min(wanted, row["max_single_mg"])
    dose = wanted // step * step
    per_day = row["doses_per_day"]
    daily = min(dose * per_day, row["max_daily_mg"])
    return {"dose_mg": dose, "doses_per_day": per_day, "daily_mg": daily}
