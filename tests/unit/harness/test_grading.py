"""Grading in three steps, with bytes between them and nobody knowing more than they need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import EngineError
from jobtwin.harness import contract, environment, grading, run, wire
from jobtwin.harness.contract import Answer, Outcome, Plan, Returned, Service, ServiceReturn
from jobtwin.harness.grading import BarLine, Machine
from jobtwin.harness.reporting import report_of
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.records.base import load
from jobtwin.records.report import Axis, Curves, Row, Rows, Series
from jobtwin.records.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
TWIN = load(Twin, (ROOT / "twins/jt-incident-4/twin.yml").read_bytes()).record
UNSTARTABLE = TWIN.model_copy(update={"harness": None})
SEEDS = contract.Seeds(b"k" * 32, b"g" * 32)
HANDED = contract.Submission({"serve.py": b"x"}, {"repro.json": b"{}"})


class Harness:
    """A harness that says what it was asked, and measures what it is told to."""

    def __init__(self, metrics: dict[str, float] | None = None) -> None:
        self.metrics = metrics or {metric.id: 1.0 for metric in TWIN.metrics}
        self.scored: list[tuple[contract.Seeds, Returned, contract.Submission]] = []

    def kit(self, kit_seed: bytes) -> contract.Kit:
        return contract.Kit({}, {})

    def prepare(self, seeds: contract.Seeds) -> Plan:
        return Plan((Service("s1", None, {}, ({"q": 1},)),))

    def score(
        self, seeds: contract.Seeds, returned: Returned, submission: contract.Submission
    ) -> contract.Score:
        self.scored.append((seeds, returned, submission))
        return contract.Score(self.metrics, ("A note.",))

    def gold(self, seed: bytes, count: int) -> tuple[contract.GoldItem, ...]:
        return ()


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What `run` was given; it answers each query with `ok`."""
    calls: list[tuple[Any, ...]] = []

    def answer(*given: Any) -> Returned:
        calls.append(given)
        services = {
            s.id: ServiceReturn(Outcome.OK, (Answer(Outcome.OK, "ok"),)) for s in given[0].services
        }
        return Returned(services)

    monkeypatch.setattr(run, "run", answer)
    monkeypatch.setattr(environment, "install", lambda lock, cache: cache)
    return calls


def machine(tmp_path: Path) -> Machine:
    return Machine(Unsandboxed(), tmp_path)


def returned(*outcomes: Outcome) -> Returned:
    return Returned({f"s{n}": ServiceReturn(outcome) for n, outcome in enumerate(outcomes)})


def came_back(content: bytes) -> grading.Ran:
    return grading.Ran(content, "bubblewrap", "3.11.2")


def line(value: float, bar: float = 1.0, comparator: Any = ">=") -> BarLine:
    return BarLine("m", value, comparator, bar)


