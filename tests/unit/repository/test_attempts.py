"""Attempts are found again from keyed hashes, and what reaches us late is known as late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobtwin.repository import attempts
from jobtwin.rules import seeds

SECRET = b"a secret for tests only, 32 byte"


@pytest.mark.parametrize("number", [1, 7, 4096])
def test_the_number_of_a_pull_request_is_found_from_its_keyed_hash(number: int) -> None:
    hidden = seeds.hidden(SECRET, "pull_request", number)
    assert attempts.number_of(SECRET, hidden) == number


def test_a_hash_under_another_secret_ends_in_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "LARGEST_NUMBER", 50)
    hidden = seeds.hidden(SECRET, "pull_request", 7)
    assert attempts.number_of(SECRET[::-1], hidden) is None
    assert attempts.number_of(SECRET, seeds.hidden(SECRET, "pull_request", 51)) is None


def test_an_event_is_delayed_when_main_is_further_by_more_than_the_skew(organisation: Any) -> None:
    ledger = organisation.ledger()
    main = attempts.known_moment(ledger)
    assert main == organisation.forge.now
    assert not attempts.is_delayed(ledger, main - timedelta(seconds=300))
    assert attempts.is_delayed(ledger, main - timedelta(seconds=301))
