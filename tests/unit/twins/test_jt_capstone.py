"""The gate of the capstone: what each figure counts, and what learner code can not make of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.harness import grading
from jobtwin.harness.contract import (
    SERVICE_TRACE,
    CommandReturn,
    Outcome,
    Returned,
    ServiceReturn,
    Submission,
)
from jobtwin.harness.proofs import solutions
from jobtwin.harness.twin_code import load, part
from jobtwin.records.base import load as load_record
from jobtwin.records.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TWIN = Path(__file__).parents[3] / "twins" / "jt-capstone"
RECORD = load_record(Twin, (TWIN / "twin.yml").read_bytes(), "twin.yml").record
HARNESS: Any = load(TWIN)
PLANNING: Any = part(HARNESS, "planning")
BARS: Any = part(HARNESS, "bars")
PROOFS: Any = solutions(TWIN)
SEEDS = PROOFS.seeds("full", 0)
WORLD = PLANNING.world_of(SEEDS)
FILES: Mapping[str, bytes] = PROOFS.solve("reference", SEEDS).files
TESTS = [line.split("(")[0][4:] for line in FILES["tests/test_app.py"].decode().splitlines()
         if line.startswith("def test_")]  # fmt: skip
NODES = {f"tests/test_app.py::{name}": "passed" for name in TESTS}
CASES = [
    {"id": f"c{n}", "kind": "adversarial" if n < 6 else "domain", "passed": True} for n in range(24)
]


def came(output: Any, trace: tuple[Any, ...] = ()) -> CommandReturn:
    return CommandReturn(Outcome.OK, output, traces={SERVICE_TRACE: trace} if trace else {})


def suite_of(nodes: Mapping[str, str], status: int = 0) -> CommandReturn:
    return came({"status": status, "nodes": json.dumps(nodes), "gutted": 30})


def evaluated(verdict: str = "pass", changed: int = 0, cases: Any = None) -> CommandReturn:
    """Return what a suite brings back that fails the first case when it fails."""
    found = [dict(case) for case in cases or CASES]
    found[0]["passed"] = verdict == "pass"
    report = json.dumps({"verdict": verdict, "cases": found})
    lines = [{"path": "/a", "status": 200, "changed": n < changed} for n in range(len(found))]
    return came({"status": 0 if verdict == "pass" else 2, "report": report}, tuple(lines))


def operated() -> dict[str, Any]:
    """Return what the operator's script writes down of a service that is as it should be."""
    return {
        "ready_seconds": 0.4,
        "answers": [
            {"status": 200, "id": name, "text": "{}", "milliseconds": 1.0}
            for name in WORLD.requests
        ],
        "malformed": 422,
        "metrics": ['a_total{route="x"} 3\n', 'a_total{route="x"} 10\na_total{route="y"} 8.0\n'],
        "stop_seconds": 0.2,
        "lines": [
            json.dumps({"request_id": name, "status": 200, "duration_ms": 1})
            for name in WORLD.requests
        ],
    }


def good() -> Returned:
    """Return what a submission brings back that holds in everything."""
    commands = {
        PLANNING.TESTS: suite_of(NODES),
        PLANNING.TESTS_AGAIN: suite_of(NODES),
        PLANNING.GUTTED: suite_of(dict.fromkeys(NODES, "failed"), 1),
        PLANNING.OPERATION: came(operated()),
        WORLD.first: evaluated(),
        WORLD.again: evaluated(),
        **{name: evaluated("fail", 3) for name, _ in WORLD.mutants},
    }
    return Returned({PLANNING.SERVICE: ServiceReturn(Outcome.OK)}, commands=commands)


def scored(
    commands: Mapping[str, CommandReturn] | None = None, *, files: Mapping[str, bytes] = FILES
) -> Any:
    """Return the score of what is good but for some commands or files."""
    found = good()
    changed = replace(found, commands={**found.commands, **(commands or {})})
    return HARNESS.score(SEEDS, changed, Submission(files))


def with_operation(change: Callable[[dict[str, Any]], object]) -> Any:
    seen = operated()
    change(seen)
    return scored({PLANNING.OPERATION: came(seen)}).metrics


def missed(score: Any) -> set[str]:
    return {line.metric for line in grading.measure(RECORD, score) if not line.met}


