"""The latency twin without learner code: its world, its traces, its rules and its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import NothingMeasured
from jobtwin.harness import twin_code, wire
from jobtwin.harness.contract import Answer, Outcome, Returned, Seeds, ServiceReturn, Submission
from jobtwin.harness.twin_code import load
from jobtwin.llm.service import completion_id
from jobtwin.records.base import load as load_record
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.records.twin import Twin
from jobtwin.rules.gold_quality import check_quality

TWIN = Path(__file__).parents[3] / "twins" / "jt-latency-3"
MODULE: Any = load(TWIN)
HARNESS = load(TWIN)
SEED = b"s" * 32
SEEDS = Seeds(b"k" * 32, b"jt-latency-3/small" + b"g" * 14)


def part(name: str) -> Any:
    return twin_code.part(MODULE, name)


@pytest.fixture(scope="module")
def trace() -> Any:
    return part("trace").draw_trace(b"t" * 32, 1000)


def test_of_a_thousand_questions_four_may_be_slow() -> None:
    assert part("tail").allowed(1000) == 4
    assert part("tail").allowed(298) == -1
    assert part("tail").allowed(299) == 0


@given(st.integers(300, 3000))
def test_the_bound_has_as_many_values_above_it_as_are_allowed(count: int) -> None:
    values = [float(number) for number in range(count)]
    bound = part("tail").bound(values)
    assert sum(value > bound for value in values) == part("tail").allowed(count)


def test_a_trace_is_the_same_everywhere_and_other_seeds_give_another() -> None:
    draw, lines = part("trace").draw_trace, part("trace").as_lines
    assert lines(draw(b"a" * 32, 50)) == lines(draw(b"a" * 32, 50))
    assert lines(draw(b"a" * 32, 50)) != lines(draw(b"b" * 32, 50))


def test_most_questions_were_not_asked_before_and_arrive_at_twenty_a_second(trace: Any) -> None:
    questions = [one for _, one in trace.questions]
    assert 0.55 <= len({one.text for one in questions}) / len(questions) <= 0.80
    assert 45 <= questions[-1].at <= 55
    assert 0.15 <= sum(len(one.facts) == 2 for one in questions) / len(questions) <= 0.35


def test_facts_change_on_the_way_and_are_asked_for_before_and_after(trace: Any) -> None:
    changes = [one for one in trace.items if not hasattr(one, "facts")]
    asked = [one for _, one in trace.questions]
    assert len(changes) >= 5
    for change in changes:
        times = [one.at for one in asked if change.fact in one.facts]
        assert min(times) < change.at < max(times)


def test_around_a_change_both_values_are_right_and_later_only_the_new(trace: Any) -> None:
    change = next(one for one in trace.items if not hasattr(one, "facts"))
    old = trace.world.values[change.fact]
    assert trace.values(change.fact, change.at - 30, 20) == {old}
    assert trace.values(change.fact, change.at + 0.5, 20) == {old, change.value}
    assert trace.values(change.fact, change.at + 1.5, 20) == {change.value}


def judged(trace: Any, say: Any, lines: Any = None) -> Any:
    made = lines if lines is not None else lines_of(trace)
    answers = [Answer(Outcome.OK, say(n, one)) for n, one in enumerate(trace.items)]
    return part("rightness").judge(trace, answers, made, SEED)


def lines_of(trace: Any, **other: Any) -> list[dict[str, Any]]:
    """The model server's account of a completion for each question, which answers it."""
    return [line(n, said=gold(trace, one), **other) for n, one in enumerate(trace.items)]


def line(number: int, **other: Any) -> dict[str, Any]:
    made = {"request": f"{number:064x}", "attempt": 1, "status": 200, "prompt_tokens": 200}
    return {**made, **other}


def gold(trace: Any, one: Any) -> str:
    if not hasattr(one, "facts"):
        return ""
    return " and ".join(sorted(trace.values(fact, one.at, 0))[0] for fact in one.facts)


def backed(number: int, text: str) -> dict[str, Any]:
    return {"answer": text, "completions": [completion_id(SEED, f"{number:064x}", 1)]}


def test_answers_with_the_right_values_and_a_completion_each_are_right(trace: Any) -> None:
    assert judged(trace, lambda n, one: backed(n, gold(trace, one))).share == 1


def test_one_completion_cannot_stand_behind_answers_about_other_facts(trace: Any) -> None:
    found = judged(trace, lambda n, one: backed(0, gold(trace, one)))
    assert found.share < 0.1
    assert found.unbacked > 900


