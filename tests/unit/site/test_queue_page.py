"""The queue's page: real waits, and a dash where too few people are behind a figure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jobtwin.rules.waits import Figures, Spread
from jobtwin.site.queue_page import QueueRow, forecast, queue_page
from jobtwin.site.start_section import start_section

if TYPE_CHECKING:
    from jobtwin.records.twin import Twin

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FULL = Figures(
    waiting=12,
    result=Spread(20 * HOUR, 60 * HOUR),
    mentor=Spread(3 * HOUR, 9 * HOUR),
    results=40,
    in_time=0.95,
    lapsed=2,
    forecast=Spread(24 * HOUR, 80 * HOUR),
)
FEW = Figures(None, None, None)


def said(twin: Twin, figures: Figures) -> dict[str, str]:
    """Return what a twin's row says, each value by what a phone calls it."""
    page = queue_page([QueueRow(twin, figures, 5)], NOW)
    row = next(line for line in page.splitlines() if twin.id in line)
    named = re.findall(r'\| ([^|]+) \{ data-label="([^"]+)" \}', row)
    return {name: value for value, name in named}


def test_a_row_says_what_people_really_waited(twin: Twin) -> None:
    assert said(twin, FULL) == {
        "Waiting now": "12",
        "Until a mentor takes it": "3 hours / 9 hours",
        "Until the result": "20 hours / 3 days",
        "Reviews in time": "95% of 40",
        "Overdue claims": "2",
        "If you hand in now": "24 hours / 4 days",
    }
    page = queue_page([QueueRow(twin, FULL, 5)], NOW)
    assert "of the\n30 days before 2026-11-30 09:00:00 UTC" in page


def test_too_few_people_make_a_dash(twin: Twin) -> None:
    assert list(said(twin, FEW).values()) == ["fewer than 5", "–", "–", "–", "–", "–"]


def test_without_a_twin_the_page_says_so() -> None:
    assert "No twin can be started yet." in queue_page([], NOW)


def test_the_forecast_stands_before_the_way_to_start(twin: Twin) -> None:
    told = forecast([QueueRow(twin, FULL, 5)], twin)
    assert "within 3 hours (p50), or 9 hours (p90)." in told
    assert "expect to wait 24 hours until the result" in told
    assert "A mentor has 48 hours from the claim." in told
    section = start_section(twin, forecast=told)
    assert section.index("**Until your result.**") < section.index("Make a branch")
    assert "(p50)" not in forecast([QueueRow(twin, FEW, 5)], twin)
    assert forecast([], twin) == ""
