"""When a checkpoint closes, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import load
from jobtwin.records.organisation import Cohort, Window
from jobtwin.records.submission import Deadline, Started
from jobtwin.records.twin import Twin
from jobtwin.rules import deadline

ROOT = Path(__file__).parents[3]
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def twin(name: str) -> Twin:
    return load(Twin, (ROOT / "twins" / name / "twin.yml").read_bytes()).record


def cohort(**days: int) -> Cohort:
    return Cohort(
        format=1,
        id="autumn-2026",
        track="production-ai-engineer",
        opens=START - timedelta(days=30),
        closes=START + timedelta(days=90),
        visibility="open",
        windows=tuple(
            Window(twin=name.replace("_", "-"), days=length) for name, length in days.items()
        ),
        secret_commitment="sha256:" + "0" * 64,
    )


def started(*closing: timedelta) -> Started:
    return Started.model_construct(
        deadlines=tuple(
            Deadline(checkpoint=f"c-{number}", at=START + length)
            for number, length in enumerate(closing)
        )
    )


def test_the_live_window_is_ninety_minutes_and_the_post_mortem_four_hours_after_it() -> None:
    found = {d.checkpoint: d.at for d in deadline.deadlines(twin("jt-incident-4"), cohort(), START)}
    live, late = sorted(found.values())
    assert live == START + timedelta(minutes=90)
    assert late == live + timedelta(hours=4)


def test_the_capstone_has_fourteen_days_by_itself() -> None:
    found = deadline.deadlines(twin("jt-capstone"), cohort(), START)
    assert max(item.at for item in found) == START + timedelta(days=14)


def test_a_checkpoint_without_minutes_has_the_window_of_the_cohort() -> None:
    found = deadline.deadlines(twin("jt-rag-1"), cohort(jt_rag_1=10), START)
    assert max(item.at for item in found) == START + timedelta(days=10)


def test_a_cohort_without_the_window_that_is_needed_is_an_error() -> None:
    with pytest.raises(KeyError):
        deadline.deadlines(twin("jt-rag-1"), cohort(), START)


def test_a_window_is_lacking_only_where_a_checkpoint_counts_in_days() -> None:
    assert deadline.lacks_window(twin("jt-rag-1"), cohort())
    assert not deadline.lacks_window(twin("jt-rag-1"), cohort(jt_rag_1=10))
    assert not deadline.lacks_window(twin("jt-incident-4"), cohort())


def test_a_submission_at_the_closing_second_is_in_time() -> None:
    assert deadline.is_on_time(START, START, 0)
    assert not deadline.is_on_time(START + timedelta(seconds=1), START, 0)


@given(st.integers(-100_000, 100_000), st.integers(0, 900))
def test_grace_moves_the_closing_second_by_just_as_much(after: int, grace: int) -> None:
    assert deadline.is_on_time(START + timedelta(seconds=after), START, grace) is (after <= grace)


@given(st.integers(0, 10**6), st.integers(0, 900), st.integers(0, 900))
def test_more_grace_never_makes_anybody_late(after: int, grace: int, more: int) -> None:
    at = START + timedelta(seconds=after)
    if deadline.is_on_time(at, START, grace):
        assert deadline.is_on_time(at, START, grace + more)


def test_an_attempt_closes_with_its_last_checkpoint_wherever_that_stands() -> None:
    record = started(timedelta(hours=5), timedelta(hours=9), timedelta(hours=1))
    assert deadline.last(record) == START + timedelta(hours=9)
    assert deadline.closes(record, "c-2") == START + timedelta(hours=1)


def test_an_unknown_checkpoint_never_closes() -> None:
    with pytest.raises(KeyError):
        deadline.closes(started(timedelta(1)), "other")
