"""A first test: the data that the assistant reads."""

from __future__ import annotations

from pathlib import Path

from assistant.data import Data


def test_every_booking_has_what_the_assistant_shows() -> None:
    data = Data(Path(__file__).parents[1] / "data")
    for booking in data.bookings.values():
        assert {"reference", "name", "mail", "cabin", "deck", "fare", "note"} <= set(booking)
