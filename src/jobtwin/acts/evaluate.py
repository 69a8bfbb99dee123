"""evaluate: run what was handed in and measure it, once; three steps with three trust levels.

`prepare` has the seeds and never sees learner code; `run` has no secret at all; `score` has the
answers and runs nothing. What passes between them is bytes, so that each may be a job of its own.
"""

from __future__ import annotations

import gzip
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin import __version__
from jobtwin.errors import EngineError, NothingMeasured, Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.harness import contract, grading, handover, outside, twin_code, wire
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import IntakePolicy
from jobtwin.records.report import write as write_report
from jobtwin.records.submission import (
    Evaluated,
    Figure,
    Graded,
    Measured,
    Received,
    RunEnvironment,
)
from jobtwin.records.twin import Twin
from jobtwin.repository import boxes, measurements, packs, snapshot
from jobtwin.repository.export import export
from jobtwin.rules import deadline, from_receipts, intake, receipts, seeds
from jobtwin.rules.ledger import digest, sign
from jobtwin.yamlfile import unshowable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jobtwin.forge.events import Effects, Event
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt, Filed, Ledger

NOTHING_TO_GRADE = Code(
    "EVA-001",
    "nothing that can be graded was accepted",
    why="Only what an accepted receipt names is graded.",
    fix="Look at the receipts: each says why it was not accepted.",
)
NOT_CLOSED = Code(
    "EVA-002",
    "the attempt is still open",
    why="It is evaluated once, when `final: true` is handed in or the last deadline has passed.",
    fix="Wait, or hand in with `final: true`.",
)
ALREADY = Code(
    "EVA-003",
    "the attempt is evaluated already",
    why="It is evaluated once; only an infrastructure error allows another run.",
    fix="Nothing to do: the evaluation stands.",
)

MOVED = Code(
    "EVA-004",
    "what was prepared is not what counts now",
    why="Something was handed in, or the software changed, while the work was being run.",
    fix="Evaluate again: what counts now is then prepared anew.",
)

SEALED = Code(
    "EVA-005",
    "the attempt is sealed or has a private pack, and here work or pack would lie open",
    why="What passes between the jobs of a workflow can be read by everybody who sees the "
    "repository, and the job that runs it holds no key.",
    fix="Evaluate it in one process, on your own machine or in a private repository: "
    "`jobtwin evaluate TWIN ATTEMPT`; docs/how-to/seal.md has every step.",
)


@dataclass(frozen=True, slots=True)
class Task:
    """An attempt that is due, with everything that was handed in."""

    ledger: Ledger
    """The records that it was read from."""
    attempt: Attempt
    twin: Twin
    receipts: tuple[Filed[Received], ...]
    """The last accepted one of each checkpoint."""
    counted: tuple[Received, ...]
    """Those whose files count, in their order."""
    submission: contract.Submission


def due(
    event: Event,
    ledger: Ledger,
    twin_id: str,
    attempt_id: str,
    cohort_key: Callable[[str], bytes] | None = None,
) -> Task:
    """Return an attempt's task; raises `Refused` when it is not due.

    `cohort_key` gives the key of a cohort, where sealed work or a pack may be opened; else such an
    attempt is refused.
    """
    attempt = ledger.attempt(twin_id, attempt_id)
    if attempt is None:
        raise Refused([NOTHING_TO_GRADE.at(f"there is no attempt {attempt_id} at {twin_id}")])
    if attempt.started.is_measured_by_hand and cohort_key is None:
        raise Refused([SEALED.at(f"attempt {attempt.id}")])
    evaluated = attempt.last(Evaluated)
    if evaluated and evaluated.record.counts:
        raise Refused([ALREADY.at(f"evaluated at {evaluated.record.at:%Y-%m-%d %H:%M} UTC")])
    graded = graded_receipts(attempt, ledger)
    if not graded:
        raise Refused([NOTHING_TO_GRADE.at("no receipt with a repository is accepted")])
    policy = ledger.pinned_policy(IntakePolicy, attempt.started)
    grace = timedelta(seconds=policy.grace_seconds)
    closed = event.at > deadline.last(attempt.started) + grace
    handed_in = receipts.final_at(item.record for item in attempt.all(Received)) is not None
    if not closed and not handed_in:
        raise Refused(
            [NOT_CLOSED.at(f"it closes {deadline.last(attempt.started):%Y-%m-%d %H:%M} UTC")]
        )
    twin = ledger.pinned_twin(attempt.started.twin_tree, twin_id)
    key = cohort_key(attempt.started.cohort) if attempt.started.sealed_to and cohort_key else None
    every = [(item.digest, item.record) for item in attempt.all(Received)]
    counted = receipts.counted(every, deadline.last(attempt.started) + grace)
    submission = (
        _unsealed(ledger, attempt, twin, graded, counted, key)
        if key
        else _submission(ledger, attempt, graded, counted)
    )
    return Task(ledger, attempt, twin, graded, tuple(counted), submission)


