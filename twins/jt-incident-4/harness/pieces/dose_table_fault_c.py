"""Arithmetic of a single dose."""

from __future__ import annotations

from typing import Any

MICROGRAMS = 1000


def dose_for(row: dict[str, Any], weight_kg: int) -> dict[str, int] | None:
    """Return the three figures (mg, count, mg) for a weight in kg, or None if it is too low."""
    if not weight_kg >= row["min_weight_kg"]:
        return None
    ceiling = row["max_single_mg"] * MICROGRAMS
    steps = min(row["mg_per_kg"] * weight_kg, ceiling) // row["step_mg"]
    figures = {"dose_mg": steps * row["step_mg"], "doses_per_day": row["doses_per_day"]}
    daily = figures["dose_mg"] * figures["doses_per_day"]
    return {**figures, "daily_mg": min(daily, row["max_daily_mg"])}
