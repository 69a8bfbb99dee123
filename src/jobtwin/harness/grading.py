"""Grading one submission, in the three steps that every caller takes: prepare, run, score.

Between the steps there are bytes only, so that each can be a job of its own with its own trust.
"""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from jobtwin.errors import EngineError, Refused
from jobtwin.harness import contract, environment, run, wire
from jobtwin.harness.gates import recorded
from jobtwin.harness.reporting import report_of
from jobtwin.harness.sandbox.protocol import MIB, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jobtwin.harness.gates import GateReturn
    from jobtwin.harness.sandbox.protocol import Sandbox
    from jobtwin.records.gate import Gate
    from jobtwin.records.report import Report
    from jobtwin.records.twin import Harness, Twin

GradeOutcome = Literal["passed", "failed", "timed_out", "invalid"]


@dataclass(frozen=True, slots=True)
class BarLine:
    """One figure beside its bar."""

    metric: str
    value: float
    comparator: Literal[">=", "<="]
    bar: float

    @property
    def met(self) -> bool:
        """Whether the figure clears its bar."""
        return self.value >= self.bar if self.comparator == ">=" else self.value <= self.bar


@dataclass(frozen=True, slots=True)
class Machine:
    """Where learner code is run."""

    sandbox: Sandbox
    cache: Path
    """Keeps installed environments, by the digest of their lock."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came back from learner code, and what it was run with."""

    returned: bytes
    """As `run` wrote it."""
    sandbox: str
    python: str
    gates: Mapping[str, GateReturn] = field(default_factory=dict)
    """What jobs outside of the sandbox saw."""


@dataclass(frozen=True, slots=True)
class Graded:
    """What grading one submission came to."""

    score: contract.Score
    returned: bytes
    """What came back from learner code, as `run` wrote it: kept, to score again."""
    outcome: GradeOutcome
    bar: tuple[BarLine, ...]
    sandbox: str
    python: str
    report: Report
    gates: tuple[Gate, ...] | None = None
    """Those that the twin asks for outside of the sandbox, if it asks for any."""


def grade(
    twin: Twin,
    harness: contract.Harness,
    seeds: contract.Seeds,
    submission: contract.Submission,
    machine: Machine,
    lock: bytes,
    progress: Callable[[str], None] = lambda _: None,
) -> Graded:
    """Take the three steps one after the other on this machine.

    Raises `EngineError` when the machine fails; whatever a learner can cause is an outcome.
    """
    handed = wire.encode(submission)
    ran = run_bytes(twin, prepare_bytes(harness, seeds), handed, machine, lock, progress)
    return score_bytes(twin, harness, seeds, ran, submission)


def prepare_bytes(harness: contract.Harness, seeds: contract.Seeds) -> bytes:
    """Return the plan: has the seeds, never sees learner code."""
    return wire.encode(harness.prepare(seeds))


def run_bytes(
    twin: Twin,
    plan: bytes,
    submission: bytes,
    machine: Machine,
    lock: bytes,
    progress: Callable[[str], None] = lambda _: None,
) -> Ran:
    """Return what came back: runs learner code, has neither seed nor answer.

    Raises `EngineError` when the machine or what we prepared is at fault. A submission that
    cannot even be written down is the learner's: every service is then `invalid`.
    """
    given = _harness(twin)
    planned = _planned(plan)
    installed = _installed(lock, machine.cache)
    try:
        returned = run.run(
            planned,
            wire.decode(contract.Submission, submission),
            entry_points(given),
            machine.sandbox,
            installed,
            limits(given),
            progress,
        )
    except Refused as refused:
        returned = _not_run(planned, str(refused))
    return Ran(wire.encode(returned), machine.sandbox.name, platform.python_version())


def _planned(plan: bytes) -> contract.Plan:
    try:
        return wire.decode(contract.Plan, plan)
    except Refused as refused:
        raise EngineError(f"the plan cannot be carried out: {refused}") from refused


def _installed(lock: bytes, cache: Path) -> Path:
    """Return the folder of the twin's environment; its lock is the organisation's own."""
    try:
        return environment.install(lock, cache)
    except Refused as refused:
        raise EngineError(f"the twin's environment cannot be installed: {refused}") from refused


