"""What came of a gate outside of the sandbox: the learner's container, the published artifact.

Part of an evaluation's record. `rules.gates` says what follows from it.
"""

from __future__ import annotations

from typing import Literal

from jobtwin.records.base import Line, Part, Symbol, Text

GateOutcome = Literal["passed", "failed", "not_run"]

CONTAINER_BUILDS, CONTAINER_STARTS = "container_builds", "container_starts"
ARTIFACT_DIGEST = "artifact_digest"
_TITLES = {
    CONTAINER_BUILDS: "The container builds",
    CONTAINER_STARTS: "The container starts, answers and stops",
    ARTIFACT_DIGEST: "The public artifact is what was handed in",
}
_OUTCOMES = {"passed": "passed", "failed": "FAILED", "not_run": "NOT RUN"}


class GateFact(Part):
    """One thing that was seen at a gate: how large the image is, how long stopping took."""

    name: Symbol
    value: Line


class Gate(Part):
    """What came of one gate."""

    id: Symbol
    outcome: GateOutcome
    detail: Text
    """In our own words: nothing that a learner wrote."""
    evidence: tuple[GateFact, ...] = ()

    @property
    def sentence(self) -> str:
        """What came of it in words."""
        return f"{_TITLES.get(self.id, self.id)}: {_OUTCOMES[self.outcome]}. {self.detail}"
