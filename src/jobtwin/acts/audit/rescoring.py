"""One attempt measured again: its kept answers scored, or the learner's code run as well.

The world comes from the revealed secret of the cohort, everything else from the commit before the
evaluation was recorded; nothing of today has a say in it.
"""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.acts import evaluate
from jobtwin.acts.issue.deriving import attempt_of
from jobtwin.errors import NothingMeasured, Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Account, Event
from jobtwin.harness import contract, grading, wire
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.organisation import Revealed
from jobtwin.records.pack import Unpacked
from jobtwin.records.report import write as write_report
from jobtwin.records.submission import Evaluated
from jobtwin.repository import measurements, packs
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.repository.git import Git
    from jobtwin.repository.ledger import Attempt, Filed

NOT_AGAIN = Code(
    "AUD-074",
    "the attempt cannot be measured again here",
    why="It takes the revealed secret of the cohort, and everything that was kept of the attempt.",
    fix="Wait for the secret; `git fetch origin 'refs/archive/*:refs/archive/*'` brings the rest.",
)
OTHER_FIGURES = Code(
    "AUD-075",
    "an evaluation does not say what its kept answers come to",
    why="Figures and verdict follow from the kept answers, the seeds and the twin alone.",
    fix="Find out what wrote the evaluation; have the attempt measured and graded again.",
)
OTHER_RUN = Code(
    "AUD-076",
    "run again, the learner's code does not come to the recorded verdict",
    why="Nobody should pass or fail by the machine that the work happened to run on.",
    fix="Run it several times on a quiet machine; figures of time and load do differ a little.",
)
_MOST_BYTES = 256 * 1024 * 1024
"""Answers are bounded when they are kept; a bomb in their place is not unpacked."""


@dataclass(frozen=True, slots=True)
class Again:
    """What measuring an attempt again came to."""

    path: str
    """Of the evaluation."""
    figures: tuple[tuple[str, float | None, float], ...]
    """Metric, as recorded, as it is again."""
    outcome: tuple[str, str]
    """As recorded, as it is again."""
    findings: tuple[Finding, ...]

    def text(self) -> str:
        """Return it for a person."""
        lines = [self.path, *(_line(*figure) for figure in self.figures)]
        lines.append(f"  outcome: {self.outcome[0]}, again {self.outcome[1]}")
        for finding in self.findings:
            lines += [f"{finding.code}: {finding.message}", f"  {finding.hint}"]
        return "\n".join(lines)

    def as_data(self) -> dict[str, object]:
        """Return it for machines."""
        return {
            "format": 1,
            "kind": "audit-again",
            "ok": not self.findings,
            "path": self.path,
            "outcome": {"recorded": self.outcome[0], "again": self.outcome[1]},
            "figures": [
                {"metric": metric, "recorded": recorded, "again": again}
                for metric, recorded, again in self.figures
            ],
            "divergences": [{"code": f.code, "message": f.message} for f in self.findings],
        }


def measure_again(
    git: Git,
    commit: str,
    attempt_id: str,
    machine: Callable[[], grading.Machine] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    keys: Mapping[str, bytes] | None = None,
) -> Again:
    """Score the kept answers of an attempt, or with a `machine` what its code answers there.

    `commit` is where the secret and the evaluation are looked for, `keys` are those of cohorts
    that the auditor holds: they open packs that are not revealed. Raises `Refused` when it cannot
    be done, and `EngineError` when the machine or the harness fails.
    """
    with Tree(git, commit) as main:
        ledger = Ledger(main)
        attempt = attempt_of(ledger, attempt_id)
        counted = [item for item in attempt.all(Evaluated) if item.record.counts] if attempt else []
        if attempt is None or not counted:
            raise Refused([NOT_AGAIN.at(f"no evaluation of an attempt {attempt_id} counts")])
        holders, filed = _holders(ledger, attempt), counted[-1]
        pack_key = _pack_key(ledger, attempt, keys or {})
        with (
            Tree(git, _before(git, commit, filed.path)) as tree,
            _bench(Ledger(tree), attempt, filed.record, holders, pack_key) as bench,
        ):
            return _measured(bench, filed, main, machine, progress)


def _measured(
    bench: _Bench,
    filed: Filed[Evaluated],
    main: Tree,
    machine: Callable[[], grading.Machine] | None,
    progress: Callable[[str], None],
) -> Again:
    if machine:
        again = bench.score(bench.run(machine(), progress))
        return _again(filed, again, _check_run(filed, again))
    again = bench.score(_kept(main, filed, bench.pack_key))
    return _again(filed, again, _check_score(filed, again))


def _holders(ledger: Ledger, attempt: Attempt) -> Holders:
    """Return the cohort's revealed secret as whoever holds it would."""
    cohort = attempt.started.cohort
    revealed = ledger.load(Revealed, layout.revealed(cohort))
    if revealed is None:
        raise Refused([NOT_AGAIN.at(f"the secret of cohort `{cohort}` is not revealed yet")])
    secret = revealed.record.secret
    if seeds.commitment(bytes.fromhex(secret)) != ledger.cohort(cohort).secret_commitment:
        raise Refused([NOT_AGAIN.at(f"the secret of cohort `{cohort}` is not the committed one")])
    if attempt.started.sealed_to:
        raise Refused([NOT_AGAIN.at("its work and answers are sealed, and their key stays secret")])
    return Holders({"cohorts": f"{cohort}:{secret}"})