def test_what_is_good_meets_the_bar_and_has_nothing_to_be_told() -> None:
    score = scored()
    assert missed(score) == set()
    assert score.notes == ()


def test_where_nothing_came_back_nothing_is_met() -> None:
    score = HARNESS.score(SEEDS, Returned({}), Submission({}))
    assert missed(score) == {line.metric for line in RECORD.bar}


# What the kit and the plan give away


def test_the_kit_is_the_same_for_every_seed_and_says_every_number_of_the_gate() -> None:
    kit = HARNESS.kit(b"a" * 32)
    assert kit.files == HARNESS.kit(b"b" * 32).files
    assert not [path for path, content in kit.files.items() if b"{{" in content]
    assert "Dockerfile" in kit.files
    assert ".github/workflows/ci.yml" in kit.files


def test_the_bars_of_the_scaffold_are_those_of_the_twin() -> None:
    bar = {line.metric: line.value for line in RECORD.bar}
    assert bar["eval_cases"] == BARS.CASES
    assert bar["adversarial_cases"] == BARS.ADVERSARIAL
    assert bar["threats_named"] == BARS.THREATS


def test_a_spoilt_service_looks_to_its_evals_as_the_own_one_does() -> None:
    plan = HARNESS.prepare(SEEDS)
    evals = [one for one in plan.commands if one.id in {WORLD.again, *dict(WORLD.mutants)}]
    assert len(evals) == 1 + len(WORLD.mutants)
    assert all(_inside(one) == _inside(evals[0]) for one in evals)


def _inside(command: Any) -> tuple[Any, ...]:
    """Return what of a command reaches its sandbox."""
    return (command.arguments, dict(command.data), command.output, command.service, command.needs)


# Tests


def test_tests_that_no_file_defines_are_not_counted() -> None:
    invented = {f"tests/test_app.py::test_invented_{n}": "passed" for n in range(40)}
    run = suite_of(invented)
    score = scored({PLANNING.TESTS: run, PLANNING.TESTS_AGAIN: run})
    assert score.metrics["tests_executed"] == 0
    assert "40 tests are told of that no file" in " ".join(score.notes)


def test_skipped_tests_are_not_executed() -> None:
    run = suite_of(dict.fromkeys(NODES, "skipped"))
    score = scored({PLANNING.TESTS: run, PLANNING.TESTS_AGAIN: run})
    assert (score.metrics["tests_executed"], score.metrics["clean_clone_tests"]) == (0, 0)


def test_two_runs_have_to_agree_in_names_and_not_merely_in_number() -> None:
    names = list(NODES)
    other = {**dict.fromkeys(names[1:], "passed"), f"{names[0]}[1]": "passed"}
    score = scored({PLANNING.TESTS_AGAIN: suite_of(other)})
    assert score.metrics["clean_clone_tests"] == 0
    assert "Two runs of pytest differ in 2 tests." in score.notes


@pytest.mark.parametrize("status", [1, 2, 3, 5, -1])
def test_all_passed_and_another_exit_status_is_no_pass(status: int) -> None:
    score = scored({PLANNING.TESTS_AGAIN: suite_of(NODES, status)})
    assert score.metrics["clean_clone_tests"] == 0


def test_tests_that_pass_without_the_work_notice_nothing() -> None:
    score = scored({PLANNING.GUTTED: suite_of(NODES)})
    assert score.metrics["tests_can_fail"] == 0
    assert score.metrics["threat_tests_can_fail"] == 0
    forged = scored({PLANNING.GUTTED: suite_of(dict.fromkeys(NODES, "failed"), 0)})
    assert forged.metrics["tests_can_fail"] == 0


def test_a_program_that_cannot_even_be_collected_when_emptied_was_noticed_by_all_tests() -> None:
    broken = came({"status": 4, "nodes": "", "gutted": 30})
    assert scored({PLANNING.GUTTED: broken}).metrics["tests_can_fail"] == 1


@pytest.mark.parametrize(
    "gone", [CommandReturn(Outcome.CRASHED), came({"status": 0, "nodes": "", "gutted": 30})]
)
def test_a_run_without_the_work_that_says_nothing_proves_nothing(gone: CommandReturn) -> None:
    score = scored({PLANNING.GUTTED: gone})
    assert score.metrics["tests_can_fail"] == 0
    assert "could not be run with the work taken out" in " ".join(score.notes)


# Evals


