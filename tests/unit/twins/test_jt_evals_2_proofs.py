"""The declared solutions, really run: what must pass passes, and what must fail fails there.

In a small world, and but for two of them in this process: the feature is asked directly, without
sandbox and sockets. `jobtwin check --deep jt-evals-2` runs all in a full world, in sandboxes.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import SandboxUnavailable
from jobtwin.harness import grading
from jobtwin.harness.contract import CommandReturn, CommandRun, Outcome, Returned
from jobtwin.harness.proofs import declared, solutions, verdict
from jobtwin.harness.reporting import report_of
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import Limits, choose
from jobtwin.harness.twin_code import load
from jobtwin.llm import feature
from jobtwin.records.base import load as load_record
from jobtwin.records.report import Report, Rows
from jobtwin.records.twin import Twin

TWIN = Path(__file__).parents[3] / "twins" / "jt-evals-2"
HARNESS: Any = load(TWIN)
PROOFS: Any = solutions(TWIN)
DECLARED = {proof.id: proof for proof in declared(TWIN)}
RECORD = load_record(Twin, (TWIN / "twin.yml").read_bytes(), "twin.yml").record


SPARED = {
    "no-attacks": {"false_alarm", "repeatable", "online_detection"},
    "every-kind-at-once": {"detection", "false_alarm", "repeatable"},
    "hindsight": {"detection", "false_alarm", "kind_accuracy", "online_false_alerts_per_day"},
    "silent": {"detection", "false_alarm", "online_false_alerts_per_day"},
}


class Client:
    """The feature without a server: the budget of a peer, and its account."""

    def __init__(self, command: CommandRun, answer: Any) -> None:
        (self.peer,) = command.peers
        self.feature = feature.read(self.peer.settings)
        self.answer = answer
        self.sent: Counter[str] = Counter()
        self.lines: list[Any] = []

    def ask(self, text: str) -> Any:
        self.lines.append({"number": len(self.lines) + 1})
        if self.peer.requests is not None and len(self.lines) > self.peer.requests:
            return self.answer(429, "", 0.0, 0.0, 0)
        self.sent[text] += 1
        number, attempt = len(self.lines), self.sent[text]
        given = feature.answer(self.peer.seed, self.feature, text, number, attempt)
        usage = given.body.get("usage", {"cost_usd": 0.0, "prompt_tokens": 0})
        tokens = usage["prompt_tokens"] + usage.get("completion_tokens", 0)
        output = given.body.get("output", "")
        return self.answer(given.status, output, given.total_ms, usage["cost_usd"], tokens)


class Learner:
    """A submission's package, imported under its own name and forgotten again."""

    def __init__(self, files: Any, folder: Path) -> None:
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        sys.path.insert(0, str(folder))
        try:
            self.parts = {
                name: importlib.import_module(f"evalharness.{name}")
                for name in ("offline", "online", "client")
            }
        finally:
            sys.path.remove(str(folder))
            for name in [name for name in sys.modules if name.split(".")[0] == "evalharness"]:
                del sys.modules[name]

    def carry_out(self, command: CommandRun, baseline: Any) -> CommandReturn:
        try:
            return self._done(command, baseline)
        except RuntimeError as error:
            return CommandReturn(Outcome.FAILED, None, str(error))

    def _done(self, command: CommandRun, baseline: Any) -> CommandReturn:
        if command.arguments[0] == "online":
            lines = command.data["events.jsonl"].splitlines()
            alerts = self.parts["online"].watch(json.loads(line) for line in lines)
            return CommandReturn(Outcome.OK, {"alerts": alerts})
        client = Client(command, self.parts["client"].Answer)
        offline = self.parts["offline"]
        if command.needs is not None and baseline is None:
            return CommandReturn(Outcome.NOT_RUN)
        if command.arguments[0] == "calibrate":
            output = offline.calibrate(client)
        else:
            output = offline.run(client, baseline)
        traces = {"triage": tuple(client.lines)}
        return CommandReturn(Outcome.OK, json.loads(json.dumps(output)), "", traces)


def score(proof: str, folder: Path, index: int = 0) -> Any:
    seeds = PROOFS.seeds("small", index)
    submission = PROOFS.solve(proof, seeds)
    learner, came = Learner(submission.files, folder), {}
    baseline = None
    for command in HARNESS.prepare(seeds).commands:
        came[command.id] = learner.carry_out(command, baseline)
        if command.arguments[0] == "calibrate":
            baseline = came[command.id].output
    return HARNESS.score(seeds, Returned({}, {}, came), submission)


def _shown(report: Report) -> dict[str, float | None]:
    """Return the figures that a plot shows in its first row."""
    first = {plot.title: plot.rows[0].value for plot in report.plots if isinstance(plot, Rows)}
    return {
        "detection": first["Detection by kind"],
        "kind_accuracy": first["Right kind named"],
        "false_alarm": first["False alarms"],
    }


def _needed(report: Report) -> set[tuple[str, float]]:
    rows = [row for plot in report.plots if isinstance(plot, Rows) for row in plot.rows]
    return {(row.needed.comparator, row.needed.value) for row in rows if row.needed}


@pytest.mark.slow
@pytest.mark.parametrize("proof", DECLARED)
def test_a_declared_solution_ends_as_declared(proof: str, tmp_path: Path) -> None:
    found = score(proof, tmp_path)
    lines = grading.measure(RECORD, found)
    report = report_of(RECORD, found, lines, "passed")
    graded = grading.Graded(found, b"", "passed", lines, "", "", report)
    assert list(verdict(DECLARED[proof], graded)) == [], found
    assert _shown(report).items() <= {one.metric: one.value for one in report.figures}.items()
    assert _needed(report) <= {(line.comparator, line.value) for line in RECORD.bar}
    # Its fault costs its own figure and leaves these others.
    assert SPARED.get(proof, set()) <= {line.metric for line in lines if line.met}


@pytest.mark.slow
@pytest.mark.parametrize("proof", ["reference", "untouched"])
def test_in_a_sandbox_it_ends_as_in_this_process(proof: str, tmp_path: Path) -> None:
    try:
        sandbox = choose()
    except SandboxUnavailable as unavailable:
        pytest.skip(f"no sandbox on this machine: {unavailable}")
    seeds = PROOFS.seeds("small", 0)
    submission = PROOFS.solve(proof, seeds)
    entry = EntryPoints(service_command=(), command=("python", "-m", "evalharness"))
    environment = tmp_path / "environment"
    environment.mkdir()
    returned = run(HARNESS.prepare(seeds), submission, entry, sandbox, environment, Limits())
    found = HARNESS.score(seeds, returned, submission)
    assert found == score(proof, tmp_path / "here")
