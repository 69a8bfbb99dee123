"""Whether a learner may start an attempt now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.intake import StartRequest
    from jobtwin.records.organisation import Cohort
    from jobtwin.records.track import Track
    from jobtwin.records.twin import Twin

NO_TWIN = Code(
    "STA-001",
    "there is no such twin",
    why="The clock can only start for a twin that exists.",
    fix="Take an id from the track's page.",
)
NOT_STARTABLE = Code(
    "STA-002",
    "the twin cannot be started",
    why="Without its harness nothing could be measured.",
    fix="Choose a twin whose page says that it can be started.",
)
NO_COHORT = Code(
    "STA-003",
    "no cohort is open for this twin",
    why="A cohort sets the windows and holds the secret that seeds come from.",
    fix="Wait until a cohort opens; the track's page says when.",
)
STILL_OPEN = Code(
    "STA-004",
    "an attempt at this twin is still open",
    why="One attempt at a time: starting consumes it, whatever happens to the pull request.",
    fix="Go on with the open attempt, or wait for its decision.",
)
NONE_LEFT = Code(
    "STA-005",
    "no attempt is left",
    why="The twin allows only so many attempts; its brief says how many.",
    fix="The decision on your last attempt stands; the highest score counts.",
)
UNKNOWN_MENTOR = Code(
    "STA-006",
    "a relation names somebody who is not a mentor",
    why="A misspelt name would let a mentor grade you whom you know.",
    fix="Use the ids of the mentors' page.",
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier attempt of this learner at this twin, as far as it matters here."""

    state: Literal["open", "decided", "expired", "given back"]


def check_start(
    request: Loaded[StartRequest], twin: Twin, earlier: Sequence[Earlier], mentors: set[str]
) -> Iterator[Finding]:
    """Yield what keeps a learner from starting this twin."""
    if any(attempt.state == "open" for attempt in earlier):
        yield request.finding(STILL_OPEN, "finish the attempt that is open", "twin")
    elif used(earlier) > (allowed := attempts_allowed(twin)) - 1:
        yield request.finding(
            NONE_LEFT, f"{used(earlier)} of {allowed:.0f} attempts are used", "twin"
        )
    for index, mentor in enumerate(request.record.relations):
        if mentor not in mentors:
            message = f"`{mentor}` is not a mentor's id"
            yield request.finding(UNKNOWN_MENTOR, message, "relations", index)


def used(earlier: Sequence[Earlier]) -> int:
    """Return how many attempts are used up; what an infrastructure error gave back is not."""
    return sum(attempt.state in ("decided", "expired", "open") for attempt in earlier)


def attempts_allowed(twin: Twin) -> float:
    """Return how many attempts the twin allows in all."""
    return float("inf") if twin.reattempts == "unlimited" else 1 + twin.reattempts


def open_cohort(
    cohorts: Sequence[Cohort], tracks: Sequence[Track], twin: Twin, at: datetime
) -> Cohort | None:
    """Return the cohort that a start at this moment belongs to: the one that opened last."""
    fitting = {
        track.id
        for track in tracks
        if twin.id in {*(item.twin for item in track.twins), track.capstone}
    }
    found = [c for c in cohorts if c.track in fitting and c.opens <= at < c.closes]
    return max(found, key=lambda cohort: (cohort.opens, cohort.id), default=None)