@pytest.mark.parametrize(
    "first",
    [
        evaluated("fail"),
        evaluated(cases=CASES[:23]),
        came({"status": 0, "report": "{}"}),
        came({"status": 0, "report": json.dumps({"verdict": "pass", "cases": CASES * 2})}),
        came({"status": 1, "report": json.dumps({"verdict": "pass", "cases": CASES})}),
        came({"status": 0, "report": json.dumps({"verdict": "pass", "cases": CASES})}),
        CommandReturn(Outcome.TIMED_OUT),
    ],
    ids=["fails", "other cases", "no report", "twice", "status", "asked nothing", "too slow"],
)
def test_evals_that_do_not_pass_on_their_own_service_count_for_nothing(
    first: CommandReturn,
) -> None:
    score = scored({WORLD.first: first})
    assert {"evals_run", "evals_can_fail", "mutants_killed"} <= missed(score)
    assert any("`make eval` on the service as it is" in note for note in score.notes)


def test_a_mutant_survives_a_suite_that_crashes_on_it() -> None:
    (name, fault), *_ = WORLD.mutants
    score = scored({name: came({"status": 2, "report": ""})})
    assert fault.kind == "constant"
    assert score.metrics["evals_can_fail"] == 0
    assert score.metrics["mutants_killed"] == 7 / 8


def test_a_mutant_is_not_killed_by_a_suite_that_met_no_changed_answer() -> None:
    score = scored({name: evaluated("fail", 0) for name, _ in WORLD.mutants})
    assert score.metrics["mutants_killed"] == 0


def test_a_suite_that_fails_without_a_failed_case_is_not_believed() -> None:
    (name, _), *_ = WORLD.mutants
    report = json.dumps({"verdict": "fail", "cases": CASES})
    changed = ({"path": "/a", "status": 200, "changed": True},)
    assert scored({name: came({"status": 1, "report": report}, changed)}).metrics[
        "evals_can_fail"
    ] == 0  # fmt: skip


# The running service


@pytest.mark.parametrize("field", ["request_id", "status", "duration_ms"])
def test_a_log_line_without_one_of_its_fields_traces_nothing(field: str) -> None:
    def cut(seen: dict[str, Any]) -> None:
        line = json.loads(seen["lines"][0])
        del line[field]
        seen["lines"][0] = json.dumps(line)

    assert with_operation(cut)["requests_traced"] == pytest.approx(11 / 12, abs=1e-3)


def test_an_answer_with_another_request_id_is_not_traced() -> None:
    figures = with_operation(lambda seen: seen["answers"][3].update(id="mine"))
    assert figures["requests_traced"] < 1


def test_a_line_that_says_another_status_than_was_answered_traces_nothing() -> None:
    figures = with_operation(lambda seen: seen["answers"][0].update(status=500))
    assert figures["requests_traced"] < 1
    assert figures["examples_answered"] < 1


@pytest.mark.parametrize(
    ("metrics", "moves"),
    [
        (["a_total 0", "a_total 12"], 1.0),
        (["", "a_total 12"], 1.0),
        (["a_total 5", "a_total 16"], 0.0),
        (["a_seconds 0", "a_seconds 500"], 0.0),
        (["a_total 0", "a_total NaN"], 0.0),
        (["a_total 0", "a_total 1e999"], 0.0),
        (None, 0.0),
        ([7], 0.0),
    ],
)
def test_a_counter_has_to_grow_by_what_was_asked(metrics: Any, moves: float) -> None:
    assert with_operation(lambda seen: seen.update(metrics=metrics))["metrics_move"] == moves


@pytest.mark.parametrize("status", [200, 500, 503, 0, True, None, "422"])
def test_bad_input_that_is_answered_or_breaks_the_service_is_not_refused(status: Any) -> None:
    assert with_operation(lambda seen: seen.update(malformed=status))["bad_input_refused"] == 0


@pytest.mark.parametrize("seconds", [10.5, None, -1, True, "0"])
def test_a_service_that_had_to_be_killed_did_not_stop(seconds: Any) -> None:
    assert with_operation(lambda seen: seen.update(stop_seconds=seconds))["stops_cleanly"] == 0


def test_too_few_examples_are_no_examples() -> None:
    few = json.dumps({"ask": {"path": "/a", "examples": [{"a": 1}, {"a": 1}, {"a": 2}]}})
    assert scored(files={**FILES, "service.json": few.encode()}).metrics["examples_answered"] == 0