def before(
    event: Event, ledger: Ledger, holders: Holders, twin_id: str, attempt_id: str
) -> Effects | None:
    """Return the answer again where this very event was evaluated already; None where not."""
    attempt = ledger.attempt(twin_id, attempt_id)
    counted = [item.record for item in attempt.all(Evaluated)] if attempt else []
    if attempt and any(item.counts and item.event == event.id for item in counted):
        return answering.answer(ledger, holders.subject, attempt, event)
    return None


def graded_receipts(attempt: Attempt, ledger: Ledger) -> tuple[Filed[Received], ...]:
    """Return the last accepted receipt of each checkpoint; () when none brings a repository."""
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    filed = {item.digest: item for item in attempt.all(Received)}
    every = [(item.digest, item.record) for item in filed.values()]
    return tuple(filed[name] for name, _ in receipts.gradable(every, twin))


def _submission(
    ledger: Ledger,
    attempt: Attempt,
    graded: tuple[Filed[Received], ...],
    counted: Sequence[Received],
) -> contract.Submission:
    kept = next(item.record.snapshot for item in graded if item.record.snapshot)
    tar = ledger.tree.git.run("cat-file", "blob", f"{kept.ref}:snapshot.tar")
    if digest(tar) != kept.digest:
        raise EngineError(f"{kept.ref} does not keep what the receipt says", "run `jobtwin audit`")
    listed = ({entry.path: entry.digest for entry in record.inbox} for record in counted)
    return contract.Submission(
        files=snapshot.untar(tar),
        inbox=_inbox(ledger, attempt, counted),
        receipts=tuple(
            _receipt(attempt, record, files) for record, files in zip(counted, listed, strict=True)
        ),
        commit=kept.commit,
    )


def _unsealed(
    ledger: Ledger,
    attempt: Attempt,
    twin: Twin,
    graded: tuple[Filed[Received], ...],
    counted: Sequence[Received],
    key: bytes,
) -> contract.Submission:
    """Return what a sealed attempt handed in, out of its boxes, in memory alone."""
    kept = next(item.record for item in graded if item.record.snapshot)
    brought = [boxes.kept(ledger, attempt, record, key) for record in counted]
    beside = [intake.beside(twin, files) for files in brought]
    return contract.Submission(
        files=intake.uploaded(boxes.kept(ledger, attempt, kept, key)),
        inbox=next((files for files in reversed(beside) if files), {}),
        receipts=tuple(
            _receipt(attempt, record, {path: digest(body) for path, body in files.items()})
            for record, files in zip(counted, beside, strict=True)
        ),
    )


def _inbox(ledger: Ledger, attempt: Attempt, counted: Sequence[Received]) -> dict[str, bytes]:
    """Return the inbox as the counted receipts leave it, from the copies that were taken."""
    numbers = range(1, len(attempt.all(Received)) + 1)
    found: dict[str, bytes] = {}
    for path, entry in receipts.inbox(counted).items():
        copies = (ledger.tree.read(_copy(attempt, number, path)) for number in numbers)
        there = (copy for copy in copies if copy is not None)
        found[path] = next(copy for copy in there if digest(copy) == entry.digest)
    return found


def _copy(attempt: Attempt, number: int, path: str) -> str:
    return layout.inbox_copy(attempt.twin, attempt.id, number, path)


def _receipt(attempt: Attempt, record: Received, listed: Mapping[str, str]) -> contract.Receipt:
    """Return a receipt as harnesses know it; `listed` has the digest of each file of the inbox."""
    return contract.Receipt(
        at=record.at,
        minutes=(record.at - attempt.started.at).total_seconds() / 60,
        files={path: hashed.removeprefix("sha256:") for path, hashed in listed.items()},
        checkpoint=record.checkpoint,
    )


def attempt_seeds(holders: Holders, attempt: Attempt, pack: bytes = b"") -> contract.Seeds:
    """Return what an attempt's worlds are made from, `pack` being its twin's private content.

    Raises `EngineError` when the seeds are not the committed ones.
    """
    started = attempt.started
    secret = holders.cohort(started.cohort)
    kit, graded = (
        seeds.seed(
            secret, started.twin, started.twin_version, started.subject, started.number, name
        )
        for name in ("kit", "graded")
    )
    if kit.hex() != started.kit_seed or seeds.commitment(graded) != started.graded_seed_commitment:
        raise EngineError("the cohort's secret does not give the seeds that were committed to")
    return contract.Seeds(kit, graded, pack)


