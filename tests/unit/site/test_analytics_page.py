"""The page of figures: every plot stands as a table too, and few people make no row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jobtwin.rules.results import Outcomes, Quartiles
from jobtwin.rules.waits import Figures as Waits
from jobtwin.rules.waits import Spread
from jobtwin.site.analytics_page import Figures, analytics_page
from jobtwin.site.mentor_page import MentorHistory
from jobtwin.site.queue_page import QueueRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jobtwin.records.calibration import Calibrated
    from jobtwin.records.twin import Twin

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAITED = Waits(3, Spread(20 * HOUR, 60 * HOUR), None)


def fared(twin: Twin) -> Outcomes:
    levels = {part.id: (1, 2, 3, 4, 5) for part in twin.rubric[:-1]}
    return Outcomes(15, 0.6, 0.8, 0.7333333333333333, Quartiles(0.5, 0.66, 0.8), levels)


def test_a_twin_is_told_by_plot_and_table(twin: Twin) -> None:
    page = analytics_page(Figures([(twin, fared(twin))], [], [], 5, 0.7), NOW)
    assert "| 15 | 73.3% | 60% | 80% | 0.5 · **0.66** · 0.8 |" in page
    assert f"{twin.id}: median 0.66, quartiles 0.5 and 0.8, threshold" in page
    assert page.count("<svg") == 2
    first, last = twin.rubric[0], twin.rubric[-1]
    assert f"| {first.title} | 1 | 2 | 3 | 4 | 5 |" in page
    assert last.title not in page


def test_too_few_people_leave_no_row_and_no_number(twin: Twin) -> None:
    page = analytics_page(
        Figures([(twin, None)], [QueueRow(twin, Waits(None, None, None), 5)], [], 5, 0.7), NOW
    )
    assert "<svg" not in page
    assert twin.id not in page
    assert page.count("There is nothing to show yet") == 3
    assert "fewer than 5 people" in page


def test_waits_are_those_of_the_queues_page(twin: Twin) -> None:
    page = analytics_page(Figures([], [QueueRow(twin, WAITED, 5)], [], 5, 0.7), NOW)
    assert f"| `{twin.id}` | 20 hours | 3 days |" in page
    assert f"{twin.id}: 20 hours, nine in ten 3 days" in page


def test_a_mentors_kappa_is_told_round_by_round_with_its_interval(
    passed: Callable[[str], Any],
) -> None:
    played = passed("Mira Moreno")
    calibrated: Calibrated = played.calibrated()
    mentor = played.dossier().judges[0].mentor
    undefined = calibrated.agreement.model_copy(
        update={"kappa": None, "kappa_low": None, "kappa_high": None}
    )
    rounds = (calibrated, calibrated.model_copy(update={"agreement": undefined}))
    page = analytics_page(Figures([], [], [MentorHistory(mentor, "SHA256:x", rounds)], 5, 0.7), NOW)
    got = calibrated.agreement
    assert f"{got.kappa:.2f} ({got.kappa_low:.2f} to {got.kappa_high:.2f})" in page
    assert "undefined" in page
    assert "needed: 0.7" in page
    assert page.count("<circle") == 1


def test_an_organisation_without_anything_says_so() -> None:
    page = analytics_page(Figures([], [], [], 0, None), NOW)
    assert "No mentor was measured yet." in page
