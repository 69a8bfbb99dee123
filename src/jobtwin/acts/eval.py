"""eval: the exact scorer on the public split, on the learner's own machine.

The only differences from grading: the seed is derived from the kit's own, and there are no
receipts, because there is no server.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobtwin.acts import kit
from jobtwin.errors import EngineError, UsageError
from jobtwin.harness import contract, grading, outside, twin_code
from jobtwin.harness.gates import not_run, recorded
from jobtwin.records import report as reports
from jobtwin.repository import snapshot
from jobtwin.repository.definitions import read_twin
from jobtwin.rules import seeds
from jobtwin.rules.gates import asked
from jobtwin.site.report_page import report_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobtwin.records.twin import Twin


@dataclass(frozen=True, slots=True)
class Measured:
    """What the scorer says about work in progress."""

    twin: Twin
    graded: grading.Graded

    @property
    def cleared(self) -> bool:
        """Whether the whole bar is met, and no gate that was looked at failed."""
        gates = self.graded.gates or ()
        return self.graded.outcome == "passed" and all(gate.outcome != "failed" for gate in gates)


def measure(
    repo: Path,
    twin_id: str,
    seed: bytes,
    folder: Path,
    machine: grading.Machine,
    progress: Callable[[str], None] = lambda _: None,
    *,
    with_gates: bool = False,
) -> Measured:
    """Grade the work in a folder as it lies there, committed or not.

    `repo` is the organisation's repository, `seed` the kit's; `with_gates` looks at the gates
    outside of the sandbox as well. Raises `Refused` when the work could not be taken in either,
    and `EngineError` when the machine fails.
    """
    twin = read_twin(repo, twin_id)
    if twin.harness is None:
        raise EngineError(f"{twin_id} has no harness yet, so nothing can be measured")
    twin_dir = repo / "twins" / twin_id
    files = snapshot.from_folder(folder, twin.harness.snapshot)
    inbox = kit.inbox_of(repo, twin, seed, files)
    graded = grading.grade(
        twin,
        twin_code.load(twin_dir),
        contract.Seeds(seed, seeds.public_split(seed)),
        contract.Submission(files, inbox),
        machine,
        (twin_dir / twin.harness.environment.lock).read_bytes(),
        progress,
    )
    found = dict.fromkeys(asked(twin), not_run("`jobtwin eval --gates` looks at it."))
    if with_gates:
        found |= outside.gates_of_ones_own(twin, files, progress)
    return Measured(twin, replace(graded, gates=recorded(twin, found)))


def twin_in(folder: Path) -> str:
    """Return which twin a kit is of, by its own .jobtwin.yml."""
    return kit.origin_of(folder).twin


def which(folder: Path, repo: Path, twin_id: str | None, seed: bytes | None) -> tuple[str, bytes]:
    """Return twin and seed, from the command line or else from the kit's own .jobtwin.yml."""
    if twin_id and seed:
        return twin_id, seed
    origin = kit.origin_of(folder)
    version = read_twin(repo, origin.twin).version
    if version != origin.twin_version:
        raise UsageError(
            f"the kit is of {origin.twin} {origin.twin_version}, {repo} has {version}",
            "name --repo URL and --twin-tree, as the record of your start has it",
        )
    return twin_id or origin.twin, seed or bytes.fromhex(origin.kit_seed)


def report(measured: Measured) -> str:
    """Return the figures beside their bars, as text."""
    graded = measured.graded
    bars = {line.metric: line for line in graded.bar}
    rows = [("figure", "measured", "bar", "")]
    for metric in measured.twin.metrics:
        line = bars.get(metric.id)
        bar = f"{line.comparator} {line.bar:g}" if line else ""
        verdict = ("met" if line.met else "NOT MET") if line else ""
        rows.append((metric.title, f"{graded.score.metrics[metric.id]:g}", bar, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    missed = [line.metric for line in graded.bar if not line.met]
    verdict = "The bar is met on the public split. Grading uses a world that you have not seen."
    if missed:
        verdict = f"Below the bar ({graded.outcome.replace('_', ' ')}): {', '.join(missed)}."
    elif not measured.cleared:
        verdict = "The bar is met on the public split, and a gate outside of the sandbox is not."
    notes = (*graded.score.notes, *(gate.sentence for gate in graded.gates or ()))
    return "\n".join([*table, "", *(f"- {note}" for note in notes), verdict])


def files(measured: Measured) -> dict[str, bytes]:
    """Return the report as the file that grading keeps too, and as a page to look at."""
    report, name = measured.graded.report, measured.twin.report.name
    return {f"{name}.json": reports.write(report), f"{name}.html": report_page(report)}


def as_data(measured: Measured) -> dict[str, Any]:
    """Return the same for machines."""
    graded = measured.graded
    return {
        "format": 1,
        "ok": measured.cleared,
        "twin": measured.twin.id,
        "outcome": graded.outcome,
        "metrics": dict(sorted(graded.score.metrics.items())),
        "bar": [
            {"metric": b.metric, "comparator": b.comparator, "value": b.bar, "met": b.met}
            for b in graded.bar
        ],
        "notes": list(graded.score.notes),
        "gates": [gate.model_dump(mode="json") for gate in graded.gates or ()],
        "sandbox": graded.sandbox,
    }
