"""The pull request of an attempt is found again from its keyed hash."""

from __future__ import annotations

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
