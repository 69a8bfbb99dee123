"""Records found by their place, an attempt's as one chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import EngineError, Refused
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.organisation import CalibrationPolicy, IntakePolicy, QueuePolicy
from jobtwin.records.submission import Evaluated, Expired
from jobtwin.repository import append
from jobtwin.repository.ledger import Ledger
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TWIN = "jt-incident-4"
ATTEMPT = "ab" + "0" * 30


@pytest.fixture
def ledger(organisation: Any) -> Callable[..., Ledger]:
    """Return a function that adds files to main and opens the ledger there."""

    def opened(files: dict[str, bytes] | None = None) -> Ledger:
        append.add(organisation.forge.origin, files or {}, "Add", AT)
        made: Ledger = organisation.ledger()
        return made

    return opened


def expired(previous: str | None, reason: str = "Nothing came.") -> bytes:
    record = Expired(
        format=1,
        at=AT,
        event="sweep:1",
        previous=previous,
        key="clock-2026-1",
        attempt=ATTEMPT,
        reason=reason,
    )
    return write(record)


def evaluated(number: int, previous: str | None) -> bytes:
    record = Evaluated(
        format=1,
        at=AT,
        event="e:1",
        previous=previous,
        key="clock-2026-1",
        attempt=ATTEMPT,
        number=number,
        graded=(),
        outcome="failed",
        counts=True,
    )
    return write(record)


def queue(since: datetime, draw_among: int) -> bytes:
    return write(QueuePolicy(format=1, since=since, draw_among=draw_among))


def test_twins_tracks_cohorts_and_keys_are_where_the_layout_says(ledger: Any) -> None:
    found = ledger()
    assert TWIN in found.twins
    assert "production-ai-engineer" in {track.id for track in found.tracks}
    assert [cohort.id for cohort in found.cohorts] == ["autumn-2026"]
    assert {act for key in found.act_keys.values() for act in key.acts} >= {"start", "decide"}
    assert found.issuer.test


def test_what_is_not_there_is_none_or_an_error_that_says_what_to_do(ledger: Any) -> None:
    found = ledger()
    assert found.twin("jt-nothing") is None
    assert found.mentor("nobody") is None
    assert found.attempt(TWIN, ATTEMPT) is None
    assert found.revoked("0" * 32) is None
    assert (found.issued("0" * 32), list(found.credentials())) == ((), [])
    with pytest.raises(EngineError) as error:
        found.cohort("nothing")
    assert error.value.hint


def test_an_attempt_is_in_the_order_of_its_chain_and_not_of_its_names(ledger: Any) -> None:
    first = evaluated(2, None)
    second = evaluated(1, digest(first))
    third = expired(digest(second))
    found = ledger(
        {
            layout.evaluated(TWIN, ATTEMPT, 2): first,
            layout.evaluated(TWIN, ATTEMPT, 1): second,
            layout.expired(TWIN, ATTEMPT): third,
        }
    ).attempt(TWIN, ATTEMPT)
    assert [item.digest for item in found.chain] == [digest(first), digest(second), digest(third)]
    assert found.tip == digest(third)
    assert [item.record.number for item in found.all(Evaluated)] == [2, 1]
    assert found.last(Evaluated).record.number == 1


def test_ten_records_come_after_nine_also_where_names_are_sorted(ledger: Any) -> None:
    files: dict[str, bytes] = {}
    tip = None
    for number in range(1, 12):
        content = evaluated(number, tip)
        files[layout.evaluated(TWIN, ATTEMPT, number)] = content
        tip = digest(content)
    found = ledger(files).attempt(TWIN, ATTEMPT)
    assert [item.record.number for item in found.all(Evaluated)] == list(range(1, 12))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, "sha256:" + "1" * 64),  # one between them is gone
        (None, None),  # two that come first
        ("sha256:" + "1" * 64, "sha256:" + "2" * 64),  # none that does
    ],
)
def test_records_that_are_not_one_chain_are_for_the_audit(
    ledger: Any, first: str | None, second: str | None
) -> None:
    files = {
        layout.evaluated(TWIN, ATTEMPT, 1): evaluated(1, first),
        layout.expired(TWIN, ATTEMPT): expired(second),
    }
    with pytest.raises(EngineError) as error:
        ledger(files).attempt(TWIN, ATTEMPT)
    assert "audit" in error.value.hint


def test_an_attempt_that_does_not_begin_with_its_start_says_so(ledger: Any) -> None:
    found = ledger({layout.expired(TWIN, ATTEMPT): expired(None)}).attempt(TWIN, ATTEMPT)
    with pytest.raises(EngineError, match="does not begin"):
        _ = found.started


def test_a_record_that_cannot_be_read_is_refused_with_its_place(ledger: Any) -> None:
    path = layout.expired(TWIN, ATTEMPT)
    with pytest.raises(Refused) as refused:
        ledger({path: b"format: 1\nkind: expired\n"}).attempt(TWIN, ATTEMPT)
    assert {finding.path for finding in refused.value.findings} == {path}


def test_copies_of_the_inbox_are_not_taken_for_records(ledger: Any) -> None:
    files = {
        layout.expired(TWIN, ATTEMPT): expired(None),
        layout.inbox_copy(TWIN, ATTEMPT, 1, "expired.yml"): b"a learner's words",
        f"{layout.submission(TWIN, ATTEMPT)}/notes.yml": b"nothing of ours",
    }
    assert len(ledger(files).attempt(TWIN, ATTEMPT).chain) == 1


def test_every_attempt_is_found_below_its_shard(ledger: Any) -> None:
    ids = ["ab" + "0" * 30, "ab" + "1" * 30, "cd" + "0" * 30]
    files = {layout.expired(TWIN, name): expired(None) for name in ids}
    assert [item.id for item in ledger(files).attempts(TWIN)] == ids


def test_the_newest_version_of_a_status_list_is_found_by_its_number(ledger: Any) -> None:
    kept = [(1, 99), (1, 100), (1, 1002), (1, 1010), (12, 7)]
    files = {layout.status_list(*list_at): b"{}" for list_at in kept}
    files |= {f"{layout.STATUS_LISTS}/README.md": b"x", f"{layout.STATUS_LISTS}/9/x/1.json": b"x"}
    assert ledger(files).status_lists() == {1: 1010, 12: 7}
    assert [layout.status_list_at(path) for path in files] == [*kept, None, None]


@pytest.mark.parametrize("place", ["1/0/100", "1/1/7", "01/0/7", "1/0/07", f"1/0/{'9' * 5000}"])
def test_a_status_list_in_another_folder_than_its_own_is_none(place: str) -> None:
    assert layout.status_list_at(f"{layout.STATUS_LISTS}/{place}.json") is None


def test_the_policy_in_force_is_the_latest_that_has_begun(ledger: Any) -> None:
    day = timedelta(days=1)
    found = ledger(
        {
            "policy/queue-2026-02.yml": queue(AT, 3),
            "policy/queue-2026-03.yml": queue(AT + day, 4),
        }
    )
    assert found.policy(QueuePolicy, AT - day).draw_among == 8
    assert found.policy(QueuePolicy, AT).draw_among == 3
    assert found.policy(QueuePolicy, AT + day).draw_among == 4
    assert found.policy(IntakePolicy, AT) == found.policy(IntakePolicy, AT + day)


def test_before_the_first_policy_there_is_none(ledger: Any) -> None:
    with pytest.raises(EngineError, match="no calibration policy"):
        ledger().policy(CalibrationPolicy, datetime(2020, 1, 1, tzinfo=UTC))


def test_a_pinned_twin_stays_as_it_was(ledger: Any) -> None:
    before = ledger()
    tree = before.tree.tree_id(f"twins/{TWIN}")
    path = layout.twin(TWIN)
    changed = before.tree.read(path).replace(b"title: ", b"title: New ", 1)
    after = ledger({path: changed})
    assert after.pinned_twin(tree, TWIN) == before.twin(TWIN).record
    assert after.twin(TWIN).record != before.twin(TWIN).record