def _not_run(plan: contract.Plan, why: str) -> contract.Returned:
    """Return what comes back when the submission cannot be run at all."""
    invalid = contract.Answer(contract.Outcome.INVALID)
    return contract.Returned(
        {
            service.id: contract.ServiceReturn(
                contract.Outcome.INVALID, (invalid,) * len(service.queries), detail=why[:2000]
            )
            for service in plan.services
        },
        {test.id: contract.TestReturn(contract.Outcome.NOT_RUN) for test in plan.test_runs},
    )


def score_bytes(
    twin: Twin,
    harness: contract.Harness,
    seeds: contract.Seeds,
    ran: Ran,
    submission: contract.Submission,
) -> Graded:
    """Return the figures and the verdict: has the answers, runs nothing.

    Raises `Refused` when the returned bytes are not what `run` writes, and `EngineError` when the
    harness cannot score them: that is our fault, and yet nothing that a learner may gain by.
    """
    returned = wire.decode(contract.Returned, ran.returned)
    score = _score(twin, harness, seeds, returned, submission)
    bar = measure(twin, score)
    outcome = outcome_of(returned, bar)
    report = report_of(twin, score, bar, outcome)
    gates = recorded(twin, ran.gates)
    return Graded(score, ran.returned, outcome, bar, ran.sandbox, ran.python, report, gates)


def _score(
    twin: Twin,
    harness: contract.Harness,
    seeds: contract.Seeds,
    returned: contract.Returned,
    submission: contract.Submission,
) -> contract.Score:
    try:
        score = harness.score(seeds, returned, submission)
    except EngineError:
        raise  # the machine measured nothing: not the harness's fault, nor the learner's
    except Exception as error:
        words = f"the harness of {twin.id} could not score: {type(error).__name__}"
        raise EngineError(words, "mend the harness; the attempt waits until then") from error
    declared = {metric.id for metric in twin.metrics}
    if set(score.metrics) != declared:
        odd = ", ".join(sorted(declared ^ set(score.metrics)))
        raise EngineError(f"the harness of {twin.id} and twin.yml differ in the figures {odd}")
    if not all(math.isfinite(value) for value in score.metrics.values()):
        raise EngineError(f"the harness of {twin.id} gives a figure that is no finite number")
    return score


def measure(twin: Twin, score: contract.Score) -> tuple[BarLine, ...]:
    """Return each figure of the twin's bar beside it."""
    return tuple(
        BarLine(line.metric, score.metrics[line.metric], line.comparator, line.value)
        for line in twin.bar
    )


def outcome_of(returned: contract.Returned, bar: tuple[BarLine, ...]) -> GradeOutcome:
    """Return how the whole ended: below the bar for a reason of its own, where there is one."""
    if all(line.met for line in bar):
        return "passed"
    ends = {service.outcome for service in returned.services.values()}
    if contract.Outcome.TIMED_OUT in ends:
        return "timed_out"
    if contract.Outcome.INVALID in ends:
        return "invalid"
    return "failed"


def entry_points(harness: Harness) -> run.EntryPoints:
    """Return how a twin's services and tests are started and asked."""
    service, tests = harness.service, harness.tests
    entry = run.EntryPoints(
        service_command=service.command if service else (),
        command=harness.command or (),
        at_once=harness.at_once,
    )
    if service:
        entry = replace(
            entry,
            ready_path=service.ready_path,
            ready_seconds=service.ready_seconds,
            ask_path=service.ask_path,
            query_seconds=service.query_seconds,
            answer_bytes=service.answer_kib * 1024,
        )
    if tests:
        entry = replace(entry, test_command=tests.command, test_seconds=tests.seconds)
    return entry


def entry_points_of(twin: Twin) -> run.EntryPoints:
    """Return the entry points of a twin; raises `EngineError` for one without a harness."""
    return entry_points(_harness(twin))


def limits(harness: Harness) -> Limits:
    """Return what one sandboxed process of a twin may use."""
    given = harness.limits
    return Limits(
        wall_seconds=given.wall_seconds,
        cpu_seconds=given.cpu_seconds,
        memory_bytes=given.memory_mib * MIB,
        processes=given.processes,
        output_bytes=given.output_kib * 1024,
        file_bytes=given.file_mib * MIB,
        tmp_bytes=given.tmp_mib * MIB,
        open_files=given.open_files,
    )


def _harness(twin: Twin) -> Harness:
    if twin.harness is None:
        raise EngineError(f"{twin.id} has no harness")
    return twin.harness