# Threats


def threats(*entries: str) -> dict[str, bytes]:
    return {**FILES, "THREATS.yml": "\n".join(entries).encode()}


THREAT = "- {{id: {id}, asset: a, boundary: b, threat: c, mitigation: d, tests: [{test}]}}"
ACCEPTED = (
    "- {{id: {id}, asset: a, boundary: b, threat: c, accepted: {{why: {why}, owner: me, "
    'review: "2027-01-01"}}}}'
)
WHY = "one two three four five six seven eight"


def test_at_most_half_of_the_threats_may_be_accepted() -> None:
    shown = [THREAT.format(id=f"m{n}", test=next(iter(NODES))) for n in range(4)]
    kept = [ACCEPTED.format(id=f"a{n}", why=WHY) for n in range(4)]
    assert scored(files=threats(*shown, *kept)).metrics["threats_answered"] == 1
    assert scored(files=threats(*shown[:3], *kept, kept[0].replace("a0", "a9"))).metrics[
        "threats_answered"
    ] == 7 / 8  # fmt: skip


@pytest.mark.parametrize("outcome", ["failed", "skipped", None])
def test_a_threat_whose_test_did_not_pass_twice_is_not_answered(outcome: str | None) -> None:
    name = next(iter(NODES))
    nodes = {key: how for key, how in {**NODES, name: outcome}.items() if how is not None}
    files = threats(*(THREAT.format(id=f"m{n}", test=name) for n in range(8)))
    figures = scored(files=files, commands={PLANNING.TESTS_AGAIN: suite_of(nodes)}).metrics
    assert (figures["threats_named"], figures["threats_answered"]) == (8, 0)
    assert figures["risks_mitigated"] == 0


def test_all_parameters_of_a_threats_test_have_to_pass() -> None:
    name = next(iter(NODES))
    files = threats(*(THREAT.format(id=f"m{n}", test=name) for n in range(8)))
    nodes = {f"{name}[a]": "passed", f"{name}[b]": "failed"}
    again = suite_of({**NODES, **nodes}, 1)
    assert (
        scored(files=files, commands={PLANNING.TESTS_AGAIN: again}).metrics["risks_mitigated"] == 0
    )


def test_an_acceptance_says_why_in_more_than_a_word() -> None:
    files = threats(*(ACCEPTED.format(id=f"a{n}", why="later") for n in range(8)))
    assert scored(files=files).metrics["threats_answered"] == 0


@pytest.mark.parametrize(
    "content", [b"", b"- [", b"a: b", b"- 7", b"[[[[" * 2000, b"\xff\xfe", b"- {id: T1}\n" * 300]
)
def test_a_threat_model_that_is_none_names_nothing(content: bytes) -> None:
    assert scored(files={**FILES, "THREATS.yml": content}).metrics["threats_named"] == 0


# Documents


def test_the_outlines_as_they_were_handed_out_hold_nothing() -> None:
    kit = HARNESS.kit(SEEDS.kit).files
    figures = scored(
        files={**FILES, **{p: kit[p] for p in ("docs/RUNBOOK.md", "REFLECTION.md")}}
    ).metrics
    assert (figures["runbook"], figures["reflection"]) == (0, 0)


def test_a_word_said_a_hundred_times_is_one_word() -> None:
    padded = b"# R\n## Decisions that turned out wrong\n" + b"wrong " * 500
    assert scored(files={**FILES, "REFLECTION.md": padded}).metrics["reflection"] == 0


# Whatever comes back

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "status",
                    "nodes",
                    "report",
                    "answers",
                    "metrics",
                    "lines",
                    "malformed",
                    "id",
                    "text",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, min_size=3, max_size=3), st.sampled_from(list(Outcome)))
def test_no_output_of_learner_code_breaks_the_scorer(outputs: list[Any], outcome: Outcome) -> None:
    names = [PLANNING.TESTS, PLANNING.OPERATION, WORLD.first]
    hostile = {
        name: CommandReturn(outcome, output, "x")
        for name, output in zip(names, outputs, strict=True)
    }
    score = scored(hostile)
    assert set(score.metrics) == {metric.id for metric in RECORD.metrics}
    assert all(math.isfinite(value) for value in score.metrics.values())
