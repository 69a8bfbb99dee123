"""A cohort is over when nothing of it can be graded or appealed any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobtwin.records.grade import Appealed, Decision
from jobtwin.records.submission import Expired, Received
from jobtwin.rules.ending import is_over

T0 = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAYS = 14
DIGEST = "sha256:" + "0" * 64


def made(kind: type[Any], days: float = 0, **more: Any) -> Any:
    """Return a record of a moment without what the rule does not read."""
    return kind.model_construct(at=T0 + timedelta(days=days), **more)


STARTED = made(Received)
PASSED = made(Decision, 1, verdict="pass")
NOT_CLEARED = made(Decision, 1, verdict="retake")
EXPIRED = made(Expired, 1)
APPEALED = made(Appealed, 3)


@pytest.mark.parametrize(
    ("chain", "days", "over"),
    [
        ([STARTED], 400, False),
        ([STARTED, EXPIRED], 1, True),
        ([STARTED, PASSED], 1, True),
        ([STARTED, NOT_CLEARED], 1 + DAYS, False),
        ([STARTED, NOT_CLEARED], 1.001 + DAYS, True),
        ([STARTED, NOT_CLEARED, APPEALED], 400, False),
        ([STARTED, NOT_CLEARED, APPEALED, made(Decision, 9, verdict="retake")], 9, True),
    ],
)
def test_the_last_word_is_spoken_when_nothing_can_follow(
    chain: list[Any], days: float, over: bool
) -> None:
    assert is_over(chain, T0 + timedelta(days=days), DAYS) is over
