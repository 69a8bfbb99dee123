"""Doses by body weight, from one row of the dosing table."""

from __future__ import annotations

from typing import Any


def dose_for(row: dict[str, Any], weight_kg: int) -> dict[str, int] | None:
    """Return dose, doses per day and daily amount in mg; None below the lowest weight."""
    if weight_kg < row["min_weight_kg"]:
        return None
    step = row["step_mg"]
    wanted = weight_kg * row["mg_per_kg"]
    wanted = min(wanted, row.get("max_dose_mg", wanted))
    dose = wanted // step * step
    per_day = row["doses_per_day"]
    daily = min(dose * per_day, row["max_daily_mg"])
    return {"dose_mg": dose, "doses_per_day": per_day, "daily_mg": daily}