def test_the_three_steps_hand_on_what_was_planned_and_what_came_back(
    ran: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    harness = Harness()
    graded = grading.grade(TWIN, harness, SEEDS, HANDED, machine(tmp_path), b"")
    assert graded.outcome == "passed"
    assert graded.score.notes == ("A note.",)
    seeds, answered, submission = harness.scored[0]
    assert (seeds, submission) == (SEEDS, HANDED)
    assert answered.services["s1"].answers[0].body == "ok"
    assert wire.decode(Returned, graded.returned) == answered


def test_whoever_runs_learner_code_is_given_no_seed(
    ran: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    grading.grade(TWIN, Harness(), SEEDS, HANDED, machine(tmp_path), b"")
    (given,) = ran
    assert not any(seed in repr(given).encode() for seed in (SEEDS.kit, SEEDS.graded))
    assert given[1] == HANDED


def test_what_was_kept_gives_the_same_score_again(
    ran: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    harness = Harness()
    graded = grading.grade(TWIN, harness, SEEDS, HANDED, machine(tmp_path), b"")
    again = grading.score_bytes(TWIN, harness, SEEDS, came_back(graded.returned), HANDED)
    assert (again.score, again.report) == (graded.score, graded.report)
    assert harness.scored[0] == harness.scored[1]


@pytest.mark.parametrize(
    "spoil", [lambda m: m.pop("fail_to_pass"), lambda m: m.update(invented=1.0)]
)
def test_a_harness_that_measures_other_figures_than_it_declares_is_our_fault(
    spoil: Callable[[dict[str, float]], object],
) -> None:
    harness = Harness()
    spoil(harness.metrics)
    with pytest.raises(EngineError, match="differ in the figures"):
        grading.score_bytes(TWIN, harness, SEEDS, came_back(wire.encode(returned())), HANDED)


def test_a_report_that_is_too_large_or_has_what_no_scale_can_is_our_fault() -> None:
    rows = tuple(Row(label=f"row {n}: {'x' * 50}", value=n / 7) for n in range(40))
    plot = Rows(title="Many", about="y" * 400, rows=rows)
    score = contract.Score({"fail_to_pass": 1.0}, (), (plot,) * 12)
    assert report_of(TWIN, score, (), "passed").plots == score.report
    points = tuple((n / 7, n / 3) for n in range(200))
    axes = Axis(title="x"), Axis(title="y")
    four = tuple(Series(name=f"s{n}", points=points) for n in range(4))
    many = Curves(title="Many", about="Points.", x=axes[0], y=axes[1], series=four)
    with pytest.raises(EngineError, match="over 65,536"):
        report_of(TWIN, contract.Score({}, (), (many,) * 12), (), "passed")
    with pytest.raises(EngineError, match="no report can have"):
        report_of(TWIN, contract.Score({"fail_to_pass": 1e300}), (), "passed")


def test_a_figure_that_is_no_finite_number_never_becomes_a_verdict() -> None:
    harness = Harness({metric.id: float("nan") for metric in TWIN.metrics})
    with pytest.raises(EngineError, match="no finite number"):
        grading.score_bytes(TWIN, harness, SEEDS, came_back(wire.encode(returned())), HANDED)


def test_a_harness_that_stumbles_over_an_answer_is_our_fault_and_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = Harness()
    monkeypatch.setattr(Harness, "score", lambda *_: 1 // 0)
    with pytest.raises(EngineError, match="could not score: ZeroDivisionError"):
        grading.score_bytes(TWIN, harness, SEEDS, came_back(wire.encode(returned())), HANDED)


def test_a_submission_that_cannot_be_written_down_is_invalid_and_not_our_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "install", lambda lock, cache: cache)
    torn = contract.Submission({"a": b"a file", "a/b": b"below a file"})
    plan = wire.encode(Harness().prepare(SEEDS))
    ran = grading.run_bytes(TWIN, plan, wire.encode(torn), machine(tmp_path), b"")
    (service,) = wire.decode(Returned, ran.returned).services.values()
    assert service.outcome is Outcome.INVALID
    assert [answer.outcome for answer in service.answers] == [Outcome.INVALID]
    assert "needs a folder where a file stands" in service.detail


def test_an_environment_that_cannot_be_installed_is_our_fault(tmp_path: Path) -> None:
    plan = wire.encode(Harness().prepare(SEEDS))
    with pytest.raises(EngineError, match="environment cannot be installed"):
        grading.run_bytes(TWIN, plan, wire.encode(HANDED), machine(tmp_path), b"flask\n")


def test_every_figure_of_the_bar_is_measured_in_its_order() -> None:
    found = grading.measure(TWIN, contract.Score({metric.id: 0.5 for metric in TWIN.metrics}))
    assert [item.metric for item in found] == [bar.metric for bar in TWIN.bar]
    assert {item.value for item in found} == {0.5}


@given(st.floats(0, 2), st.floats(0, 2))
def test_a_bar_is_met_at_its_value_and_on_its_side(value: float, bar: float) -> None:
    assert line(value, bar, ">=").met is (value >= bar)
    assert line(value, bar, "<=").met is (value <= bar)
    assert line(bar, bar, ">=").met
    assert line(bar, bar, "<=").met


@pytest.mark.parametrize(
    ("outcomes", "ended"),
    [
        ((Outcome.OK,), "failed"),
        ((Outcome.CRASHED, Outcome.NOT_RUN), "failed"),
        ((Outcome.OK, Outcome.INVALID), "invalid"),
        ((Outcome.INVALID, Outcome.TIMED_OUT), "timed_out"),
        ((), "failed"),
    ],
)
def test_below_the_bar_says_why_where_there_is_a_reason(
    outcomes: tuple[Outcome, ...], ended: str
) -> None:
    assert grading.outcome_of(returned(*outcomes), (line(1.0), line(0.9))) == ended


def test_what_meets_the_whole_bar_has_passed_however_a_variant_ended() -> None:
    assert grading.outcome_of(returned(Outcome.TIMED_OUT), (line(1.0),)) == "passed"


def test_a_twin_without_a_harness_cannot_be_graded(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="has no harness"):
        grading.run_bytes(UNSTARTABLE, b"", b"", machine(tmp_path), b"")


def test_limits_are_in_the_units_of_the_sandbox() -> None:
    assert TWIN.harness is not None
    assert TWIN.harness.service is not None
    found = grading.limits(TWIN.harness)
    assert found.memory_bytes == TWIN.harness.limits.memory_mib * 1024 * 1024
    assert found.output_bytes == TWIN.harness.limits.output_kib * 1024
    assert grading.entry_points(TWIN.harness).answer_bytes == (
        TWIN.harness.service.answer_kib * 1024
    )
