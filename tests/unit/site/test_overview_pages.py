from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import markdown  # type: ignore[import-untyped] # it has no types

from jobtwin.records.calibration import Calibrated, Drifted
from jobtwin.records.organisation import Issuer, IssuerKeyEntry, IssuerKeys, Mentor
from jobtwin.records.track import Track, TrackTwin
from jobtwin.site.kappa_history import kappa_history
from jobtwin.site.markup import day
from jobtwin.site.overview_pages import (
    MentorHistory,
    issuer_page,
    mentors_page,
    track_page,
    twins_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jobtwin.records.twin import Twin

NASTY = "</p><script>alert(1)</script> [x](javascript:alert(1)) | `"


def _history(passed: Callable[[str], Any], **changes: object) -> MentorHistory:
    played = passed("Mira Moreno")
    calibrated: Calibrated = played.calibrated().model_copy(update=changes)
    mentor: Mentor = played.dossier().judges[0].mentor
    return MentorHistory(mentor, "SHA256:abc", (calibrated,))


def test_the_list_of_twins_says_which_cannot_be_started(twin: Twin) -> None:
    closed = twin.model_copy(update={"harness": None, "id": "jt-closed"})
    page = twins_page([twin, closed])
    assert page.index("| open |") < page.index("| cannot be started yet |")
    assert "](jt-closed.md)" in page


def test_a_track_lists_its_weeks_in_order_and_links_only_pages_that_are_there() -> None:
    items = [
        TrackTwin(twin=f"jt-{week}", week=week, title=f"T{week}", short="S", summary="Words.")
        for week in (8, 6)
    ]
    track = Track(
        format=1,
        id="t",
        title="Track",
        weeks=14,
        summary="All.",
        twins=tuple(items),
        capstone="jt-end",
    )
    page = track_page(track, {"jt-6": "Six", "jt-end": "The end"})
    assert page.index("Week 6") < page.index("Week 8")
    assert "[T6](../twins/jt-6.md)" in page
    assert "jt-8.md" not in page
    assert "[The end](../twins/jt-end.md)" in page
    assert "all 2 twins" in page


def test_every_calibration_of_a_mentor_is_shown_with_its_interval(
    passed: Callable[[str], Any],
) -> None:
    history = _history(passed)
    page = mentors_page([history], history.rounds[0].at)
    assert "**0.78** (0.68 to 0.87)" in page
    assert "20 items, 100 ratings" in page
    assert "counts until" in page


def test_a_calibration_that_ran_out_by_the_last_event_no_longer_counts(
    passed: Callable[[str], Any],
) -> None:
    history = _history(passed)
    (only,) = history.rounds
    assert isinstance(only, Calibrated)
    page = mentors_page([history], only.expires + timedelta(seconds=1))
    assert "counted until" in page


def test_a_round_that_did_not_suffice_is_shown_as_well(passed: Callable[[str], Any]) -> None:
    history = _history(passed, ruling="recalibrate")
    assert "did not suffice" in mentors_page([history], history.rounds[0].at)


def _stop(history: MentorHistory, **after: float) -> Drifted:
    """Return what hidden items write some time after the mentor's round."""
    done = history.rounds[0]
    low = done.agreement.model_copy(update={"kappa": 0.41, "items": 5, "ratings": 25})
    at = done.at + timedelta(**after)
    return Drifted.model_construct(mentor=done.mentor, twin=done.twin, at=at, agreement=low)


def test_a_mentor_whom_hidden_items_stopped_is_shown_as_stopped_from_that_day_on(
    passed: Callable[[str], Any],
) -> None:
    history = _history(passed)
    stop = _stop(history, days=9)
    both = MentorHistory(history.mentor, history.fingerprint, (*history.rounds, stop))
    page = mentors_page([both], stop.at)
    assert "5 hidden items, 25 ratings" in page
    assert "**stopped**: below the floor" in page
    assert f"counted until {day(stop.at)}, then stopped" in page
    assert "counts until" not in page


def test_the_plot_of_agreement_moves_with_hidden_items(passed: Callable[[str], Any]) -> None:
    history = _history(passed)
    plot = kappa_history("mia", (*history.rounds, _stop(history, days=9)), 0.7)
    assert ", hidden" in plot
    assert plot.count("<circle") == 2


def test_a_mentors_name_is_text_and_nothing_else(passed: Callable[[str], Any]) -> None:
    history = _history(passed)
    named = history.mentor.model_copy(update={"name": NASTY})
    page = mentors_page([MentorHistory(named, "SHA256:abc", ())], named.since)
    html = markdown.markdown(page, extensions=["tables", "toc"])
    assert "<script" not in html
    assert "javascript:" not in html.replace("(javascript:", "")
    assert "nothing that is graded counts" in page


def test_retired_is_not_compromised(passed: Callable[[str], Any]) -> None:
    issuer: Issuer = passed(NASTY).dossier().issuer
    key = IssuerKeyEntry(
        fragment="key-2026-1", public_key="z6Mk" + "a" * 44, since=passed("x").calibrated().at
    )
    retired = key.model_copy(update={"retired": key.since})
    stolen = key.model_copy(update={"compromised": key.since})
    page = issuer_page(issuer, IssuerKeys(format=1, keys=(key, retired, stolen)))
    assert page.index("| in use |") < page.index("still holds |") < page.index("**compromised**")
    assert "For demonstration and tests only" in page
    assert "<script" not in markdown.markdown(page, extensions=["tables", "admonition"])


def test_a_repository_without_an_issuer_says_that_nothing_was_signed() -> None:
    assert "nothing was ever signed" in issuer_page(None, None)
    assert "no mentor" in mentors_page([], None)  # type: ignore[arg-type] # no round, no moment
