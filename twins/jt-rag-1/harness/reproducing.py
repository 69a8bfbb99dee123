"""The report that was handed in beside the learner's own `make eval`, run again in the sandbox.

`make eval` writes every answer it got on the kit's corpus; the figures are worked out from these
here, so a report is compared with what the service answers and not with what a script prints.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.harness.contract import Answer, Outcome
from jobtwin.harness.hostile_json import read as read_json

from .answers import NOTHING, read
from .marking import Marked, figures, mark
from .planning import developed, eval_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.harness.contract import Returned, Seeds, Submission

REPORT = "report/eval.json"
COMPARED = ("recall_at_5", "mrr_at_10", "citation_accuracy")
NO_REPORT = 1.0
"""The gap where there is no report, or nothing to compare it with."""


def answers_of(seeds: Seeds, returned: Returned) -> Mapping[str, Any] | None:
    """Return question → answer as `make eval` wrote them, hostile; None where it wrote none."""
    came = returned.commands.get(eval_id(seeds.graded))
    if came is None or came.outcome is not Outcome.OK or not isinstance(came.output, dict):
        return None
    answers = came.output.get("answers")
    return answers if isinstance(answers, dict) else None


def rerun(seeds: Seeds, returned: Returned) -> tuple[list[Marked], str]:
    """Return what the answers of `make eval` are worth, and what kept it from ending well."""
    answers = answers_of(seeds, returned)
    if answers is None:
        came = returned.commands.get(eval_id(seeds.graded))
        ended, detail = (came.outcome, came.detail) if came else (Outcome.NOT_RUN, "")
        return [], f"`make eval` ended as {ended} without answers by question. {detail}".strip()
    replies = (
        (one, read(Answer(Outcome.OK, answers[one.id]))[0] if one.id in answers else NOTHING)
        for one in developed(seeds)
    )
    return [mark(one, reply) for one, reply in replies], ""


def gap(submission: Submission, again: list[Marked]) -> tuple[float, list[str]]:
    """Return the largest difference between report and rerun, and it in words."""
    claimed = _claimed(submission.files)
    if claimed is None:
        needed = ", ".join(COMPARED)
        return NO_REPORT, [f"{REPORT} is missing, or has no `figures.all` with {needed}."]
    if not again:
        return NO_REPORT, ["The report could not be compared with anything."]
    found = figures(again)
    pairs = [f"{name} {claimed[name]:.3f}, run again {found[name]:.3f}" for name in COMPARED]
    largest = max(abs(claimed[name] - found[name]) for name in COMPARED)
    return round(min(largest, NO_REPORT), 4), [f"Reported on the kit's corpus: {'; '.join(pairs)}."]


def _claimed(files: Mapping[str, bytes]) -> dict[str, float] | None:
    """Return the figures that the report states, None where it does not state all."""
    try:
        document: Any = read_json(files.get(REPORT, b""))
    except Refused:
        return None
    for key in ("figures", "all"):
        document = document.get(key) if isinstance(document, dict) else None
    if not isinstance(document, dict) or not all(_is_share(document.get(k)) for k in COMPARED):
        return None
    return {name: float(document[name]) for name in COMPARED}


def _is_share(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 <= value <= 1
