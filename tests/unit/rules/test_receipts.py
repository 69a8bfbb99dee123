"""Which receipts count follows from when their events happened, in whatever order they arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.base import load
from jobtwin.records.submission import InboxEntry, Received, Snapshot
from jobtwin.records.twin import Twin
from jobtwin.rules import receipts

PROJECT = Path(__file__).parents[3]
TWIN = load(Twin, (PROJECT / "twins" / "jt-incident-4" / "twin.yml").read_bytes()).record
T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SNAPSHOT = Snapshot(
    mode="repo_url",
    source="5" * 32,
    commit="c" * 40,
    tree="d" * 40,
    digest="sha256:" + "e" * 64,
    files=1,
    bytes=1,
    ref="refs/archive/none",
)


def receipt(number: int, minute: float, **more: Any) -> tuple[str, Received]:
    whole: dict[str, Any] = {
        "event": f"pull_request.synchronize:{number}",
        "ruling": "accepted",
        "checkpoint": "live",
        "snapshot": SNAPSHOT,
        "head": f"{number:040}",
    }
    record = Received(
        format=1,
        at=T0 + timedelta(minutes=minute),
        key="clock",
        attempt="a" * 32,
        number=number,
        **(whole | more),
    )
    return f"sha256:{number:064}", record


def entry(path: str, content: int) -> InboxEntry:
    return InboxEntry(path=path, digest=f"sha256:{content:064}", bytes=1)


def noted(number: int, minute: float, *entries: InboxEntry, **more: Any) -> tuple[str, Received]:
    none: dict[str, Any] = {"ruling": "noted", "checkpoint": None, "snapshot": None}
    return receipt(number, minute, inbox=entries, **(none | more))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6, unique=True))
def test_the_latest_event_is_graded_in_whatever_order_events_arrive(minutes: list[int]) -> None:
    every = [receipt(number, minute) for number, minute in enumerate(minutes, start=1)]
    ((_, found),) = receipts.last_accepted(every, TWIN)
    assert found.at == T0 + timedelta(minutes=max(minutes))


def test_of_two_at_one_moment_the_one_that_arrived_later_is_graded() -> None:
    for order in permutations([receipt(1, 5), receipt(2, 5)]):
        assert [item.number for _, item in receipts.last_accepted(order, TWIN)] == [2]


def test_checkpoints_come_in_the_twins_order() -> None:
    late = receipt(1, 10, checkpoint="post-mortem", snapshot=None)
    early = receipt(2, 20)
    found = receipts.last_accepted([late, early], TWIN)
    assert [item.checkpoint for _, item in found] == ["live", "post-mortem"]


@pytest.mark.parametrize("ruling", ["late", "blocked", "refused"])
def test_only_accepted_receipts_are_graded(ruling: str) -> None:
    assert receipts.last_accepted([receipt(1, 5, ruling=ruling)], TWIN) == []


def test_without_a_repository_there_is_nothing_to_grade() -> None:
    words = receipt(1, 5, checkpoint="post-mortem", snapshot=None)
    assert receipts.gradable([words], TWIN) == []
    assert len(receipts.gradable([words, receipt(2, 6)], TWIN)) == 2


def test_an_attempt_ends_with_the_first_final_that_was_accepted() -> None:
    every = [receipt(1, 30, final=True), receipt(2, 20, final=True), receipt(3, 10)]
    records = [item for _, item in every]
    assert receipts.final_at(records) == T0 + timedelta(minutes=20)
    assert not receipts.is_after_final(records, T0 + timedelta(minutes=20))
    assert receipts.is_after_final(records, T0 + timedelta(minutes=20, seconds=1))


@pytest.mark.parametrize("ruling", ["late", "blocked", "refused"])
def test_a_final_that_was_not_accepted_ends_nothing(ruling: str) -> None:
    records = [receipt(1, 5, ruling=ruling, final=True)[1]]
    assert receipts.final_at(records) is None
    assert not receipts.is_after_final(records, T0 + timedelta(days=9))


def test_a_final_without_a_repository_ends_nothing_until_one_is_there_before_it() -> None:
    words = receipt(1, 20, checkpoint="post-mortem", snapshot=None, final=True)[1]
    assert receipts.final_at([words]) is None
    assert receipts.final_at([words, receipt(2, 30)[1]]) is None
    assert receipts.final_at([words, receipt(2, 10)[1]]) == words.at
    assert receipts.final_at([words, receipt(2, 20)[1]]) == words.at


def test_files_count_until_the_end_and_not_beyond() -> None:
    closes = T0 + timedelta(minutes=60)
    every = [
        noted(1, 10),
        noted(2, 61),
        receipt(3, 20, ruling="late"),
        receipt(4, 30, ruling="refused"),
        noted(5, 40, ruling="refused"),
        receipt(6, 50, final=True),
        noted(7, 55),
    ]
    assert [item.number for item in receipts.counted(every, closes)] == [1, 3, 4, 6]


def test_a_push_brings_the_whole_inbox_and_a_comment_one_file_that_stays() -> None:
    every = [
        noted(1, 1, entry("updates/01.yml", 1), entry("repro.json", 2)),
        noted(2, 2, entry("updates/51.yml", 3), event="issue_comment.created:2"),
        noted(3, 3, entry("updates/02.yml", 4), entry("updates/51.yml", 5)),
    ]
    found = receipts.inbox([item for _, item in every])
    assert {path: item.digest[-1] for path, item in found.items()} == {
        "updates/02.yml": "4",
        "updates/51.yml": "3",
    }


def test_a_receipt_that_was_found_later_needs_a_human_unless_its_own_event_came_too() -> None:
    closes = T0 + timedelta(minutes=60)
    found_later = receipt(1, 5, recovered=True)
    assert receipts.needs_human([found_later], TWIN, closes)
    own = receipt(2, 4, head=found_later[1].head)
    assert not receipts.needs_human([found_later, own], TWIN, closes)
    assert not receipts.needs_human([found_later, receipt(3, 9)], TWIN, closes)


def test_files_that_were_found_later_need_a_human_as_well() -> None:
    closes = T0 + timedelta(minutes=60)
    every = [receipt(1, 5), noted(2, 9, recovered=True)]
    assert receipts.needs_human(every, TWIN, closes)
    assert not receipts.needs_human([*every, noted(3, 10)], TWIN, closes)