def _pack_key(holders: Holders, attempt: Attempt) -> bytes:
    cohort = attempt.started.cohort
    return seeds.pack_key(holders.cohort_key(cohort), cohort)


@contextmanager
def harness_of(ledger: Ledger, attempt: Attempt) -> Iterator[tuple[contract.Harness, bytes]]:
    """Yield the twin's harness and its environment lock, as they were when the attempt started."""
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    if twin.harness is None:
        raise EngineError(f"{attempt.twin} had no harness when the attempt started")
    with tempfile.TemporaryDirectory() as folder:
        export(ledger.tree, attempt.started.twin_tree, Path(folder))
        lock = (Path(folder) / twin.harness.environment.lock).read_bytes()
        yield twin_code.load(Path(folder)), lock


def evaluate(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    task: Task,
    machine: grading.Machine,
    progress: Callable[[str], None] = lambda _: None,
) -> Effects:
    """Run the three steps one after the other on this machine, and return the record.

    An infrastructure error is a run that could not be, or that says of itself that nothing can be
    measured by it; what else goes wrong before or after it is raised as `EngineError`, and the
    attempt waits until it is mended.
    """
    with _bench(event, ledger, holders, task) as bench:
        try:
            ran = run(bench.prepared, machine, progress)
        except EngineError as error:
            return trouble(event, holders, task, error)
        # A container is never built here, where keys are.
        ran = outside.joined(ran, outside.probe(bench.prepared), handover.Outside())
        return _scored(event, holders, task, bench, ran)


def prepare(event: Event, ledger: Ledger, holders: Holders, task: Task) -> handover.Prepared:
    """Return what a run is given; has the seeds, and puts neither them nor an answer into it."""
    with _bench(event, ledger, holders, task) as bench:
        return bench.prepared


def run(
    prepared: handover.Prepared,
    machine: grading.Machine,
    progress: Callable[[str], None] = lambda _: None,
) -> grading.Ran:
    """Run what was prepared, with no secret and no repository; raises `EngineError`."""
    twin = load(Twin, prepared.definition, "twin.yml").record
    return grading.run_bytes(
        twin, prepared.plan, prepared.submission, machine, prepared.lock, progress
    )


def score(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    task: Task,
    brought: handover.Brought,
    tell: Callable[[str], None] = lambda _: None,
) -> Effects:
    """Return the evaluation of what came back in folders, which are taken as hostile.

    Nothing is taken from the folders but the answers: plan and submission come from seeds and
    ledger again. Raises `Refused`
    when they are not what was prepared. Learner code cannot reach the folder, and whatever it can
    do is an outcome in it; so a folder that is missing, torn or another run's is our failure.
    Where what was seen outside of the sandbox is missing or not whole, nobody looked.
    """
    with _bench(event, ledger, holders, task) as bench:
        binding = bench.prepared.binding
        if binding.digest != brought.prepared:
            raise Refused([MOVED.at(f"attempt {task.attempt.id} would be prepared otherwise now")])
        try:
            ran = handover.read_result(brought.returned, binding)
            wire.decode(contract.Returned, ran.returned)
        except EngineError as error:
            return trouble(event, holders, task, error)
        except Refused as refused:
            tell(f"what came back cannot be used: {refused}")
            words = f"what came back from the run cannot be used ({refused.findings[0].code})"
            return trouble(event, holders, task, EngineError(words))
        probed, contained = (
            handover.read_outside(folder, binding, tell)
            for folder in (brought.probed, brought.contained)
        )
        ran = outside.joined(ran, probed, contained)
        return _scored(event, holders, task, bench, ran)


@dataclass(frozen=True, slots=True)
class _Bench:
    """What prepare and score share, and a run never sees but for `prepared`."""

    harness: contract.Harness
    seeds: contract.Seeds
    prepared: handover.Prepared


@contextmanager
def _bench(event: Event, ledger: Ledger, holders: Holders, task: Task) -> Iterator[_Bench]:
    attempt = task.attempt
    pack = packs.content_for(ledger, attempt.started, lambda: _pack_key(holders, attempt))
    known = attempt_seeds(holders, attempt, pack)
    definition = ledger.tree.git.run("cat-file", "blob", f"{attempt.started.twin_tree}:twin.yml")
    with harness_of(ledger, attempt) as (harness, lock):
        prepared = handover.Prepared(
            twin=attempt.twin,
            attempt=attempt.id,
            event=event.id,
            definition=definition,
            lock=lock,
            plan=grading.prepare_bytes(harness, known),
            submission=wire.encode(task.submission),
        )
        yield _Bench(harness, known, prepared)


