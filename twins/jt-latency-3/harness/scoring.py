"""The figures: tail, cost and quality on an unseen trace, and whether the report is true."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from typing import Any

from jobtwin.errors import NothingMeasured, Refused
from jobtwin.harness.contract import Json, Outcome, Returned, Score, Seeds, Submission
from jobtwin.harness.hostile_json import Bounds, read

from .breakdown import plots
from .measuring import TARGET_MS, Measured, measure
from .oracle import as_found
from .planning import Runs, runs_of
from .rightness import Judged
from .tail import allowed
from .trace import as_lines

NOISIEST_MS = 10.0
"""How late this machine may be at p99, by its own clock, for a measurement to count: at 12 ms
the tail of a sound service was a fifth longer."""
REPORT = "report.json"
FIGURES = ("p50_ms", "p99_ms", "cost_usd", "quality")
WORST = 10.0
"""The error of a report that cannot be read, or that lacks a figure."""


def score_all(seeds: Seeds, returned: Returned, submission: Submission) -> Score:
    """Return every metric, finite, and a sentence for each thing that went wrong.

    Raises `NothingMeasured` when the machine was too noisy to measure by.
    """
    runs, old = _known(seeds)
    check_noise(returned)
    unseen = measure(runs.unseen, returned)
    before, after = measure(runs.before, returned), measure(runs.after, returned)
    error, words = report_error(runs, submission, before, after)
    metrics = {
        "p99_ms": unseen.bound_ms,
        "cost_usd": unseen.cost_usd,
        "quality_loss": max(0.0, round(old.share - unseen.quality, 6)),
        "report_error": error,
        "quality": unseen.quality,
        "p50_ms": unseen.p50_ms,
    }
    notes = [*_about(runs, returned, unseen, old.share), *words]
    notes += [_again("before", before), _again("after", after)]
    return Score(metrics, tuple(notes), plots(runs.unseen.trace, unseen, old, before, after))


@lru_cache(maxsize=2)
def _known(seeds: Seeds) -> tuple[Runs, Judged]:
    """Return what is run, and what the service as found makes of the unseen trace."""
    runs = runs_of(seeds)
    return runs, as_found(runs.unseen.trace, runs.unseen.seed)


def check_noise(returned: Returned) -> None:
    """Raise `NothingMeasured` when this machine was too noisy while no learner code ran."""
    worst = max((one.noise_ms for one in returned.services.values()), default=0.0)
    if worst > NOISIEST_MS:
        raise NothingMeasured(
            f"this machine was {worst:.0f} ms late at p99 while nothing of the learner ran",
            f"nothing was measured: run it again where it is at most {NOISIEST_MS:.0f} ms",
        )


def _about(runs: Runs, returned: Returned, found: Measured, old: float) -> list[str]:
    count = len(runs.unseen.trace.questions)
    notes = [
        f"Longer than {TARGET_MS:.0f} ms: {found.over} of {count}, {max(0, allowed(count))} may.",
        f"Right answers: {found.quality:.3f}; the service as it was found: {old:.3f}.",
    ]
    came = returned.services.get(runs.unseen.id)
    if came is not None and came.outcome is not Outcome.OK:
        notes.append(f"Your service ended as {came.outcome.value}. {came.detail}".strip())
    if found.judged.unbacked:
        notes.append(
            f"{found.judged.unbacked} answers had right values and named no completion of this run "
            "that is about them; they count as wrong."
        )
    changed = {one.fact for one in runs.unseen.trace.items if not hasattr(one, "facts")}
    wrong = sum(
        not found.judged.right[place]
        for place, one in runs.unseen.trace.questions
        if set(one.facts) & changed
    )
    if wrong:
        notes.append(f"Wrong answers about facts that changed on the way: {wrong}.")
    return notes


def _again(name: str, found: Measured) -> str:
    said = ", ".join(f"{figure} {found.figure(figure):.6g}" for figure in FIGURES)
    return f"Measured on the kit's trace, {name}: {said}."


def report_error(
    runs: Runs, submission: Submission, before: Measured, after: Measured
) -> tuple[float, list[str]]:
    """Return the largest relative error of the report, and what is wrong with it."""
    try:
        said: Json = read(submission.files.get(REPORT, b""), Bounds(size=64 * 1024), path=REPORT)
    except Refused:
        return WORST, [f"{REPORT} is missing or cannot be read."]
    said = said if isinstance(said, dict) else {}
    if said.get("trace_sha256") != hashlib.sha256(as_lines(runs.after.trace)).hexdigest():
        return WORST, [f"{REPORT} does not name the kit's trace by its digest."]
    if not isinstance(said.get("changes"), list) or not said["changes"]:
        return WORST, [f"{REPORT} lists no changes."]
    worst, notes = 0.0, []
    for side, found in (("before", before), ("after", after)):
        for name in FIGURES:
            error = _error(said.get(side), name, found.figure(name))
            worst = max(worst, error)
            if error > 0.10:
                notes.append(f"{REPORT}: {side}.{name} is not what was measured again.")
    return worst, notes


def _error(side: Any, name: str, measured: float) -> float:
    given = side.get(name) if isinstance(side, dict) else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return WORST
    return min(WORST, abs(given - measured) / max(abs(measured), 1e-9))
