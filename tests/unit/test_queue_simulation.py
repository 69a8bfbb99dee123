"""A whole term of learners and mentors over the queue's rules: nobody lost, nobody graded twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import queue, queue_world

from jobtwin.records.grade import Claim, Decision
from jobtwin.records.submission import Started
from jobtwin.rules import eligibility, line, seeds

if TYPE_CHECKING:
    from bench.queue_world import World


def _played(learners: int, mentors: int, seed: int = 7) -> World:
    world = queue_world.made(learners, mentors, seed)
    world.play()
    return world


@pytest.fixture(scope="module")
def tenth() -> World:
    return _played(queue.LEARNERS // 10, queue.MENTORS // 5)


def test_no_attempt_is_lost_or_graded_twice_and_no_conflict_gets_through(tenth: World) -> None:
    assert list(queue.faults(tenth)) == []


def test_the_records_alone_give_every_claim_again(tenth: World) -> None:
    assert queue.replayed(tenth) == []


def test_the_world_has_all_that_can_go_wrong(tenth: World) -> None:
    kinds = [type(record) for _, _, record in tenth.records]
    assert kinds.count(Started) > 1250
    assert 0 < kinds.count(Decision) < kinds.count(Claim)
    assert any(len(claims) > 1 for claims in tenth.claims.values())
    assert tenth.suspensions
    assert tenth.in_vain


@pytest.mark.parametrize("seed", [1, 2])
def test_it_holds_for_other_terms_too(seed: int) -> None:
    world = _played(80, 7, seed)
    assert list(queue.faults(world)) == []
    assert queue.replayed(world) == []


def test_without_the_rule_of_relations_conflicts_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eligibility, "ties", lambda *_: iter(()))
    assert any("in spite of" in fault for fault in queue.faults(_played(80, 7)))


def test_without_the_clock_of_the_line_overdue_attempts_are_found_to_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def held_for_ever(entry: line.Waiting, _at: object) -> bool:
        return entry.signed_off + len(entry.open_until) < entry.needed

    monkeypatch.setattr(line.Waiting, "has_room", held_for_ever)
    assert any("was lost" in fault for fault in queue.faults(_played(80, 7)))


def test_another_draw_is_found(tenth: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "draw", lambda *_: 0)
    assert any("draws another attempt" in wrong for wrong in queue.replayed(tenth))


@pytest.mark.deep
def test_a_whole_term_of_2500_learners_and_50_mentors_holds() -> None:
    world = _played(queue.LEARNERS, queue.MENTORS)
    assert sum(isinstance(record, Started) for _, _, record in world.records) > 12_500
    assert list(queue.faults(world)) == []
    assert queue.replayed(world) == []
