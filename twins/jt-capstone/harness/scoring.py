"""From what came back to figures, notes and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.harness.contract import Score

from . import documents, evaluations, operations, plots, suites, threats
from .planning import GUTTED, TESTS, TESTS_AGAIN, world_of

if TYPE_CHECKING:
    from jobtwin.harness.contract import Returned, Seeds, Submission


def score_all(seeds: Seeds, returned: Returned, submission: Submission) -> Score:
    """Measure what came back, and whether threat model, runbook and reflection hold."""
    world, files = world_of(seeds), submission.files
    first, again, gutted = (
        suites.suite(returned.commands.get(name), files) for name in (TESTS, TESTS_AGAIN, GUTTED)
    )
    evaluated = evaluations.judge(returned, world)
    found = (
        suites.judge(first, again, gutted),
        operations.judge(returned, files, world.requests),
        (dict(evaluated.figures), list(evaluated.notes)),
        threats.judge(files, first, again, gutted),
        documents.judge(files),
    )
    figures = {name: value for part, _ in found for name, value in part.items()}
    notes = tuple(note for _, said in found for note in said)
    return Score(figures, notes, plots.of(figures, evaluated.killed))