def _scored(event: Event, holders: Holders, task: Task, bench: _Bench, ran: grading.Ran) -> Effects:
    try:
        graded = grading.score_bytes(task.twin, bench.harness, bench.seeds, ran, task.submission)
    except NothingMeasured as unfit:
        return trouble(event, holders, task, unfit)
    return record(event, holders, task, graded, digest(bench.prepared.lock))


def record(
    event: Event, holders: Holders, task: Task, graded: grading.Graded, lock: str
) -> Effects:
    """Return the evaluation as a record, with its report and the answers kept."""
    attempt, signer = task.attempt, holders.signer("clock")
    number = len(attempt.all(Evaluated)) + 1
    kept, report = _kept(holders, attempt, number, graded), write_report(graded.report)
    evaluated = sign(
        Evaluated(
            format=1,
            at=event.at,
            event=event.id,
            previous=attempt.tip,
            key=signer.key_id,
            attempt=attempt.id,
            number=number,
            graded=tuple(
                Graded(checkpoint=item.record.checkpoint or "", receipt=item.digest)
                for item in task.receipts
            ),
            outcome=graded.outcome,
            bar=tuple(
                Measured(
                    metric=m.metric, value=m.value, comparator=m.comparator, bar=m.bar, met=m.met
                )
                for m in graded.bar
            ),
            metrics=tuple(
                Figure(metric=n, value=v) for n, v in sorted(graded.score.metrics.items())
            ),
            notes=kept.notes,
            answers=kept.answers,
            report=digest(report),
            told=from_receipts.told(task.twin, attempt.started, task.counted),
            environment=RunEnvironment(
                sandbox=graded.sandbox,
                python=graded.python,
                engine=f"jobtwin {__version__}",
                lock=lock,
                pack=attempt.started.pack,
            ),
            gates=graded.gates,
            counts=True,
        ),
        signer,
    )
    effects = _effects(event, holders, task, evaluated)
    files = {layout.report(attempt.twin, attempt.id, number): report, **kept.records}
    return replace(effects, records={**effects.records, **files}, archives=kept.archives)


def _kept(
    holders: Holders, attempt: Attempt, number: int, graded: grading.Graded
) -> measurements.Kept:
    """Return how answers and notes are kept, sealed where the attempt is."""
    measured = measurements.Measured(
        answers=gzip.compress(graded.returned, 6, mtime=0),
        notes=tuple(_shown(note) for note in graded.score.notes if note.strip()),
    )
    if attempt.started.sealed_to:
        key = holders.cohort_key(attempt.started.cohort)
        return measurements.sealed(attempt, number, measured, key)
    pack_key = _pack_key(holders, attempt) if attempt.started.pack else None
    return measurements.in_the_open(attempt, number, measured, pack_key)


def trouble(event: Event, holders: Holders, task: Task, error: EngineError) -> Effects:
    """Return the record of an infrastructure error: it never uses up the attempt."""
    attempt, signer = task.attempt, holders.signer("clock")
    number = len(attempt.all(Evaluated)) + 1
    why = "it was told to the operator" if attempt.started.sealed_to else error.message
    evaluated = sign(
        Evaluated(
            format=1,
            at=event.at,
            event=event.id,
            previous=attempt.tip,
            key=signer.key_id,
            attempt=attempt.id,
            number=number,
            graded=(),
            outcome="infrastructure_error",
            notes=(f"The machine failed, not your work: {why}"[:4000],),
            counts=False,
        ),
        signer,
    )
    return _effects(event, holders, task, evaluated)


def _effects(event: Event, holders: Holders, task: Task, evaluated: Evaluated) -> Effects:
    path = layout.evaluated(task.attempt.twin, task.attempt.id, evaluated.number)
    grown = answering.grown(task.attempt, {path: evaluated})
    outcome = evaluated.outcome.replace("_", " ")
    return replace(
        answering.answer(task.ledger, holders.subject, grown, event),
        records={path: write(evaluated)},
        message=f"Evaluate attempt {task.attempt.id[:8]}: {outcome}",
        reminders=answering.held(grown) if evaluated.counts else (),
    )


def _shown(note: str) -> str:
    """Return a note without characters that cannot be shown: some of it may be a learner's."""
    return "".join("\ufffd" if unshowable(letter) else letter for letter in note)[:4000]
