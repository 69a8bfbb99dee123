"""An act takes place at its event's moment, unless main is far beyond it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobtwin.repository import moments


@pytest.mark.parametrize(
    ("seconds", "delayed"), [(-60, False), (0, False), (300, False), (301, True)]
)
def test_an_event_is_delayed_when_main_is_further_by_more_than_the_skew(
    organisation: Any, seconds: int, delayed: bool
) -> None:
    ledger = organisation.ledger()
    main = moments.known(ledger)
    at = main - timedelta(seconds=seconds)
    assert main == organisation.forge.now
    assert moments.is_delayed(ledger, at) is delayed
    assert moments.acting(ledger, at) == (main if delayed else at)
