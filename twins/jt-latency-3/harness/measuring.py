"""One service under one trace: how long each question took, what it cost, what was right."""

from __future__ import annotations

from dataclasses import dataclass

from jobtwin.harness.contract import Outcome, Returned, ServiceReturn
from jobtwin.llm.trace import Line, cost

from .planning import SCALE, Run
from .rightness import Judged, judge
from .tail import bound, percentile

TARGET_MS = 800.0
NEVER_MS = 60_000.0
"""What a question costs in time that is not answered."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One service under one trace, its times in modelled milliseconds."""

    times: tuple[float, ...]
    """Of each question, from its arrival; not sorted."""
    cost_usd: float
    """Of a question."""
    judged: Judged

    @property
    def p50_ms(self) -> float:
        """The median."""
        return percentile(self.times, 0.5)

    @property
    def p99_ms(self) -> float:
        """The p99 of this very run."""
        return percentile(self.times, 0.99)

    @property
    def bound_ms(self) -> float:
        """What the true p99 is below, with 95 % confidence."""
        return bound(self.times)

    @property
    def over(self) -> int:
        """How many took longer than the target."""
        return sum(time > TARGET_MS for time in self.times)

    @property
    def quality(self) -> float:
        """The share of right answers."""
        return self.judged.share

    def figure(self, name: str) -> float:
        """Return the figure that a report calls so."""
        return float(getattr(self, name))


def measure(run: Run, returned: Returned) -> Measured:
    """Return the figures of one service; one that did not run has the worst."""
    came = returned.services.get(run.id) or ServiceReturn(Outcome.NOT_RUN)
    lines = came.traces.get("llm", ())
    times = []
    for place, _ in run.trace.questions:
        answer = came.answers[place] if place < len(came.answers) else None
        ok = answer is not None and answer.outcome is Outcome.OK
        times.append(min(NEVER_MS, answer.milliseconds / SCALE) if answer and ok else NEVER_MS)
    spent = cost(Line(**line) for line in lines)
    return Measured(
        tuple(times), spent / len(times), judge(run.trace, came.answers, lines, run.seed)
    )