def _pack_key(ledger: Ledger, attempt: Attempt, keys: Mapping[str, bytes]) -> bytes | None:
    """Return what opens the pack of an attempt, None where it has none."""
    cohort = attempt.started.cohort
    if attempt.started.pack is None:
        return None
    if shown := ledger.load(Unpacked, layout.unpacked(cohort)):
        return bytes.fromhex(shown.record.pack_key)
    if cohort in keys:
        return seeds.pack_key(keys[cohort], cohort)
    raise Refused([NOT_AGAIN.at("its world was drawn with a pack that is not revealed")])


def _before(git: Git, commit: str, path: str) -> str:
    """Return the commit before the one that added a file."""
    added = git.text(
        "log", "--first-parent", "-m", "--diff-filter=A", "--format=%H", commit, "--", path
    )
    return f"{added.split()[-1]}^"


@dataclass(frozen=True, slots=True)
class _Bench:
    """An attempt as it was due, with its twin's harness and its seeds."""

    task: evaluate.Task
    harness: contract.Harness
    lock: bytes
    seeds: contract.Seeds
    pack_key: bytes | None
    """What opens the answers to a private pack."""

    def run(self, machine: grading.Machine, progress: Callable[[str], None]) -> grading.Ran:
        """Run the learner's code."""
        plan = grading.prepare_bytes(self.harness, self.seeds)
        handed = wire.encode(self.task.submission)
        return grading.run_bytes(self.task.twin, plan, handed, machine, self.lock, progress)

    def score(self, ran: grading.Ran) -> grading.Graded:
        """Score what came back."""
        task = self.task
        try:
            return grading.score_bytes(task.twin, self.harness, self.seeds, ran, task.submission)
        except NothingMeasured as unfit:
            raise Refused([NOT_AGAIN.at(f"nothing could be measured: {unfit.message}")]) from unfit


@contextmanager
def _bench(
    ledger: Ledger,
    attempt: Attempt,
    record: Evaluated,
    holders: Holders,
    pack_key: bytes | None,
) -> Iterator[_Bench]:
    event = Event(record.event, record.at, Account(0, ""))
    # Sealed work was refused before: nothing asks for the key of its boxes.
    task = evaluate.due(event, ledger, attempt.twin, attempt.id, holders.cohort_key)
    pack = packs.content_for(ledger, attempt.started, lambda: pack_key or b"")
    known = evaluate.attempt_seeds(holders, attempt, pack)
    with evaluate.harness_of(ledger, attempt) as (harness, lock):
        yield _Bench(task, harness, lock, known, pack_key)


def _kept(tree: Tree, filed: Filed[Evaluated], pack_key: bytes | None) -> grading.Ran:
    """Return the answers that were kept, and what they were measured by."""
    kept, environment = filed.record.answers, filed.record.environment
    if kept is None or environment is None:
        raise Refused([NOT_AGAIN.at("no answers were kept", filed.path)])
    name = f"{kept.ref}:{measurements.NAME}" if kept.ref else f"{tree.commit}:{kept.path}"
    found = tree.git.attempt("cat-file", "blob", name)
    if found.returncode:
        raise Refused([NOT_AGAIN.at(f"{kept.ref or kept.path} is not in this clone", filed.path)])
    if digest(found.stdout) != kept.digest:
        message = f"{kept.ref or kept.path} is not what the record names"
        raise Refused([OTHER_FIGURES.at(message, filed.path)])
    answers = found.stdout
    try:
        answers = sealing.unseal(answers, pack_key) if pack_key else answers
    except ValueError as error:
        raise Refused([OTHER_FIGURES.at(f"the kept answers: {error}", filed.path)]) from error
    return grading.Ran(_unzipped(answers), environment.sandbox, environment.python)


def _unzipped(content: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(content, _MOST_BYTES)
    except zlib.error as error:
        raise Refused([NOT_AGAIN.at(f"the kept answers cannot be unpacked: {error}")]) from error
    if not unpacking.eof:
        raise Refused([NOT_AGAIN.at("the kept answers are torn, or larger than any can be")])
    return found


def _again(filed: Filed[Evaluated], again: grading.Graded, found: Iterator[Finding]) -> Again:
    recorded = {figure.metric: figure.value for figure in filed.record.metrics}
    figures = tuple(
        (metric, recorded.get(metric), value)
        for metric, value in sorted(again.score.metrics.items())
    )
    return Again(filed.path, figures, (filed.record.outcome, again.outcome), tuple(found))


def _check_run(filed: Filed[Evaluated], again: grading.Graded) -> Iterator[Finding]:
    if filed.record.outcome != again.outcome:
        message = f"the verdict was `{filed.record.outcome}`, and is `{again.outcome}`"
        yield OTHER_RUN.at(message, filed.path)


def _check_score(filed: Filed[Evaluated], again: grading.Graded) -> Iterator[Finding]:
    record = filed.record
    recorded = {figure.metric: figure.value for figure in record.metrics}
    for metric, value in again.score.metrics.items():
        if recorded.get(metric) != value:
            message = f"`{metric}` is {recorded.get(metric)}; the answers give {value}"
            yield OTHER_FIGURES.at(message, filed.path)
    if record.outcome != again.outcome:
        message = f"the verdict is `{record.outcome}`; the answers give `{again.outcome}`"
        yield OTHER_FIGURES.at(message, filed.path)
    if record.report and record.report != digest(write_report(again.report)):
        yield OTHER_FIGURES.at("the report is not that of the answers", filed.path)


def _line(metric: str, recorded: float | None, again: float) -> str:
    shown = "not recorded" if recorded is None else f"{recorded:g}"
    return f"  {metric}: {shown}, again {again:g}"
