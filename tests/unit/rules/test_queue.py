"""The register of the queue: what a claim may be drawn from, and what ends a claim early."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from bench import queue_world
from bench.queue_world import BEGIN, TWINS, World

from jobtwin.records.submission import Started
from jobtwin.rules import seeds
from jobtwin.rules.eligibility import WORDS, Exclusion
from jobtwin.rules.queue import OF_AN_ATTEMPT, Register, counted

TWIN = TWINS[0]
HOUR = timedelta(hours=1)
NOW = BEGIN + timedelta(days=30)


class _Even(random.Random):
    """Dice of a world in which nobody gives up and no round falls short."""

    def random(self) -> float:
        return 0.5


@pytest.fixture
def world() -> World:
    """Four mentors, calibrated anew, strangers to a dozen learners who have all handed in."""
    made = queue_world.made(14, 4)
    made.agenda.clear()
    made.dice = _Even()
    strangers = [
        learner
        for learner in made.learners[1:]
        if not learner.knows and not learner.helpers and not learner.employer
    ]
    for name in made.mentors:
        made.calibrate(BEGIN + HOUR, name, TWIN, 2)
    for number, learner in enumerate(strangers):
        made.attempt(NOW - (20 - number) * HOUR, learner, TWIN, 1)
        attempt = seeds.attempt(queue_world.SUBJECT, learner.subject, TWIN, 1)
        started = next(d for a, d, r in made.records if a == attempt and isinstance(r, Started))
        made.hand_in(NOW - (20 - number) * HOUR, attempt, started)
    return made


def _eligible(world: World, mentor: str) -> list[str]:
    asked = world.queue.ask(world.mentors[mentor][1], TWIN, NOW, world.policy)
    return [waiting.candidate.attempt for waiting in asked.eligible]


def test_a_suspended_mentors_claim_comes_back_to_the_front_and_is_no_lapse(world: World) -> None:
    mentor = world.mentors["mentor-1"][1]
    assert world.claim(NOW - HOUR, mentor, TWIN)
    claimed = next(iter(world.claims))
    assert claimed not in {w.candidate.attempt for w in world.queue.waiting(TWIN, NOW)}
    world.queue.suspend("mentor-1", TWIN, NOW - HOUR / 2)
    first = world.queue.waiting(TWIN, NOW)[0]
    assert first.candidate.attempt == claimed
    asked = world.queue.ask(mentor, TWIN, NOW, world.policy)
    assert [exclusion.reason for exclusion in asked.excluded] == ["suspended"]
    world.calibrate(NOW, "mentor-1", TWIN, 3)
    assert world.queue.ask(mentor, TWIN, NOW + HOUR, world.policy).barred is None
    assert claimed not in _eligible(world, "mentor-1")


def test_at_most_so_many_as_the_policy_draws_among_and_the_oldest_first(world: World) -> None:
    eligible = _eligible(world, "mentor-1")
    every = [waiting.candidate.attempt for waiting in world.queue.waiting(TWIN, NOW)]
    if len(every) > world.policy.draw_among:
        assert len(eligible) == world.policy.draw_among
    assert eligible == [name for name in every if name in eligible]
    narrow = world.policy.model_copy(update={"draw_among": 2})
    asked = world.queue.ask(world.mentors["mentor-1"][1], TWIN, NOW, narrow)
    assert [waiting.candidate.attempt for waiting in asked.eligible] == eligible[:2]


def test_an_uncalibrated_mentor_learns_nothing_of_relations(world: World) -> None:
    fresh = Register()
    for attempt, digest, record in world.records:
        if record.kind != "calibrated":
            queue_world.take(fresh, world.twins, attempt, digest, record)
    asked = fresh.ask(world.mentors["mentor-1"][1], TWIN, NOW, world.policy)
    assert not asked.eligible
    assert {exclusion.reason for exclusion in asked.excluded} == {"not calibrated"}


def test_every_reason_that_excludes_from_this_attempt_is_named(world: World) -> None:
    mentor = world.mentors["mentor-1"][1]
    attempt = world.queue.waiting(TWIN, NOW)[0].candidate.attempt
    assert world.queue.against(mentor, attempt, NOW, world.policy) == ()
    own = mentor.model_copy(update={"account": world.owners[attempt].subject})
    reasons = [e.reason for e in world.queue.against(own, attempt, NOW, world.policy)]
    assert reasons == ["same person", "same cohort"]


@pytest.mark.parametrize("kept", ["key", "account"])
def test_who_goes_on_under_another_name_is_given_no_work_a_second_time(
    world: World, kept: str
) -> None:
    mentor = world.mentors["mentor-1"][1]
    world.claim(NOW - HOUR, mentor, TWIN)
    changes = {"id": "again", "key": mentor.key.replace("A", "B"), "account": "ab" * 16}
    again = mentor.model_copy(update={n: new for n, new in changes.items() if n != kept})
    known = Register([mentor, again])
    for attempt, digest, record in world.records:
        queue_world.take(known, world.twins, attempt, digest, record)
    (attempt,) = world.claims
    back = world.claims[attempt][0].due + HOUR
    reasons = {found.reason for found in known.against(again, attempt, back, world.policy)}
    assert reasons == {"not calibrated", "claimed before"}


def test_a_few_are_not_counted_and_the_most_frequent_reason_stands_first() -> None:
    one, other = (Exclusion(reason, WORDS[reason]) for reason in ("same person", "same employer"))
    told = list(counted({one: 4, other: 5}, 5))
    assert told == [(other, "5"), (one, "fewer than 5")]
    assert {one.reason, other.reason} < OF_AN_ATTEMPT


def test_a_record_of_an_attempt_that_is_unknown_changes_nothing(world: World) -> None:
    empty = Register()
    for attempt, digest, record in world.records:
        if record.kind not in ("started", "calibrated"):
            empty.take(attempt, digest, record)
    assert empty.waiting(TWIN, NOW) == ()
