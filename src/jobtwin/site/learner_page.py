"""The page with all attempts of a learner who asked for one; it says no name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.rules.standing import LABELS
from jobtwin.site.credential_page import Page
from jobtwin.site.markup import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.repository.learners import Entry


def learner_page(subject: str, entries: Sequence[Entry]) -> Page:
    """Return the page of a learner; `entries` are all attempts, the oldest first."""
    article = (
        templates()
        .get_template("learner.html")
        .render(
            subject=subject,
            entries=entries,
            passed=sum(entry.label == "passed" for entry in entries),
            labels=LABELS,
            folder=layout.attempt_page,
            root="../../..",
        )
    )
    count = "1 attempt" if len(entries) == 1 else f"{len(entries)} attempts"
    return Page("A learner's record", f"{count}, passed or not.", article)
