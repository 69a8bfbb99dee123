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
from jobtwin.records import measured
from jobtwin.records.measured import Measured, Measurement
from jobtwin.repository.definitions import read_twin
from jobtwin.rules.standing.state import TRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from jobtwin.harness.contract import Harness
    from jobtwin.records.measured import Basis, Judged, Key, KitCheck
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


class Keeping:
    """The measurements of a twin, in a file or nowhere."""

    def __init__(self, twin_id: str, path: Path | None = None) -> None:
        """Keep them at `path`; raises `Refused` for a file that holds something else."""
        self._twin, self._path = twin_id, path
        self.known = self._read()

    def add(self, more: Measured) -> None:
        """Keep more; what another run has written meanwhile stays."""
        self.known = measured.merged(self._read(), more)
        if self._path is not None:
            beside = self._path.with_name(f".{self._path.name}.new")
            beside.write_bytes(measured.write(self.known))
            beside.replace(self._path)

    def current(self, run: Run, now: Basis) -> Measurement | None:
        """Return the measurement of a run, None where there is none of what lies there now."""
        found = {item.key: item for item in self.known.measurements}.get(run.key)
        return found if found is not None and found.basis == now else None

    def _read(self) -> Measured:
        if self._path is None or not self._path.is_file():
            return getattr(self, "known", Measured(format=1, twin=self._twin))
        found = measured.load(self._path.read_bytes(), str(self._path))
        if found.twin != self._twin:
            raise UsageError(f"{self._path} is about {found.twin}", "name another file by --keep")
        return found


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
        known = keeping.current(run, proving.basis(run.proof))
        found = known or proving.measure(run)
        if known is None:
            keeping.add(proving.kept(measurements=(found,)))
        results.append(found)
        progress(f"{number}/{len(listed)} {run}: {_ended(found)}{' (kept)' if known else ''}")
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


def _ended(found: Measurement) -> str:
    return "; ".join(found.problems) or "as declared"


def table(
    declared: Iterable[proofs.Proof], kits: Iterable[KitCheck], results: Iterable[Measurement]
) -> str:
    """Return how many kits were as they must be, and each proof as often as declared, as text."""
    kits, results = tuple(kits), tuple(results)
    lines = []
    if kits:
        sound = sum(not one.problems for one in kits)
        lines.append(f"{'kits':<20} {'alike, and no answers':<28} {sound} of {len(kits)}")
        lines += [
            f"  {one.case} · seed {one.seed}: {text}" for one in kits for text in one.problems
        ]
    for proof in declared:
        own = [result for result in results if result.proof == proof.id]
        if not own:
            continue
        held = sum(not result.problems for result in own)
        wanted = f"fails on {proof.fails_on}" if proof.fails_on else "passes"
        lines.append(f"{proof.id:<20} {wanted:<28} {held} of {len(own)}")
        for result in own:
            run = Run(proof, result.case, result.seed, result.repeat)
            lines += [f"  {run}: {_ended(result)}"] if result.problems else []
    return "\n".join(lines)


def state(proving: Proving, choice: Choice, keeping: Keeping) -> str:
    """Return what of a choice is measured, stale or missing, a line for the kits and each proof."""
    cases = [case for case in proving.solutions.cases if choice.case in (None, case)]
    keys = {(case, seed) for case in cases for seed in range(choice.seeds)}
    kits = [one for one in keeping.known.kits if one.key in keys]
    sound = [not one.problems for one in kits if one.twin == proving.mark]
    lines = [_state("kits", sound, len(kits) - len(sound), len(keys))]
    listed = runs(proofs.declared(proving.folder), proving.solutions.cases, choice)
    kept = {item.key for item in keeping.known.measurements}
    for proof in dict.fromkeys(run.proof for run in listed):
        own = [run for run in listed if run.proof == proof]
        now = proving.basis(proof)
        known = [not found.problems for run in own if (found := keeping.current(run, now))]
        stale = sum(run.key in kept for run in own) - len(known)
        lines.append(_state(proof.id, known, stale, len(own)))
    return "\n".join(lines)


def _state(name: str, known: Sequence[bool], stale: int, wanted: int) -> str:
    missing = wanted - len(known) - stale
    return f"{name:<20} {sum(known)} of {len(known)} as declared, {stale} stale, {missing} missing"
