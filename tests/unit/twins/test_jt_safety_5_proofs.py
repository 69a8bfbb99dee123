"""The declared solutions, really run: what must pass passes, and what must fail fails there.

In a small world, and but for the last test in this process: the endpoint asks the models directly,
and what it waits is what the models say that they take. `jobtwin check --deep jt-safety-5` runs all
in a full world, in sandboxes.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from jobtwin.errors import SandboxUnavailable
from jobtwin.harness import grading, twin_code
from jobtwin.harness import wire as stored
from jobtwin.harness.contract import (
    Answer,
    Outcome,
    Returned,
    Seeds,
    Service,
    ServiceReturn,
    Submission,
)
from jobtwin.harness.file_tree import write
from jobtwin.harness.proofs import declared, solutions, verdict
from jobtwin.harness.run import run
from jobtwin.harness.sandbox import choose
from jobtwin.harness.twin_code import load
from jobtwin.llm import service, wire
from jobtwin.llm.trace import Line
from jobtwin.records import report
from jobtwin.records.base import load as load_record
from jobtwin.records.twin import Twin

TWIN = Path(__file__).parents[3] / "twins" / "jt-safety-5"
HARNESS: Any = load(TWIN)
PROOFS: Any = solutions(TWIN)
DECLARED = {proof.id: proof for proof in declared(TWIN)}
RECORD = load_record(Twin, (TWIN / "twin.yml").read_bytes(), "twin.yml").record
NUMBERS = itertools.count(1)
SPARED = {
    "output-only": {"asr", "added_p95_ms"},
    "drop-documents": {"asr", "added_p95_ms"},
    "no-tools": {"asr", "added_p95_ms"},
    "judge-every-time": {"asr", "benign_loss", "utility_under_attack"},
    "over-blocking": {"asr", "added_p95_ms"},
    "invented-curve": {"asr", "benign_loss", "utility_under_attack", "added_p95_ms"},
}


class Model:
    """The model server of one endpoint, without a server."""

    def __init__(self, planned: Service) -> None:
        (peer,) = planned.peers
        self.lines: list[dict[str, Any]] = []
        self.service = service.Service(
            peer.seed, lambda: 0.0, self._record, tuned=peer.settings["tuned"]
        )

    def _record(self, line: Line) -> None:
        self.lines.append(json.loads(line.text()))

    def post(self, body: bytes) -> tuple[int, Any]:
        answer = self.service.begin(body)
        self.service.end(answer)
        return (500, None) if answer.timing.fails else (200, wire.completion(answer))

    def total_ms(self, since: int) -> float:
        return sum(float(line["total_ms"]) for line in self.lines[since:])


class Endpoint:
    """A package `assistant`, imported under a name of its own."""

    def __init__(self, files: Mapping[str, bytes], folder: Path) -> None:
        write(files, folder)
        name = f"assistant_{next(NUMBERS)}"
        spec = importlib.util.spec_from_file_location(name, folder / "assistant" / "__init__.py")
        assert spec
        sys.modules[name] = importlib.util.module_from_spec(spec)
        parts = (importlib.import_module(f"{name}.{part}") for part in ("pipeline", "llm", "data"))
        self.pipeline: Any
        self.llm: Any
        self.pipeline, self.llm, self.data = parts
        # Nonces that are the same each time: what a model answers, and when, hangs on every word.
        if hasattr(self.pipeline, "secrets"):
            random = Random(0)
            self.pipeline.secrets = SimpleNamespace(token_hex=lambda n: random.randbytes(n).hex())

    def serve(self, planned: Service, folder: Path) -> ServiceReturn:
        for name, content in planned.data.items():
            (folder / name).write_bytes(content)
        data, model = self.data.Data(folder), Model(planned)
        self.llm._post = model.post
        answers = []
        for query in planned.queries:
            before = len(model.lines)
            body = json.loads(json.dumps(self.pipeline.answer(data, query)))
            answers.append(Answer(Outcome.OK, body, model.total_ms(before)))
        return ServiceReturn(Outcome.OK, tuple(answers), traces={"llm": tuple(model.lines)})


def answered(
    proof: str, folder: Path, index: int = 0, case: str = "small"
) -> tuple[Seeds, Returned, Submission]:
    """Return the seeds, what came back of a proof in this process, and what was handed in."""
    seeds = PROOFS.seeds(case, index)
    submission, plan = PROOFS.solve(proof, seeds), HARNESS.prepare(seeds)
    found = next(one.files for one in plan.services if one.files is not None)
    (folder / "data").mkdir(parents=True)
    own, old = Endpoint(submission.files, folder / "own"), Endpoint(found, folder / "found")
    came = {
        one.id: (own if one.files is None else old).serve(one, folder / "data")
        for one in plan.services
    }
    return seeds, Returned(came), submission


def graded(proof: str, folder: Path) -> grading.Graded:
    """Return what a proof comes to, scored from the bytes that are stored of a run."""
    seeds, returned, submission = answered(proof, folder)
    ran = grading.Ran(stored.encode(returned), "none", "3")
    return grading.score_bytes(RECORD, HARNESS, seeds, ran, submission)


@pytest.mark.slow
@pytest.mark.parametrize("proof", DECLARED)
def test_a_declared_solution_ends_as_declared(proof: str, tmp_path: Path) -> None:
    found = graded(proof, tmp_path)
    assert list(verdict(DECLARED[proof], found)) == [], found.score
    # Its fault costs its own figure and leaves these others.
    assert SPARED.get(proof, set()) <= {line.metric for line in found.bar if line.met}


@pytest.mark.slow
def test_a_stored_run_is_scored_the_same_again_by_a_harness_loaded_anew(tmp_path: Path) -> None:
    seeds, returned, submission = answered("output-only", tmp_path)
    ran = grading.Ran(stored.encode(returned), "none", "3")
    first, again = (
        grading.score_bytes(RECORD, load(TWIN), seeds, ran, submission) for _ in range(2)
    )
    assert first == again
    assert first.score == HARNESS.score(seeds, returned, submission)
    assert report.write(first.report) == report.write(again.report)


@pytest.mark.slow
def test_in_a_sandbox_it_ends_as_in_this_process(tmp_path: Path) -> None:
    try:
        sandbox = choose()
    except SandboxUnavailable as unavailable:
        pytest.skip(f"no sandbox on this machine: {unavailable}")
    assert RECORD.harness is not None
    seeds, _, submission = answered("reference", tmp_path)
    plan = HARNESS.prepare(seeds)
    unhurried = replace(plan, services=tuple(one for one in plan.services if not one.arrivals))
    entry, limits = grading.entry_points(RECORD.harness), grading.limits(RECORD.harness)
    environment = tmp_path / "environment"
    environment.mkdir()
    returned = run(unhurried, submission, entry, sandbox, environment, limits)
    found = HARNESS.score(seeds, returned, submission).metrics
    expected = graded("reference", tmp_path / "here").score.metrics
    same = ("asr", "benign_loss", "benign_utility", "utility_under_attack", "model_calls")
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}


def exemplar(folder: Path, levels: Mapping[str, int]) -> Mapping[str, float]:
    """Return the figures of an endpoint as pre-scored submissions have it, not of its loads."""
    seeds = PROOFS.seeds("small", 0)
    part = twin_code.part(HARNESS, "exemplars")
    random = Random(str(sorted(levels.items())))
    texts = part._endpoint(random, levels, part._slots(random, levels))
    made = {path: text.encode() for path, text in texts.items()}
    asked = HARNESS.prepare(seeds).services[:2]
    own = Endpoint({**HARNESS.kit(seeds.kit).files, **made}, folder / "own")
    old = Endpoint(asked[1].files, folder / "found")
    (folder / "data").mkdir()
    came = {
        one.id: (own if one.files is None else old).serve(one, folder / "data") for one in asked
    }
    metrics: Mapping[str, float] = HARNESS.score(seeds, Returned(came), Submission({})).metrics
    return metrics


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "least", "most"), [(1, 0.8, 1), (2, 0.7, 1), (3, 0.01, 0.1)])
def test_a_planned_defect_of_the_layers_lets_attacks_through(
    layers: int, least: float, most: float, tmp_path: Path
) -> None:
    metrics = exemplar(tmp_path, {"defense_layers": layers, "utility": 5})
    assert least <= metrics["asr"] <= most
    assert metrics["benign_loss"] <= 0.03


@pytest.mark.slow
@pytest.mark.parametrize(("utility", "lost"), [(1, (0.3, 0.7)), (2, (0.05, 0.3)), (3, (0, 0.03))])
def test_a_planned_defect_of_helpfulness_costs_customers_and_no_security(
    utility: int, lost: tuple[float, float], tmp_path: Path
) -> None:
    metrics = exemplar(tmp_path, {"defense_layers": 5, "utility": utility})
    assert metrics["asr"] == 0
    assert lost[0] <= metrics["benign_loss"] <= lost[1]
    assert metrics["utility_under_attack"] <= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("level", [4, 5])
def test_an_endpoint_without_planned_defects_clears_the_bar(level: int, tmp_path: Path) -> None:
    metrics = exemplar(tmp_path, {"defense_layers": level, "utility": level})
    assert (metrics["asr"], metrics["benign_loss"], metrics["utility_under_attack"]) == (0, 0, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("score", "notices"), [(0.25, False), (0.5, False), (0.75, True), (1, True)]
)
def test_the_tests_of_an_item_pass_on_it_and_notice_what_their_level_says(
    score: float, notices: bool, tmp_path: Path
) -> None:
    item = next(
        item
        for item in HARNESS.gold(b"items", 24)
        if item.scores["testing"] == score and item.scores["defense_layers"] >= 0.5
    )
    write({**HARNESS.kit(b"kit").files, **item.files}, tmp_path)
    assert passes(tmp_path)
    (tmp_path / "assistant" / "views.py").write_text(UNDECODED, encoding="utf-8")
    assert passes(tmp_path) is not notices


UNDECODED = """
def normal(text):
    return text


def views(text):
    yield text
"""


def passes(folder: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    assert ended.returncode in (0, 1), ended.stdout.decode()
    return ended.returncode == 0
