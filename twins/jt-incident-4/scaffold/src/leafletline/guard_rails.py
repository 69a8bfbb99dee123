"""The last look at an answer before a patient sees it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from .settings import SUGGESTION_CUTOFF, SUGGESTIONS

BANNED = ("guaranteed", "completely safe", "no need to see a doctor")


def flags_of(text: str, facts: dict[str, Any], citation: dict[str, Any] | None) -> list[str]:
    """Reasons to hold an answer back; empty for a sound one."""
    flags = []
    if citation is None or not all(citation.values()):
        flags.append("no_citation")
    if any(phrase in text.casefold() for phrase in BANNED):
        flags.append("banned_phrase")
    if any(isinstance(value, int) and value < 0 for value in facts.values()):
        flags.append("negative_figure")
    if facts.get("dose_mg", 0) > facts.get("daily_mg", float("inf")) > 0:
        flags.append("check_daily")
    return flags


def suggestions_for(typed: str, names: list[str]) -> list[str]:
    """Names to show beside a refusal. The patient has to pick one; we never pick for them."""
    return get_close_matches(typed, sorted(names), n=SUGGESTIONS, cutoff=SUGGESTION_CUTOFF)
