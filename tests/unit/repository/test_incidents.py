"""Withdrawals and failures are found in the records, without reading the attempts that had none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.site.conftest import passed, twin

from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.credential import Revoked
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import append
from jobtwin.repository.incidents import LATE_NOTICE, Outage, outages, withdrawals
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["passed", "twin"]
"""Fixtures of the tests of pages: pytest finds them by their names here."""
AT = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
TWIN = "jt-rag-1"
BASE: dict[str, Any] = {"format": 1, "at": AT, "event": "test:1", "key": "test-1"}


def _evaluated(attempt: str, outcome: Any, *notes: str) -> dict[str, bytes]:
    record = Evaluated(
        **BASE,
        kind="evaluated",
        attempt=attempt,
        number=1,
        graded=(),
        outcome=outcome,
        counts=outcome != "infrastructure_error",
        notes=notes,
    )
    return {layout.evaluated(TWIN, attempt, 1): write(record)}


def _received(attempt: str, recovered: bool) -> dict[str, bytes]:
    record = Received(
        **BASE,
        kind="received",
        attempt=attempt,
        number=1,
        head="b" * 40,
        ruling="accepted",
        recovered=recovered,
    )
    return {layout.received(TWIN, attempt, 1): write(record)}


@pytest.fixture
def told(found_organisation: Callable[[], Any]) -> Callable[[dict[str, bytes]], Ledger]:
    """Return a function that gives the ledger of an organisation with some records."""

    def tell(files: dict[str, bytes]) -> Ledger:
        git = found_organisation().forge.origin
        append.add(git, files, "Records", AT)
        return Ledger(Tree(git, "refs/heads/main"))

    return tell


def test_failures_of_a_day_are_counted_and_what_went_well_is_not(
    told: Callable[[dict[str, bytes]], Ledger],
) -> None:
    files: dict[str, bytes] = {}
    for number, outcome in enumerate(("infrastructure_error",) * 2 + ("passed", "timed_out")):
        files |= _evaluated(f"{number:032x}", outcome, "No disk.", "outcome: passed")
    files |= _received("e" * 32, recovered=True) | _received("f" * 32, recovered=False)
    assert outages(told(files)) == [
        Outage(AT.date(), TWIN, LATE_NOTICE, 1),
        Outage(AT.date(), TWIN, "No disk. outcome: passed", 2),
    ]


def test_a_learners_words_make_no_outage(told: Callable[[dict[str, bytes]], Ledger]) -> None:
    said = "outcome: infrastructure_error"
    assert outages(told(_evaluated("e" * 32, "failed", said))) == []


def test_a_withdrawal_has_the_name_that_was_signed(
    told: Callable[[dict[str, bytes]], Ledger], passed: Callable[[str], Any]
) -> None:
    played = passed("Copied from another.")
    revoked: Revoked = played.revoke()
    (found,) = withdrawals(told(played.files))
    assert (found.credential, found.name) == (played.credential, "A credential")
    assert (found.effective, found.reason) == (revoked.effective, "Copied from another.")
