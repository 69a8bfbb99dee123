"""What a learner is told about an attempt: one label and one comment, from its records alone.

The same records at the same moment give the same bytes, so that an act may answer as often as it
is asked. What learners and mentors wrote is shown as text, never as markup.
"""

from __future__ import annotations

from dataclasses import dataclass

from jobtwin.rules.standing.comment import comment
from jobtwin.rules.standing.links import Place
from jobtwin.rules.standing.state import LABELS, RUNNING, Case, Stage, follows, label, stage

__all__ = ["LABELS", "Case", "Place", "Stage", "Standing", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown on an attempt's pull request, and what comes next."""

    stage: Stage
    label: str
    comment: str
    is_running: bool
    """Whether something can still be handed in; from then on the pull request is closed."""
    follows: str
    """The act that follows by itself, or empty."""


def standing(case: Case) -> Standing:
    """Return where an attempt stands."""
    at = stage(case)
    return Standing(at, label(at), comment(case), at in RUNNING, follows(case))
