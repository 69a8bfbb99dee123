"""Stopped grading, judged again: by whom, and whether the agreement lay below the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import agreement, drift, hidden, scoring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.calibration import Drifted
    from jobtwin.records.grade import Decision, Reopened, Reviewed
    from jobtwin.records.organisation import Mentor, QueuePolicy
    from jobtwin.records.twin import Twin
    from jobtwin.rules.drift import Span
    from jobtwin.rules.hidden import Graded

WRONG_DRIFT = Code(
    "AUD-134",
    "a mentor's grading was stopped against the policy",
    why="Who may not grade any more follows from hidden items and the floor, for all alike.",
    fix="Find out what wrote the record; have the mentor calibrated again.",
)

NOT_IN_DOUBT = Code(
    "AUD-136",
    "a decided attempt was opened again without need",
    why="Whoever can have a decision made anew at will can choose its result.",
    fix="Find out what wrote the record; the decision before it stands.",
)
OTHER_FIGURES = Code(
    "AUD-135",
    "what stopped a mentor's grading is not what the hidden items give",
    why="Once the items are revealed, everybody can compute how well a mentor agreed with them.",
    fix="Find out what wrote the record; look at who was graded by whom instead.",
)


def check_drifted(
    record: Drifted, path: str, mentor: Mentor | None, before: int, policy: QueuePolicy | None
) -> Iterator[Finding]:
    """Yield what is wrong with a record that stops grading.

    `before` is how many there were of this mentor and twin, `policy` the one in force that it
    names.
    """
    if mentor is None:
        yield WRONG_DRIFT.at(f"`{record.mentor}` is no mentor", path)
    if record.number != before + 1:
        yield WRONG_DRIFT.at(f"it is number {record.number}, not {before + 1}", path)
    if policy is None:
        yield WRONG_DRIFT.at("the policy it names was not in force", path)
    elif not drift.is_below(record.agreement, policy):
        yield WRONG_DRIFT.at("its figures do not lie below the policy's floor", path)


def check_reopened(
    record: Reopened,
    path: str,
    twin: Twin,
    against: tuple[str, Decision] | None,
    rested: Sequence[Reviewed],
    spans: Callable[[str, str, str], Sequence[Span]],
) -> Iterator[Finding]:
    """Yield why a decided attempt should not have been opened again.

    `against` is (digest, decision) of the attempt where it was decided, `rested` the receipts of
    that decision's reviews, and `spans` says of (mentor, twin, rubric) what is in doubt.
    """
    if against is None or record.decision != against[0]:
        yield NOT_IN_DOUBT.at("it is not about the decision that stands", path)
        return
    rubric = scoring.rubric_digest(twin)
    doubtful = {
        receipt.mentor
        for receipt in rested
        if any(span.covers(receipt.at) for span in spans(receipt.mentor, twin.id, rubric))
    }
    if record.mentor not in doubtful:
        yield NOT_IN_DOUBT.at(f"no review of `{record.mentor}` is in doubt", path)
    if len(rested) - len(doubtful) >= twin.reviewers:
        yield NOT_IN_DOUBT.at("reviews enough are left that are in no doubt", path)


def check_figures(
    record: Drifted,
    path: str,
    twin: Twin,
    graded: Sequence[Graded],
    stopped: Sequence[datetime],
    policy: QueuePolicy,
) -> Iterator[Finding]:
    """Yield a finding unless the figures are those of the hidden items that were graded by then.

    `stopped` are the moments from which grading did not count, before this record.
    """
    ratings = hidden.ratings(graded, stopped, policy)
    if not ratings:
        yield OTHER_FIGURES.at(f"`{record.mentor}` had graded no hidden item", path)
        return
    found = agreement.agreement(ratings, scoring.weights(twin), twin.pass_threshold)
    if found != record.agreement:
        shown = "undefined" if found.kappa is None else f"{found.kappa:g}"
        message = f"{found.items} items give kappa {shown}, and not all that it states"
        yield OTHER_FIGURES.at(message, path)
