from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import markdown  # type: ignore[import-untyped] # it has no types
import pytest

from jobtwin.records.calibration import Calibrated, Drifted
from jobtwin.site.kappa_history import kappa_history
from jobtwin.site.markup import day
from jobtwin.site.mentor_page import MentorHistory, Standing, mentor_page, mentors_page, source

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from jobtwin.records.organisation import Mentor
    from jobtwin.rules.eligibility import Reason

NASTY = "</title><script>alert(1)</script> [x](javascript:alert(1)) | `"
Played = tuple[MentorHistory, Standing]


def _played(passed: Callable[[str], Any], **changes: object) -> Played:
    """Return a mentor of one round, who may grade its twin."""
    played = passed("Mira Moreno")
    calibrated: Calibrated = played.calibrated().model_copy(update=changes)
    mentor: Mentor = played.dossier().judges[0].mentor
    history = MentorHistory(mentor, "SHA256:abc", (calibrated,))
    return history, Standing(played.twin, history.rounds, calibrated, None)


def _page(played: Played, at: datetime | None = None, barred: Reason | None = None) -> str:
    history, one = played
    standing = Standing(one.twin, one.rounds, one.by, barred)
    now = at or max(history.mentor.since, *(item.at for item in one.rounds))
    return mentor_page(history, [standing], 0.7, now)


def _stop(history: MentorHistory, **after: float) -> Drifted:
    """Return what hidden items write some time after the mentor's round."""
    done = history.rounds[0]
    low = done.agreement.model_copy(update={"kappa": 0.41, "items": 5, "ratings": 25})
    at = done.at + timedelta(**after)
    return Drifted.model_construct(mentor=done.mentor, twin=done.twin, at=at, agreement=low)


def test_every_calibration_of_a_mentor_is_shown_with_its_interval(
    passed: Callable[[str], Any],
) -> None:
    page = _page(_played(passed))
    assert "`SHA256:abc`" in page
    assert page.count("**0.78** (0.68 to 0.87)") == 2  # as it is now, and among the rounds
    assert "20 items, 100 ratings" in page
    assert "counts until" in page
    assert page.count("<circle") == 1


def test_a_mentor_may_grade_from_a_round_on_and_until_it_expires(
    passed: Callable[[str], Any],
) -> None:
    played = _played(passed)
    by = played[1].by
    assert by is not None
    said = f"**yes**, since the round of {day(by.at)}; until {day(by.expires)}, or for 50 reviews"
    assert said in _page(played)


def test_a_calibration_that_ran_out_by_the_last_event_no_longer_counts(
    passed: Callable[[str], Any],
) -> None:
    played = _played(passed)
    assert played[1].by is not None
    page = _page(played, played[1].by.expires + timedelta(seconds=1), "expired")
    assert page.count(f"counted until {day(played[1].by.expires)}") == 2
    assert "**yes**" not in page


@pytest.mark.parametrize(
    ("barred", "words"),
    [
        ("not calibrated", "none of the rounds is by today's rubric"),
        ("extension open", "needs more items"),
        ("did not suffice", "did not suffice"),
        ("used up", "the 50 reviews that the last round was good for are done"),
    ],
)
def test_who_may_not_grade_is_told_with_the_reason(
    passed: Callable[[str], Any], barred: Reason, words: str
) -> None:
    page = _page(_played(passed), barred=barred)
    assert words in page
    assert "**yes**" not in page


def test_a_round_that_did_not_suffice_is_shown_as_well(passed: Callable[[str], Any]) -> None:
    assert "| did not suffice |" in _page(_played(passed, ruling="recalibrate"))


def test_a_mentor_whom_hidden_items_stopped_is_shown_as_stopped_from_that_day_on(
    passed: Callable[[str], Any],
) -> None:
    history, one = _played(passed)
    stop = _stop(history, days=9)
    rounds = (*history.rounds, stop)
    both = MentorHistory(history.mentor, history.fingerprint, rounds)
    page = _page((both, Standing(one.twin, rounds, one.by, None)), barred="suspended")
    assert f"no: hidden items stopped it on {day(stop.at)}" in page
    assert "5 hidden items, 25 ratings" in page
    assert "**stopped**: below the floor" in page
    assert f"counted until {day(stop.at)}, then stopped" in page
    assert "counts until" not in page


def test_who_is_a_mentor_no_more_may_grade_nothing_on_either_page(
    passed: Callable[[str], Any],
) -> None:
    history, one = _played(passed)
    end = history.rounds[0].at + timedelta(days=3)
    gone = history.mentor.model_copy(update={"since": history.rounds[0].at, "until": end})
    known = MentorHistory(gone, "SHA256:abc", history.rounds)
    for page in (_page((known, one), end), mentors_page([(known, [one])], end)):
        assert f"no mentor since {day(end)}" in page
        assert "**yes**" not in page


def test_a_twin_without_a_round_is_named_as_such(passed: Callable[[str], Any]) -> None:
    history, one = _played(passed)
    never = Standing(one.twin, (), None, "not calibrated")
    new = MentorHistory(history.mentor, history.fingerprint, ())
    page = mentor_page(new, [never], 0.7, history.mentor.since)
    assert "No round yet, so no grading: [" in page
    assert "nothing that is graded counts" in page
    assert "<figure" not in page


def test_all_mentors_stand_in_a_table_with_what_they_may_grade_now(
    passed: Callable[[str], Any],
) -> None:
    history, one = _played(passed)
    at = history.mentor.since
    barred = Standing(one.twin, one.rounds, one.by, "expired")
    page = mentors_page([(history, [one])], at)
    assert f"](../twins/{one.twin.id}.md) | **0.78** (0.68 to 0.87)" in page
    assert "| nothing |" in mentors_page([(history, [barred])], at)
    assert "no mentor" in mentors_page([], at)


def test_a_link_to_a_mentors_place_on_the_page_of_all_finds_the_way_to_the_mentors_own(
    passed: Callable[[str], Any],
) -> None:
    history, one = _played(passed)
    page = mentors_page([(history, [one])], history.mentor.since)
    html = markdown.markdown(page, extensions=["tables", "attr_list"])
    assert '<a href="mira/index.md" id="mira">' in html
    assert source("mira") == "mentors/mira/index.md"
    assert source("index") != "mentors/index.md"


def test_the_plot_of_agreement_moves_with_hidden_items(passed: Callable[[str], Any]) -> None:
    history, _ = _played(passed)
    plot = kappa_history("mia", (*history.rounds, _stop(history, days=9)), 0.7)
    assert ", hidden" in plot
    assert plot.count("<circle") == 2


def test_a_mentors_name_is_text_and_nothing_else(passed: Callable[[str], Any]) -> None:
    history, one = _played(passed)
    named = history.mentor.model_copy(update={"name": NASTY})
    known = MentorHistory(named, "SHA256:abc", history.rounds)
    for page in (
        mentor_page(known, [one], 0.7, named.since),
        mentors_page([(known, [one])], named.since),
    ):
        text = page.rpartition("---\n# ")[2]  # without what it says of itself
        html = markdown.markdown(f"# {text}", extensions=["tables", "attr_list", "toc"])
        assert "<script" not in page
        assert "<script" not in html
        assert "javascript:" not in html.replace("(javascript:", "")
