"""How long the queue's decisions take for a whole term, and what must hold of them.

`queue.decisions` replays the records of a played term: every record is taken in, every claim is
ruled and drawn again, and every claim that found nothing finds nothing again.
"""

from __future__ import annotations

import resource
import time
from collections import deque
from typing import TYPE_CHECKING

from bench import queue_world
from bench.measure import Result, Say
from jobtwin.errors import EngineError
from jobtwin.records.calibration import Calibrated
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.submission import Evaluated, Started
from jobtwin.rules.queue import Register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.queue_world import Someone, World

LEARNERS, MENTORS = 2500, 50


def measure(runs: int, say: Say) -> list[Result]:
    """Return the CPU seconds of all queue decisions of a term, and the process's peak memory."""
    world = queue_world.made(LEARNERS, MENTORS)
    say("queue: a term is being played")
    world.play()
    if broken := [*faults(world)]:
        raise EngineError(f"the queue broke its promise: {broken[0]}")
    seconds: list[float] = []
    for number in range(runs):
        say(f"queue: replay {number + 1} of {runs}")
        begun = time.process_time()
        wrong = replayed(world)
        seconds.append(time.process_time() - begun)
        if wrong:
            raise EngineError(f"the queue does not rule the same twice: {wrong[0]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    attempts = sum(isinstance(record, Started) for _, _, record in world.records)
    claims = sum(isinstance(record, Claim) for _, _, record in world.records)
    say(
        f"queue: {attempts:,} attempts, {claims:,} claims, {len(world.in_vain):,} more in vain, "
        f"{len(world.records):,} records"
    )
    return [
        Result("queue.decisions", "CPU s", seconds),
        Result("queue.decisions.memory", "MiB", [peak]),
    ]


def replayed(world: World) -> list[str]:
    """Rule every claim again from the records alone; return what comes out otherwise."""
    queue, wrong = Register(), list[str]()
    suspended, in_vain = deque(world.suspensions), deque(world.in_vain)
    for number, (attempt, digest, record) in enumerate(world.records):
        while suspended and suspended[0][0] == number:
            queue.suspend(*suspended.popleft()[1:])
        while in_vain and in_vain[0][0] == number:
            _, name, twin, at = in_vain.popleft()
            if queue.ask(world.mentors[name][1], twin, at, world.policy).eligible:
                wrong.append(f"{name} could have claimed at {at}")
        if isinstance(record, Claim):
            asked = queue.ask(
                world.mentors[record.mentor][1], queue.twin_of(attempt), record.at, world.policy
            )
            if not asked.eligible:
                wrong.append(f"claim {record.event} had nothing to draw")
            elif asked.drawn(queue_world.SECRET, record.event).candidate.attempt != attempt:
                wrong.append(f"claim {record.event} draws another attempt")
        queue_world.take(queue, world.twins, attempt, digest, record)
    return wrong


def faults(world: World) -> Iterator[str]:
    """Yield every promise that a played term has broken, judged without the rules' own state."""
    yield from _lost(world)
    if world.still_to_come:
        yield f"{world.still_to_come} attempts never came to be"
    yield from _graded_twice(world)
    for name, claims in world.claims.items():
        mentors = [claim.mentor for claim in claims]
        if len(set(mentors)) < len(mentors):
            yield f"attempt {name} returned to the same mentor"
        for claim in claims:
            if tie := _tie(world.mentors[claim.mentor][0], world.owners[name]):
                yield f"{claim.mentor} was given {name}, in spite of {tie}"
    yield from _uncalibrated(world)
    yield from _not_blind(world)


def _graded_twice(world: World) -> Iterator[str]:
    """Yield attempts with two verdicts, or held by two mentors at once."""
    measured, verdicts, holds = set(), set(), dict[str, Claim]()
    for attempt, _, record in world.records:
        if isinstance(record, Evaluated) and record.counts:
            measured.add(attempt)
        elif isinstance(record, Decision):
            if attempt in verdicts:
                yield f"attempt {attempt} was decided twice"
            verdicts.add(attempt)
            holds.pop(attempt, None)
        elif isinstance(record, Claim):
            before = holds.get(attempt)
            if before and record.at <= before.due and not _was_suspended(world, before, record):
                yield f"attempt {attempt} was held by two mentors"
            if attempt in verdicts:
                yield f"attempt {attempt} was claimed after its verdict"
            holds[attempt] = record
    for name in sorted(measured - verdicts - world.open_attempts):
        yield f"attempt {name} was measured and not decided"


def _lost(world: World) -> Iterator[str]:
    """Yield attempts without a verdict that no longer wait, or that somebody could have graded."""
    at = queue_world.BEGIN + queue_world.LONGEST
    waiting = {
        w.candidate.attempt for twin in queue_world.TWINS for w in world.queue.waiting(twin, at)
    }
    for name in sorted(world.open_attempts):
        if name not in waiting:
            yield f"attempt {name} was lost"
        elif any(_could(world, mentor, name) for mentor in world.mentors):
            yield f"attempt {name} was passed over"


def _could(world: World, mentor: str, name: str) -> bool:
    """Say whether a mentor who is still there may grade an attempt, once calibrated again."""
    someone, learner = world.mentors[mentor][0], world.owners[name]
    claimed = {claim.mentor for claim in world.claims.get(name, ())}
    graded = {
        claim.mentor
        for other, claims in world.claims.items()
        if world.owners[other] == learner
        and world.queue.twin_of(other) == world.queue.twin_of(name)
        for claim in claims
    }
    strangers = not _tie(someone, learner) and not _is_learner(world, someone)
    return mentor not in world.gone | claimed | graded and strangers


def _is_learner(world: World, someone: Someone) -> bool:
    return any(learner.account == someone.account for learner in world.learners)


def _was_suspended(world: World, before: Claim, now: Claim) -> bool:
    """Say whether a claim had ended before it was due: by a suspension, or a round that failed."""
    failed = (
        (record.mentor, record.at)
        for _, _, record in world.records
        if isinstance(record, Calibrated) and record.ruling == "recalibrate"
    )
    suspended = ((mentor, when) for _, mentor, _, when in world.suspensions)
    return any(
        mentor == before.mentor and before.at <= when <= now.at
        for mentor, when in (*failed, *suspended)
    )


def _tie(mentor: Someone, learner: Someone) -> str:
    if mentor.account == learner.account:
        return "being the learner"
    if mentor.employer and mentor.employer == learner.employer:
        return "one employer"
    if mentor.account in learner.knows or learner.account in mentor.knows:
        return "knowing each other"
    return "having helped" if mentor.mail in learner.helpers else ""


def _uncalibrated(world: World) -> Iterator[str]:
    """Yield claims by mentors whose last round had not sufficed, was old, used up or overtaken."""
    rounds: dict[tuple[str, str], Calibrated] = {}
    reviews: dict[tuple[str, str], int] = {}
    suspended = {(mentor, twin, at) for _, mentor, twin, at in world.suspensions}
    twins: dict[str, str] = {}
    for attempt, _, record in world.records:
        if isinstance(record, Started):
            twins[attempt] = record.twin
        elif isinstance(record, Calibrated):
            rounds[record.mentor, record.twin] = record
            reviews[record.mentor, record.twin] = 0
        elif isinstance(record, Reviewed):
            reviews[record.mentor, twins[attempt]] += 1
        elif isinstance(record, Claim):
            whose = record.mentor, twins[attempt]
            last = rounds[whose]
            drifted = any(
                (mentor, twin) == whose and last.at <= at < record.at
                for mentor, twin, at in suspended
            )
            if last.ruling != "calibrated" or record.at >= last.expires or drifted:
                yield f"{record.mentor} was not calibrated for {attempt}"
            if reviews[whose] >= last.expires_after_reviews:
                yield f"{record.mentor} had used the calibration up before {attempt}"


def _not_blind(world: World) -> Iterator[str]:
    """Yield retakes that were given to who had graded the first attempt."""
    graded: dict[tuple[str, str], set[str]] = {}
    of: dict[str, tuple[str, str]] = {}
    for attempt, _, record in world.records:
        if isinstance(record, Started):
            of[attempt] = record.subject, record.twin
        elif isinstance(record, Reviewed):
            graded.setdefault(of[attempt], set()).add(record.mentor)
        elif isinstance(record, Claim) and record.mentor in graded.get(of[attempt], ()):
            yield f"{record.mentor} was given a retake of {attempt}'s learner"
