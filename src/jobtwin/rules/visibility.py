"""What a sealed cohort asks for, of its operators and of who starts in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.intake import StartRequest
    from jobtwin.records.organisation import Cohort

NO_KEY = Code(
    "VIS-001",
    "a sealed cohort names no key",
    why="Without `sealed_to` there is nothing that work could be sealed to.",
    fix="Name the X25519 public key of the cohort under `sealed_to`; docs/how-to/seal.md says how "
    "it is made.",
)
NO_FEEDBACK_KEY = Code(
    "VIS-002",
    "the cohort is sealed, and start.yml names no key for the feedback",
    why="What mentors write about your work is for you alone, and is sealed to a key of yours.",
    fix="Make start.yml by `jobtwin submit start` or `jobtwin start --twin`: it makes the key, "
    "names its public half under `feedback_to`, and keeps the secret in `.jobtwin/` for you.",
)


def check_cohort(cohort: Cohort, path: str = "") -> Iterator[Finding]:
    """Yield what keeps a cohort from the visibility that it asks for; nothing for an open one."""
    if cohort.visibility == "sealed" and cohort.sealed_to is None:
        yield NO_KEY.at(f"cohort `{cohort.id}`", path)


def check_start(request: Loaded[StartRequest], cohort: Cohort) -> Iterator[Finding]:
    """Yield what a sealed cohort misses in a request to start; nothing for an open one."""
    if cohort.visibility == "sealed" and request.record.feedback_to is None:
        message = f"cohort `{cohort.id}` is sealed"
        yield request.finding(NO_FEEDBACK_KEY, message, "twin")
