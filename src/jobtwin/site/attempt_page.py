"""An attempt's page, the learner's own: where it stands, what happens next, and all its times.

What it says is the comment on the pull request, word for word; below stand the deadlines and every
receipt, which a comment has no room for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules import forcing, from_receipts
from jobtwin.rules.receipts import is_push
from jobtwin.rules.standing import LABELS, standing
from jobtwin.rules.standing.comment import MOST_RECEIPTS
from jobtwin.rules.standing.state import RUNNING
from jobtwin.site import forge_markdown
from jobtwin.site.credential_page import Page
from jobtwin.site.markup import minute, templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.records.submission import Received
    from jobtwin.rules.standing import Case, Stage
    from jobtwin.site.report_page import Shown

WAY = ("Started", "Handed in", "Measured", "Reviewed", "Decided")
"""What every attempt goes through; the step that it is at comes next."""
_HANDED_IN = ("nothing to grade", "waiting for a human", "evaluating", "infrastructure-error")
_MEASURED = ("bundle-held", "waiting-for-mentor", "in-review")
_HEADING = re.compile(r"(</?h)([1-5])>")
"""Nothing else looks like it: HTML inside a comment is left out."""


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    is_done: bool
    is_now: bool


@dataclass(frozen=True, slots=True)
class _Deadline:
    title: str
    closes: str
    counted: str
    """What counts of it, or that nothing does."""


@dataclass(frozen=True, slots=True)
class _Receipt:
    at: str
    what: str
    ruling: str
    head: str
    reasons: tuple[str, ...]


def attempt_page(case: Case, plots: Sequence[Shown] = ()) -> Page:
    """Return the page of an attempt as its case says; `plots` are those of its report."""
    now = standing(case)
    said = LABELS[now.label]
    article = (
        templates()
        .get_template("attempt.html")
        .render(
            twin=case.twin,
            started=case.started,
            said=said,
            steps=_steps(now.stage),
            is_running=now.is_running,
            standing=_html(now.comment),
            deadlines=list(_deadlines(case)),
            receipts=list(_receipts(case)),
            plots=plots,
            told=list(_told(case)),
            level=3,
            root="../../..",
        )
    )
    title = f"Attempt {case.started.number}: {case.twin.title}"
    return Page(title, f"{said}.", article, picture=case.twin.id)


def _steps(at: Stage) -> list[_Step]:
    """Return the way with what is done and where the attempt is; empty where it ended early."""
    if at == "expired":
        return []
    done = len(WAY)
    if at in RUNNING:
        done = 1
    elif at in _HANDED_IN:
        done = 2
    elif at in _MEASURED:
        done = 3
    return [_Step(name, n < done, n == done) for n, name in enumerate(WAY)]


def _deadlines(case: Case) -> Iterator[_Deadline]:
    titles = {point.id: point.title for point in case.twin.checkpoints}
    counted = {item.checkpoint: item.at for _, item in case.receipts if item.ruling == "accepted"}
    for deadline in case.started.deadlines:
        at = counted.get(deadline.checkpoint)
        said = f"handed in {minute(at)}" if at else "nothing accepted"
        yield _Deadline(titles[deadline.checkpoint], minute(deadline.at), said)


def _receipts(case: Case) -> Iterator[_Receipt]:
    """Yield every receipt, the newest first; none where the comment has them all."""
    if case.decision or len(case.receipts) > MOST_RECEIPTS:
        yield from (_receipt(case, item) for _, item in reversed(case.receipts))


def _receipt(case: Case, item: Received) -> _Receipt:
    if item.checkpoint:
        titles = {point.id: point.title for point in case.twin.checkpoints}
        what = titles.get(item.checkpoint, item.checkpoint)
    else:
        what = "files" if is_push(item) else "status update"
    flags = [
        word
        for word, holds in (
            ("found later", item.recovered),
            ("forced", item.forced),
            ("final", item.final),
        )
        if holds
    ]
    ruling = ", ".join([item.ruling, *flags])
    reasons = (*forcing.told(case.twin, [item]), *item.reasons)
    return _Receipt(minute(item.at), what, ruling, item.head[:12], reasons)


def _told(case: Case) -> Iterator[tuple[str, list[str]]]:
    """Yield each dimension of which receipts tell something, with that in sentences."""
    found = next((item.told for item in reversed(case.evaluated) if item.counts), None)
    for dimension in case.twin.rubric:
        if said := list(from_receipts.beside(dimension, found)):
            yield dimension.title, said


def _html(comment: str) -> str:
    """Return a comment as HTML as forges show it, its headings one level below the page's own."""
    shown = forge_markdown.html(comment)
    return _HEADING.sub(lambda tag: f"{tag[1]}{int(tag[2]) + 1}>", shown)
