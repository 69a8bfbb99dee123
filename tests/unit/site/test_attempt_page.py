"""An attempt's page: what its comment says, and every time behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.records import layout
from jobtwin.records.report import read
from jobtwin.records.submission import Expired, Told
from jobtwin.rules.standing import Case, Place
from jobtwin.site.attempt_page import WAY, attempt_page
from jobtwin.site.report_page import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.site.conftest import Passed

SITE = "https://credentials.example"


class _Headings(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag[0] == "h" and tag[1:].isdigit():
            self.levels.append(int(tag[1:]))


@pytest.fixture
def played(passed: Callable[[str], Passed]) -> Passed:
    return passed("A clear fix.")


@pytest.fixture
def running(played: Passed) -> Case:
    started = played.records["Started"]
    return Case(played.twin, started, started.at + timedelta(minutes=5), 60, Place(SITE))


@pytest.fixture
def handed_in(running: Case, played: Passed) -> Case:
    live = played.records["Live"]
    return replace(running, now=live.at, receipts=(("sha256:" + "1" * 64, live),))


@pytest.fixture
def measured(handed_in: Case, played: Passed) -> Case:
    evaluated = played.records["Evaluated"]
    return replace(handed_in, now=evaluated.at, evaluated=(evaluated,))


@pytest.fixture
def decided(measured: Case, played: Passed) -> Case:
    records = played.records
    return replace(
        measured,
        now=records["Decision"].at,
        reviewed=(records["Reviewed"],),
        reviews=(records["Review"],),
        decision=records["Decision"],
        credential=f"{SITE}/credentials/c1/",
    )


def test_what_was_measured_is_plotted_once_there_is_a_report(
    measured: Case, played: Passed
) -> None:
    report = read(played.files[layout.report(played.twin.id, played.attempt, 1)])
    article = attempt_page(measured, shown(report)).article
    assert "dose: 0.75" in article
    assert 'id="measured"' not in attempt_page(measured).article


def test_what_receipts_tell_stands_beside_the_dimension_once_it_is_measured(measured: Case) -> None:
    (record,) = measured.evaluated
    found = (Told(what="file:updates/*.yml", minutes=(7.0, 31.5)),)
    case = replace(measured, evaluated=(record.model_copy(update={"told": found}),))
    article = attempt_page(case).article
    assert "<dt>Communication</dt>" in article
    assert "2 times: 7, 31.5 minutes after the start" in article
    assert 'id="told"' not in attempt_page(measured).article


def _steps(article: str) -> dict[str, str]:
    """Return each step with "done", "now" or "" for what comes later."""
    found = {}
    for name in WAY:
        ends = (f">{name}</li>", f">Next: {name.lower()}</li>")
        line = next(row for row in article.splitlines() if row.strip().endswith(ends))
        found[name] = "done" if "jt-step--done" in line else "now" if "aria-current" in line else ""
    return found


def test_a_running_attempt_says_what_to_do_next_and_where_it_is(running: Case) -> None:
    page = attempt_page(running)
    assert page.title == f"Attempt 1: {running.twin.title}"
    assert page.description == "The clock is running."
    assert "What to do next" in page.article
    assert f"jobtwin kit {running.twin.id} --seed" in page.article
    assert list(_steps(page.article).values()) == ["done", "now", "", "", ""]


def test_what_is_measured_waits_for_its_review(measured: Case) -> None:
    article = attempt_page(measured).article
    assert list(_steps(article).values()) == ["done", "done", "done", "now", ""]


def test_a_decided_attempt_has_feedback_deadlines_and_its_credential(decided: Case) -> None:
    article = attempt_page(decided).article
    assert set(_steps(article).values()) == {"done"}
    assert f'href="{SITE}/credentials/c1/"' in article
    for row in decided.twin.rubric:
        assert row.levels[3].split("`")[0].split(";")[0][:40] in article
    assert "handed in 2026-11-02 10:20:00 UTC" in article
    assert "nothing accepted" in article


def test_an_attempt_that_ended_early_shows_no_way_that_it_did_not_go(running: Case) -> None:
    last = running.started.deadlines[-1].at
    common = {
        "format": 1,
        "event": "schedule:1",
        "key": "clock",
        "attempt": running.started.attempt,
    }
    expired = Expired.model_validate({**common, "kind": "expired", "reason": "nothing", "at": last})
    article = attempt_page(replace(running, now=last, expired=expired)).article
    assert "jt-steps" not in article
    assert "Expired" in article


def test_every_receipt_is_there_the_newest_first(handed_in: Case) -> None:
    ((digest, first),) = handed_in.receipts
    many = tuple(
        (digest, first.model_copy(update={"number": n, "at": first.at + timedelta(minutes=n)}))
        for n in range(20)
    )
    article = attempt_page(replace(handed_in, receipts=many)).article
    every = article[article.index('id="receipts"') :]
    assert every.count("10:2") + every.count("10:3") == len(many)
    assert every.index("10:39:00") < every.index("10:20:00")


def test_headings_go_down_one_level_at_a_time(decided: Case) -> None:
    headings = _Headings()
    headings.feed(attempt_page(decided).article)
    assert headings.levels[0] == 1
    assert headings.levels.count(1) == 1
    steps = zip(headings.levels, headings.levels[1:], strict=False)
    assert all(later <= earlier + 1 for earlier, later in steps)


def test_what_people_wrote_is_shown_and_does_nothing(
    passed: Callable[[str], Passed], decided: Case
) -> None:
    hostile = "<img src=x onerror=alert(1)> [go](javascript:alert(1)) <script>1</script> `a` | b"
    review = passed(hostile).records["Review"]
    article = attempt_page(replace(decided, reviews=(review,))).article
    for forbidden in ("<img", "<script", 'href="javascript:'):
        assert forbidden not in article
    assert "&lt;img" in article


def test_the_same_case_gives_the_same_bytes(decided: Case) -> None:
    assert attempt_page(decided) == attempt_page(decided)