@pytest.mark.parametrize(
    "other", [{"status": 500}, {"prompt_tokens": 5}, {"attempt": 2}, {"request": "0" * 64}]
)
def test_a_completion_counts_only_as_the_model_server_tells_of_it(trace: Any, other: Any) -> None:
    lines = [one | other for one in lines_of(trace)]
    assert judged(trace, lambda n, one: backed(n, gold(trace, one)), lines).share < 0.01


def test_what_no_completion_said_is_no_answer_however_right_it_is(trace: Any) -> None:
    lines = [one | {"said": "You are welcome."} for one in lines_of(trace)]
    found = judged(trace, lambda n, one: backed(n, gold(trace, one)), lines)
    assert (found.share, found.unbacked) == (0, 1000)


def test_a_completion_cannot_be_named_before_it_has_come(trace: Any) -> None:
    lines = lines_of(trace)
    guessed = [completion_id(b"0" * 32, one["request"], one["attempt"]) for one in lines]

    def say(number: int, one: Any) -> Any:
        return {"answer": gold(trace, one), "completions": [guessed[number]]}

    assert judged(trace, say, lines).share == 0


def test_an_answer_with_further_numbers_is_wrong_but_citations_are_not_numbers(trace: Any) -> None:
    assert judged(trace, lambda n, one: backed(n, f"{gold(trace, one)} or 7777")).share == 0
    assert judged(trace, lambda n, one: backed(n, f"{gold(trace, one)} [7777]")).share == 1


@pytest.mark.parametrize(
    "body",
    [{}, [], {"answer": 5}, {"answer": "1" * 900}, {"answer": "", "completions": "x"}, None],
)
def test_whatever_a_service_says_is_judged_and_never_raises(trace: Any, body: Any) -> None:
    assert judged(trace, lambda n, one: body).share == 0


def test_the_plan_holds_no_answer_and_the_old_service_runs_on_the_kits_trace() -> None:
    plan = HARNESS.prepare(SEEDS)
    unseen, after, before = plan.services
    assert unseen.files is None
    assert after.files is None
    assert before.files is not None
    assert after.queries == before.queries != unseen.queries
    assert not any("values" in query for one in plan.services for query in one.queries)
    assert "data/trace.jsonl" in before.files


def test_what_did_not_run_has_the_worst_figures_and_a_score_nevertheless() -> None:
    score = HARNESS.score(SEEDS, Returned({}), Submission({}))
    assert score.metrics["p99_ms"] == 60_000
    assert score.metrics["quality"] == 0
    assert score.metrics["quality_loss"] > 0.9
    assert score.metrics["report_error"] == 10


def test_a_noisy_machine_measures_nothing_and_fails_nobody() -> None:
    plan = HARNESS.prepare(SEEDS)
    came = ServiceReturn(Outcome.CRASHED, noise_ms=90.0)
    with pytest.raises(NothingMeasured, match="90 ms late"):
        HARNESS.score(SEEDS, Returned({plan.services[0].id: came}), Submission({}))


def test_a_report_is_held_against_every_figure_and_the_kits_trace() -> None:
    scoring, runs = part("scoring"), part("planning").runs_of(SEEDS)
    judge = part("rightness").Judged({0: True}, 0)
    found = part("measuring").Measured((300.0,) * 98 + (700.0,) * 2, 0.0002, judge)
    kit = HARNESS.kit(SEEDS.kit).files
    figures = {"p50_ms": 310, "p99_ms": 690, "cost_usd": 0.00021, "quality": 0.95}
    report = {
        "trace_sha256": part("trace").digest(kit["data/trace.jsonl"]),
        "before": figures,
        "after": figures,
        "changes": ["one call"],
    }

    def error(said: Any) -> Any:
        files = {"report.json": json.dumps(said).encode()}
        return scoring.report_error(runs, Submission(files), found, found)[0]

    assert error(report) == pytest.approx(0.05)
    assert error({**report, "after": {**figures, "p99_ms": 500}}) > 0.10
    assert error({**report, "trace_sha256": "0" * 64}) == 10
    assert error({**report, "changes": []}) == 10
    assert error({**report, "after": {**figures, "p50_ms": True}}) == 10
    assert error([]) == 10


AGAIN = """
import hashlib, pathlib, sys
from jobtwin.harness import contract, wire
from jobtwin.harness.twin_code import load
harness = load(pathlib.Path(sys.argv[1]))
returned = wire.decode(contract.Returned, pathlib.Path(sys.argv[2]).read_bytes())
seeds = contract.Seeds(*map(bytes.fromhex, sys.argv[3:5]))
score = harness.score(seeds, returned, contract.Submission({}))
print(repr((sorted(score.metrics.items()), score.notes, score.report)))
"""


