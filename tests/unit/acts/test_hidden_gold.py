"""Gold in the live queue: known by its content, judged in silence, revealed in the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.audit import audit
from jobtwin.acts.calibrate.retiring import retire
from jobtwin.acts.calibrate.watching import SAID, carry, hidden_gold, watch
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.forge.events import Account
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.calibration import Drifted
from jobtwin.repository import append, snapshot
from jobtwin.rules import gold
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Sequence

TWIN, SET = "jt-incident-4", "carried-1"
MENTOR, OTHER = Account(501, "mia"), Account(502, "max")


@pytest.fixture
def queue(desk: Any) -> Any:
    """A desk with a set of eight items for the queue."""
    made = [
        type(item)({"work/app.py": f"answer = {n}\n".encode()}, item.scores, item.defects)
        for n, item in enumerate(desk.items[:8])
    ]
    key = gold.public_key(desk.holders.gold)
    sealed = gold.seal(desk.twin(), SET, made, key, b"q" * 16, desk.now, use="queue")
    append.add(desk.git, sealed, "A set for the queue", desk.now)
    desk.wait(hours=1)
    return desk


def _hand_in(desk: Any, account: int, content: bytes) -> str:
    attempt = str(desk.evaluated_attempt(account))
    files = {"app.py": content, ".jobtwin.yml": f"seed: {account}\n".encode()}
    ref = layout.snapshot_ref(TWIN, attempt, 1)
    append.keep(desk.git, ref, "snapshot.tar", snapshot.tar(files), desk.now)
    return attempt


def _carried(desk: Any, numbers: Sequence[int], wrong: bool, mentor: Account = MENTOR) -> list[str]:
    """Let items be handed in and graded: all wrong, or as the reference has it."""
    done = []
    for n in numbers:
        attempt = _hand_in(desk, 2000 + n, f"answer = {n}\n".encode())
        claimed = desk.claim(mentor)
        assert claimed.attempt == attempt
        desk.wait(minutes=10)
        _grade(desk, attempt, n, wrong, mentor.login)
        done.append(attempt)
    return done


def _grade(desk: Any, attempt: str, item: int, wrong: bool, mentor: str) -> None:
    worth = desk.items[item].scores
    written = desk.written(attempt, mentor=mentor)
    scores = tuple(
        one.model_copy(
            update={"score": (1.0 if worth[one.dimension] < 0.5 else 0.0)}
            if wrong
            else {"score": worth[one.dimension]}
        )
        for one in written.scores
    )
    desk.review(written.model_copy(update={"scores": scores}), key=mentor)


def _watch(desk: Any) -> Any:
    return desk.apply(watch(desk.event(), desk.ledger(), desk.holders, TWIN))


def test_a_mentor_who_grades_as_the_reference_is_left_alone_without_a_word(queue: Any) -> None:
    _carried(queue, range(7), wrong=False)
    effects = _watch(queue)
    assert (dict(effects.records), effects.comment) == ({}, SAID)


def test_below_the_floor_grading_stops_from_the_sixth_item_on(queue: Any) -> None:
    _carried(queue, range(5), wrong=True)
    assert _watch(queue).records == {}
    _carried(queue, [5], wrong=True)
    effects = _watch(queue)
    ((path, content),) = effects.records.items()
    assert path == layout.drifted("mia", TWIN, 1)
    assert effects.comment == SAID
    record = load(Drifted, content).record
    assert (record.agreement.items, record.agreement.ratings) == (6, 6 * len(queue.twin().rubric))
    queue.wait(minutes=1)
    queue.evaluated_attempt(3001)
    with pytest.raises(Refused, match="CLM-003"):
        queue.claim()
    assert _watch(queue).records == {}


def test_learners_work_says_nothing_of_a_mentor(queue: Any) -> None:
    for account in range(4000, 4007):
        attempt = _hand_in(queue, account, f"mine = {account}\n".encode())
        queue.claim()
        _grade(queue, attempt, 0, True, "mia")
    assert _watch(queue).records == {}


def test_who_copies_a_carried_item_is_a_learner(queue: Any) -> None:
    first = _carried(queue, [0], wrong=True)
    for account in range(5001, 5008):
        attempt = _hand_in(queue, account, b"answer = 0\n")
        queue.claim()
        _grade(queue, attempt, 0, True, "mia")
    assert _watch(queue).records == {}
    found = hidden_gold(queue.ledger(), queue.holders, TWIN, queue.now)
    assert list(found.carried) == first


def test_the_records_of_gold_are_of_the_same_kinds_and_fields_as_a_learners(queue: Any) -> None:
    (item,) = _carried(queue, [0], wrong=False)
    other = _hand_in(queue, 6001, b"answer = 99\n")
    queue.claim()
    queue.wait(minutes=10)
    _grade(queue, other, 0, False, "mia")

    def shape(attempt: str) -> list[tuple[str, frozenset[str]]]:
        chain = queue.attempt(attempt).chain
        return [
            (one.record.kind, frozenset(one.record.model_dump(exclude_none=True))) for one in chain
        ]

    assert shape(item) == shape(other)


def test_an_operator_is_told_how_many_items_to_carry(
    queue: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for account in range(7000, 7008):
        _hand_in(queue, account, f"mine = {account}\n".encode())
    found = hidden_gold(queue.ledger(), queue.holders, TWIN, queue.now)
    assert (found.waiting, found.missing, dict(found.carried)) == (8, 2, {})
    _hand_in(queue, 7100, b"answer = 1\n")
    assert hidden_gold(queue.ledger(), queue.holders, TWIN, queue.now).missing == 1
    assert capsys.readouterr().out == ""


def test_an_item_is_opened_for_its_carrier_once(queue: Any) -> None:
    assert carry(queue.ledger(), queue.holders, TWIN, SET, "item-01") == {
        "work/app.py": b"answer = 0\n"
    }
    _hand_in(queue, 2000, b"answer = 0\n")
    with pytest.raises(Refused, match="CAL-021"):
        carry(queue.ledger(), queue.holders, TWIN, SET, "item-01")
    for set_id, item in ((SET, "item-99"), ("set-1", "item-01")):
        with pytest.raises(Refused, match="CAL-021"):
            carry(queue.ledger(), queue.holders, TWIN, set_id, item)


def _retired(desk: Any) -> None:
    desk.wait(minutes=1)
    desk.apply(retire(desk.event(), desk.ledger(), desk.holders, TWIN, SET))


def test_when_the_set_is_retired_the_figures_are_computed_again(queue: Any) -> None:
    _carried(queue, range(6), wrong=True)
    _watch(queue)
    report = audit(queue.git)
    assert any("hidden items of 1 mentor " in line for line in report.unchecked)
    _retired(queue)
    report = audit(queue.git)
    assert report.checked["agreements over hidden items computed again"] == 1
    assert not {"AUD-134", "AUD-135"} & {one.finding.code for one in report.divergences}
    assert not any("hidden items" in line for line in report.unchecked)


def test_a_stop_with_invented_figures_is_found_at_the_reveal(queue: Any) -> None:
    _carried(queue, range(6), wrong=True)
    effects = watch(queue.event(), queue.ledger(), queue.holders, TWIN)
    ((path, content),) = effects.records.items()
    record = load(Drifted, content).record
    worse = record.agreement.model_copy(update={"exact": 0.01})
    forged = sign(record.model_copy(update={"agreement": worse}), queue.holders.signer("desk"))
    append.add(queue.git, {path: write(forged)}, "Forged", queue.now)
    assert "AUD-135" not in queue.divergences()
    _retired(queue)
    assert "AUD-135" in queue.divergences()


def test_a_stop_of_a_mentor_who_graded_no_item_is_found_at_the_reveal(queue: Any) -> None:
    _carried(queue, range(6), wrong=True)
    effects = watch(queue.event(), queue.ledger(), queue.holders, TWIN)
    (content,) = effects.records.values()
    record = load(Drifted, content).record.model_copy(update={"mentor": "max"})
    forged = sign(record, queue.holders.signer("desk"))
    append.add(queue.git, {layout.drifted("max", TWIN, 1): write(forged)}, "F", queue.now)
    _retired(queue)
    assert "AUD-135" in queue.divergences()


def test_the_commands_as_an_operator_runs_them(
    queue: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "item"
    named = ["--repo", str(queue.git.path), "--secrets", str(queue.keys)]
    if not (queue.keys / "gold.secret").exists():
        (queue.keys / "gold.secret").write_text(queue.holders.gold.hex())
    assert _run(["calibrate", "carry", TWIN, SET, "item-02", "--out", str(out), *named]) == 0
    assert (out / "work" / "app.py").read_bytes() == b"answer = 1\n"
    assert _run(["calibrate", "hidden", TWIN, *named]) == 0
    told = capsys.readouterr()
    assert "0 attempts wait; carry 0 more items now" in told.err
