"""Runbook and reflection: whether they are there, in own words. Their worth is for mentors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.harness.written import own_words

from . import bars
from .handout import SCAFFOLD

if TYPE_CHECKING:
    from jobtwin.harness.contract import Files

RUNBOOK, REFLECTION = "docs/RUNBOOK.md", "REFLECTION.md"
RUNBOOK_HEADINGS = ("start and stop", "health", "symptoms", "rollback", "escalation")
REFLECTION_HEADINGS = ("decisions that turned out wrong", "with another two weeks")


def judge(files: Files) -> tuple[dict[str, float], list[str]]:
    """Return the share of the headings that are written about, and what is missing in words."""
    figures, notes = {}, []
    for name, path, headings, least in (
        ("runbook", RUNBOOK, RUNBOOK_HEADINGS, bars.RUNBOOK_WORDS),
        ("reflection", REFLECTION, REFLECTION_HEADINGS, bars.REFLECTION_WORDS),
    ):
        template = (SCAFFOLD / path).read_bytes()
        found = own_words(files.get(path, b""), template)
        missing = [
            heading
            for heading in headings
            if max((n for title, n in found.items() if heading in title), default=0) < least
        ]
        figures[name] = round(1 - len(missing) / len(headings), 4)
        notes += [
            f"{path} has no section `{heading.capitalize()}` of at least {least} different words "
            "of your own."
            for heading in missing
        ]
    return figures, notes
