"""Running a twin's declared solutions, right and wrong ones, and keeping how each ended.

Takes up where the last run ended: what was measured of the very same twin, proof and engine
stands; everything else is measured anew.
"""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from jobtwin.errors import NothingMeasured, UsageError
from jobtwin.harness import basis, grading, proofs, solutions, twin_code
from jobtwin.harness.metering import Meter, Metered
from jobtwin.records.measured import Measured, Measurement
from jobtwin.repository.definitions import read_twin
from jobtwin.rules.standing.state import TRIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from jobtwin.acts.check.keeping import Keeping
    from jobtwin.harness.contract import Harness
    from jobtwin.records.measured import Basis, Judged, Key
    from jobtwin.records.twin import Twin


@dataclass(frozen=True, slots=True)
class Choice:
    """Which proofs to run: all of them unless something is named."""

    seeds: int = 1
    repeats: int = 1
    """How often the reference is run on each seed."""
    proof: str | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run that is asked for."""

    proof: proofs.Proof
    case: str
    seed: int
    repeat: int

    @property
    def key(self) -> Key:
        """What its measurement is kept under."""
        return self.proof.id, self.case, self.seed, self.repeat

    def __str__(self) -> str:
        again = f" · again {self.repeat}" if self.repeat else ""
        return f"{self.proof.id} · {self.case} · seed {self.seed}{again}"


@dataclass(frozen=True, slots=True)
class Proving:
    """A twin whose solutions are run."""

    twin: Twin
    folder: Path
    harness: Harness
    solutions: proofs.Solutions
    machine: grading.Machine
    clock: Callable[[], datetime]
    """Now."""
    judged: Judged
    """What a measurement of each proof speaks of now."""

    @property
    def mark(self) -> str:
        """What stands for the twin in measurements of it now."""
        return next(iter(self.judged.bases.values())).twin

    def basis(self, proof: proofs.Proof) -> Basis:
        """Return what a measurement of a proof speaks of now."""
        return self.judged.bases[proof.id]

    def kept(self, **more: Any) -> Measured:
        """Return measurements or checks of kits as they are kept."""
        return Measured(format=1, twin=self.twin.id, judged=self.judged, **more)

    def measure(self, run: Run) -> Measurement:
        """Solve and grade once, as an attempt is graded."""
        meter, began = Meter(), time.monotonic()
        given = self.solutions.seeds(run.case, run.seed)
        handed = self.solutions.solve(run.proof.id, given)
        machine = replace(self.machine, sandbox=Metered(self.machine.sandbox, meter))
        assert self.twin.harness is not None  # noqa: S101 - as `opened` saw to it
        lock = (self.folder / self.twin.harness.environment.lock).read_bytes()
        grade = partial(grading.grade, self.twin, self.harness, given, handed, machine, lock)
        graded = _graded(grade)
        tight = meter.tight() if run.proof.kind == "reference" else ()
        return Measurement(
            proof=run.proof.id,
            case=run.case,
            seed=run.seed,
            repeat=run.repeat,
            basis=self.basis(run.proof),
            outcome=graded.outcome,
            problems=(*proofs.verdict(run.proof, graded), *tight),
            figures=dict(graded.score.metrics),
            seconds=round(time.monotonic() - began, 1),
            wall=meter.wall,
            cpu=meter.cpu if meter.memory.most else None,
            memory=meter.memory if meter.memory.most else None,
            at=self.clock(),
            machine=_machine(graded),
        )


def opened(
    repo: Path, twin_id: str, machine: grading.Machine, clock: Callable[[], datetime]
) -> Proving:
    """Return a twin ready to be proved; raises `UsageError` for one without a harness."""
    twin, folder = read_twin(repo, twin_id), repo / "twins" / twin_id
    if twin.harness is None:
        raise UsageError(f"{twin_id} cannot be started yet: it has no harness to prove")
    harness, found = twin_code.load(folder), proofs.solutions(folder)
    now = basis.judged(solutions.folder(folder), twin, machine.sandbox.name)
    return Proving(twin, folder, harness, found, machine, clock, now)


def prove(
    proving: Proving,
    choice: Choice,
    keeping: Keeping,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Measurement, ...]:
    """Run what was not measured yet and return how each ended; `progress` gets a line for each.

    A solution that the machine cannot run is an `EngineError`; one that it was not fit to measure
    is run again, as an attempt would be.
    """
    listed = runs(proofs.declared(proving.folder), proving.solutions.cases, choice)
    results = []
    for number, run in enumerate(listed, start=1):
        known = keeping.current(run.key, proving.basis(run.proof))
        found = known or proving.measure(run)
        if known is None:
            keeping.add(proving.kept(measurements=(found,)))
        results.append(found)
        progress(f"{number}/{len(listed)} {run}: {ended(found)}{' (kept)' if known else ''}")
    return tuple(results)


def runs(
    declared: tuple[proofs.Proof, ...], cases: tuple[str, ...], choice: Choice
) -> tuple[Run, ...]:
    """Return what a choice asks for, every proof once before any is run on another seed."""
    if choice.proof is not None and choice.proof not in {proof.id for proof in declared}:
        known = ", ".join(proof.id for proof in declared)
        raise UsageError(f"there is no proof {choice.proof!r}", f"there are: {known}")
    if choice.case is not None and choice.case not in cases:
        raise UsageError(f"there is no case {choice.case!r}", f"there are: {', '.join(cases)}")
    return tuple(
        Run(proof, case, seed, repeat)
        for repeat in range(choice.repeats)
        for seed in range(choice.seeds)
        for proof in declared
        if choice.proof in (None, proof.id)
        if not repeat or proof.kind == "reference"
        for case in cases
        if choice.case in (None, case)
    )


def _graded(grade: Callable[[], grading.Graded]) -> grading.Graded:
    for _ in range(TRIES - 1):
        with suppress(NothingMeasured):
            return grade()
    return grade()


def _machine(graded: grading.Graded) -> str:
    """Return where something was measured, in a few words without a name."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.machine()}, {cores} cores"
    return f"{system}, Python {graded.python}, {graded.sandbox}"


def ended(found: Measurement) -> str:
    """Return how a run ended, in a few words."""
    return "; ".join(found.problems) or "as declared"