def test_the_same_stored_answers_are_scored_alike_in_any_process(tmp_path: Path) -> None:
    runs = part("planning").runs_of(SEEDS)
    came = {run.id: answered(run.trace, run.seed) for run in (runs.unseen, runs.before, runs.after)}
    kept = tmp_path / "returned.json"
    kept.write_bytes(wire.encode(Returned(came)))
    words = [sys.executable, "-c", AGAIN, str(TWIN), str(kept), SEEDS.kit.hex(), SEEDS.graded.hex()]
    said = {
        subprocess.run(
            words, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert "('quality', 0.5)" in said.pop()


def answered(trace: Any, seed: bytes) -> ServiceReturn:
    """Return a run in which every other question is answered rightly, in some time."""
    answers = []
    for number, one in enumerate(trace.items):
        right = sum(place < number for place, _ in trace.questions) % 2 == 0
        name = completion_id(seed, f"{number:064x}", 1)
        body = {"answer": gold(trace, one) if right else "", "completions": [name]}
        answers.append(Answer(Outcome.OK, body, 100.0 + number % 37))
    return ServiceReturn(
        Outcome.OK,
        tuple(answers),
        traces={"llm": tuple(whole_line(one) for one in lines_of(trace))},
    )


def whole_line(made: dict[str, Any]) -> dict[str, Any]:
    times = {"first_ms": 200.0, "total_ms": 300.0, "at_ms": 0.0}
    tokens = {"cached_tokens": 0, "completion_tokens": 20}
    return {**made, "number": 1, "model": "sim-medium", **times, **tokens}


def test_plots_tell_of_tail_cost_and_kinds_also_where_nothing_ran() -> None:
    plots: Any = HARNESS.score(SEEDS, Returned({}), Submission({})).report
    tail, spent, kinds = plots
    assert len(tail.series) == 3
    assert {x for one in tail.series for x, _ in one.points} == {60_000}
    assert tail.series[0].points[0][1] == 1
    assert [row.value for row in spent.rows] == [0, 0]
    assert [row.value for row in kinds.rows if "handed in" in row.label] == [0, 0, 0]
    assert all(row.value > 0.6 for row in kinds.rows if "as found" in row.label)


def test_the_curve_of_the_tail_holds_the_slowest_and_is_closer_there() -> None:
    points = part("breakdown")._slower([float(ms) for ms in range(1, 1001)])
    assert points[-4:] == ((997, 0.004), (998, 0.003), (999, 0.002), (1000, 0.001))
    assert points[0] == (1, 1)
    assert len(points) <= 40
    assert list(points) == sorted(points)


def test_gold_items_differ_and_every_level_occurs_in_every_dimension() -> None:
    items = HARNESS.gold(b"s" * 32, 24)
    assert len({tuple(item.files.items()) for item in items}) == 24
    assert sum(len(item.scores) for item in items) >= 100
    for dimension in items[0].scores:
        assert {item.scores[dimension] for item in items} == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert all("{" not in item.files["WRITE-UP.md"].decode() for item in items)


def test_gold_code_compiles_and_is_as_good_as_its_level() -> None:
    for item in HARNESS.gold(b"c" * 32, 24):
        for path, content in item.files.items():
            if path.endswith(".py"):
                compile(content, path, "exec")
        client = item.files["answers/model.py"].decode()
        hedges = item.scores["latency_engineering"] >= 0.75
        assert ("HEDGES" in client) is hedges
        assert ("_may_hedge" in client) is (item.scores["latency_engineering"] == 1)
        stale = (
            b"        for key in stale:\n                pass" in item.files["answers/pipeline.py"]
        )
        assert not (stale and item.scores["quality_cost"] > 0.5)


def test_gold_is_fit_to_measure_mentors_with() -> None:
    twin = load_record(Twin, (TWIN / "twin.yml").read_bytes(), "twin.yml").record
    path = sorted((TWIN.parents[1] / "policy").glob("calibration-*.yml"))[-1]
    policy = load_record(CalibrationPolicy, path.read_bytes(), path.name).record
    for seed in (b"one", b"two", b"three"):
        items = HARNESS.gold(seed * 8, 24)
        assert list(check_quality(items, twin, policy)) == []
        for item in items:
            assert len(item.defects) == sum(value < 1 for value in item.scores.values())
            assert set(item.scores) == {dimension.id for dimension in twin.rubric}
