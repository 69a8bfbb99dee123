"""Whether a learner may start: attempts left, mentors that exist, a cohort that is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import Loaded, load, write
from jobtwin.records.intake import StartRequest
from jobtwin.records.organisation import Cohort
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.rules.opening import Earlier, attempts_allowed, check_start, open_cohort, used

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TRACK = load(Track, (ROOT / "tracks/production-ai-engineer.yml").read_bytes()).record
State = Literal["open", "decided", "expired", "given back"]


def twin(name: str = "jt-incident-4") -> Twin:
    return load(Twin, (ROOT / "twins" / name / "twin.yml").read_bytes()).record


def request(*relations: str) -> Loaded[StartRequest]:
    record = StartRequest(format=1, twin="jt-incident-4", relations=relations)
    return load(StartRequest, write(record), "start.yml")


def codes(*states: State, of: str = "jt-incident-4") -> list[str]:
    earlier = tuple(map(Earlier, states))
    return [finding.code for finding in check_start(request(), twin(of), earlier, set())]


def cohort(name: str, opens: int, closes: int, track: str = TRACK.id) -> Cohort:
    return Cohort(
        format=1,
        id=name,
        track=track,
        opens=NOW + timedelta(days=opens),
        closes=NOW + timedelta(days=closes),
        visibility="open",
        secret_commitment="sha256:" + "0" * 64,
    )


def test_the_first_attempt_and_one_reattempt_are_allowed_and_no_third() -> None:
    assert codes() == []
    assert codes("decided") == []
    assert codes("decided", "decided") == ["STA-005"]


def test_the_capstone_allows_no_second_attempt() -> None:
    assert codes("decided", of="jt-capstone") == ["STA-005"]


@pytest.mark.parametrize("state", ["decided", "expired"])
def test_an_attempt_that_was_left_to_expire_is_used_up_like_any_other(state: State) -> None:
    assert codes(state, "expired") == ["STA-005"]


def test_an_attempt_that_is_open_stands_before_the_next_even_when_one_is_left() -> None:
    assert codes("open") == ["STA-004"]
    assert codes("decided", "open") == ["STA-004"]


def test_what_the_machine_spoilt_is_given_back() -> None:
    assert codes("given back", "given back", "decided") == []


@given(st.lists(st.sampled_from(["decided", "expired", "given back"]), max_size=8))
def test_no_order_of_earlier_attempts_gives_more_than_the_twin_allows(states: list[State]) -> None:
    allowed = attempts_allowed(twin())
    assert (codes(*states) == []) is (used(tuple(map(Earlier, states))) < allowed)


def test_without_a_limit_there_is_always_another_attempt() -> None:
    unlimited = twin().model_copy(update={"reattempts": "unlimited"})
    earlier = (Earlier("decided"),) * 100
    assert list(check_start(request(), unlimited, earlier, set())) == []


def test_a_relation_with_somebody_who_is_no_mentor_is_told_at_its_place() -> None:
    found = list(check_start(request("mia", "mai"), twin(), (), {"mia"}))
    assert [finding.code for finding in found] == ["STA-006"]
    assert (found[0].path, found[0].line) == ("start.yml", 5)
    assert "`mai`" in found[0].message


def test_a_start_belongs_to_the_cohort_that_opened_last() -> None:
    cohorts = [cohort("old", -60, 60), cohort("new", -1, 60), cohort("next", 1, 60)]
    found = open_cohort(cohorts, [TRACK], twin(), NOW)
    assert found is not None
    assert found.id == "new"


def test_a_cohort_is_open_from_its_first_second_up_to_its_last() -> None:
    assert open_cohort([cohort("a", 0, 1)], [TRACK], twin(), NOW)
    assert open_cohort([cohort("a", -1, 0)], [TRACK], twin(), NOW) is None


def test_a_cohort_of_another_track_is_not_for_this_twin() -> None:
    assert open_cohort([cohort("a", -1, 1, "other")], [TRACK], twin(), NOW) is None
    without = TRACK.model_copy(update={"twins": TRACK.twins[:1], "capstone": None})
    assert open_cohort([cohort("a", -1, 1)], [without], twin(), NOW) is None


def test_the_capstone_of_a_track_is_for_its_cohorts_too() -> None:
    assert TRACK.capstone is not None
    assert open_cohort([cohort("a", -1, 1)], [TRACK], twin(TRACK.capstone), NOW)
