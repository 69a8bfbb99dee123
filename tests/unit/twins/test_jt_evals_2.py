"""Kit, plan, score and gold of the evals twin, without running a learner's code."""

from __future__ import annotations

import ast
import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.harness import twin_code, wire
from jobtwin.harness.contract import CommandReturn, Outcome, Plan, Returned, Seeds, Submission
from jobtwin.harness.reporting import report_of
from jobtwin.harness.twin_code import load
from jobtwin.llm import feature
from jobtwin.records import report as reports
from jobtwin.records.base import load as load_record
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.records.twin import Twin
from jobtwin.rules.gold_quality import check_quality

TWIN = Path(__file__).parents[3] / "twins" / "jt-evals-2"
HARNESS: Any = load(TWIN)
RECORD = load_record(Twin, (TWIN / "twin.yml").read_bytes(), "twin.yml").record


def part(name: str) -> Any:
    return twin_code.part(HARNESS, name)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


SMALL = Seeds(digest("kit"), part("planning").SMALL + digest("graded")[:16])
FULL = Seeds(digest("kit"), digest("graded"))


def report(fails: Any = (), verdict: str | None = None) -> dict[str, Any]:
    checks = [
        {"name": kind, "kind": kind, "passed": kind not in fails, "value": 0.1, "threshold": 0.2}
        for kind in ("quality", "format", "latency", "safety", "cost")
    ]
    return {"verdict": verdict or ("fail" if fails else "pass"), "checks": checks}


def returned(seeds: Seeds, says: Any, alerts: Any = None) -> Returned:
    """What comes back: `says(release)` of each run, `alerts(watch, minute)` of each trace."""
    world = part("planning").world_of(seeds)
    came = {world.calibration: CommandReturn(Outcome.OK, {})}
    for release in world.releases:
        came[release.id] = CommandReturn(Outcome.OK, says(release), "", {"triage": ({},) * 300})
    for watch in world.watches:
        for name, until in ((watch.id, 1e9), (watch.cut_id, watch.cut_minute)):
            if name is not None:
                found = alerts(watch, until) if alerts else []
                came[name] = CommandReturn(Outcome.OK, {"alerts": found})
    return Returned({}, {}, came)


def knowing(release: Any) -> dict[str, Any]:
    return report(sorted(release.mutant.kinds)[:1] if release.mutant else ())


def telling(watch: Any, until: float) -> list[dict[str, str]]:
    change = watch.trace.change
    if change is None or change.minute + 30 > until:
        return []
    return [{"at": part("production").moment(change.minute + 30), "kind": change.kind}]


def scored(seeds: Seeds, says: Any, alerts: Any = None) -> Any:
    return HARNESS.score(seeds, returned(seeds, says, alerts), Submission({}))


def test_a_kit_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    one, other = HARNESS.kit(digest("a")), HARNESS.kit(digest("b"))
    part("handout").hand_out.cache_clear()
    assert HARNESS.kit(digest("a")) == one
    assert one.files["data/tickets.jsonl"] != other.files["data/tickets.jsonl"]


def test_a_kit_has_no_open_slots_and_all_its_code_compiles() -> None:
    for path, content in HARNESS.kit(digest("a")).files.items():
        assert b"{{" not in content, path
        if path.endswith(".py"):
            ast.parse(content)


def test_the_archive_has_600_tickets_of_which_a_few_are_labelled_wrongly() -> None:
    kit = HARNESS.kit(digest("a")).files
    rows = [json.loads(line) for line in kit["data/tickets.jsonl"].splitlines()]
    topics = {topic.id: topic.category for topic in part("banks").TOPICS}
    right = part("tickets").tickets(digest("a"), "archive", 600)
    wrong = sum(
        (row["category"], row["priority"]) != (ticket.category, ticket.priority)
        for row, ticket in zip(rows, right, strict=True)
    )
    assert len({row["text"] for row in rows}) == 600
    assert 8 <= wrong <= 45
    assert {row["topic"] for row in rows} == set(topics)


def test_the_known_good_release_is_nearly_always_right() -> None:
    """What is called a regression is one: the feature itself is no source of errors."""
    good = feature.read(part("triage").known_good())
    tickets = part("tickets").tickets(digest("a"), "measured", 300)
    right: Counter[str] = Counter()
    for number, ticket in enumerate(tickets):
        given = feature.answer(digest("noise"), good, ticket.text, number, 1)
        if given.status == 200 and given.body["output"].startswith("{"):
            output = json.loads(given.body["output"])
            right["answered"] += 1
            right["category"] += output["category"] == ticket.category
            right["priority"] += output["priority"] == ticket.priority
            right["approved"] += output["reply"] in part("triage").APPROVED
    assert right["answered"] >= 290
    assert right["category"] / right["answered"] > 0.94
    assert right["priority"] / right["answered"] > 0.93
    assert right["approved"] == right["answered"]


@pytest.mark.parametrize("family", part("mutants").FAMILIES)
def test_every_regression_is_a_release_that_can_be_served(family: str) -> None:
    for number in range(3):
        mutant = part("mutants").mutant(digest(str(number)), family)
        assert mutant.settings != part("triage").known_good()
        feature.read(json.loads(json.dumps(mutant.settings)))
        assert mutant.kinds
        assert not mutant.kinds & mutant.also


def test_a_graded_world_has_sixteen_regressions_of_five_kinds_adversarial_ones_among_them() -> None:
    mutants = part("mutants")
    for number in range(20):
        chosen = [mutant.family for mutant in mutants.mutants(digest(str(number)))]
        assert len(set(chosen)) == 16
        assert {mutants.kind_of(name) for name in chosen} == set(mutants.KINDS)
        assert sum(mutants.is_adversarial(name) for name in chosen) == 2


def test_a_plan_says_nothing_of_what_is_good() -> None:
    plan = HARNESS.prepare(FULL)
    runs = [one for one in plan.commands if one.arguments[0] == "run"]
    assert len({one.arguments for one in runs}) == 1
    assert {one.peers[0].requests for one in runs} == {300}
    assert {one.peers[0].name for one in runs} == {"triage"}
    assert {one.seconds for one in runs} == {60.0}
    assert not any(one.data for one in runs)
    good = part("triage").known_good()
    assert all(one.peers[0].settings != good for one in runs)


def test_a_plan_survives_the_wire_and_is_the_same_again() -> None:
    plan = HARNESS.prepare(SMALL)
    encoded = wire.encode(plan)
    assert wire.decode(Plan, encoded) == plan
    assert wire.encode(HARNESS.prepare(SMALL)) == encoded


def test_who_knows_all_gets_all() -> None:
    found = scored(FULL, knowing, telling)
    assert all(line.met for line in _bar(found)), found
    assert found.metrics["detection"] == found.metrics["kind_accuracy"] == 1
    assert found.metrics["detection_low"] < 1
    assert 0 < found.metrics["false_alarm_high"] < 0.2
    assert found.metrics["online_delay_minutes"] == 30


def _bar(found: Any) -> Any:
    from jobtwin.harness.grading import measure

    return measure(RECORD, found)


def test_the_figures_are_those_that_the_twin_declares() -> None:
    for one in (
        HARNESS.score(FULL, Returned({}), Submission({})),
        scored(SMALL, knowing, telling),
    ):
        assert set(one.metrics) == {metric.id for metric in RECORD.metrics}


def test_nothing_that_came_back_is_a_miss_and_a_false_alarm() -> None:
    found = HARNESS.score(SMALL, Returned({}), Submission({}))
    assert found.metrics["detection"] == 0
    assert found.metrics["false_alarm"] == 1
    assert found.metrics["repeatable"] == 0
    assert found.metrics["online_delay_minutes"] == -1


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"verdict": "fail", "checks": []},
        {"verdict": "maybe", "checks": report()["checks"]},
        report(["quality"], verdict="pass"),
        report(verdict="fail"),
        {"verdict": "pass", "checks": report()["checks"] * 41},
        {"verdict": "pass", "checks": [{**report()["checks"][0], "value": True}]},
        {"verdict": "pass", "checks": [{**report()["checks"][0], "kind": "luck"}]},
        {"verdict": "pass", "checks": [{**report()["checks"][0], "passed": "yes"}]},
        {"verdict": "pass", "checks": ["ok"]},
    ],
)
def test_a_verdict_that_does_not_count_stands_against_its_author_on_either_side(
    output: Any,
) -> None:
    found = scored(SMALL, lambda release: output)
    assert found.metrics["detection"] == 0
    assert found.metrics["false_alarm"] == 1


def test_the_301st_request_voids_a_verdict() -> None:
    came = returned(SMALL, knowing, telling)
    world = part("planning").world_of(SMALL)
    good = next(one for one in world.releases if one.mutant is None and one.repeats is None)
    before = came.commands[good.id]
    asked: dict[str, tuple[Any, ...]] = {"triage": ({},) * 301}
    over = CommandReturn(Outcome.OK, before.output, "", asked)
    found = HARNESS.score(SMALL, Returned({}, {}, {**came.commands, good.id: over}), Submission({}))
    assert found.metrics["false_alarm"] == pytest.approx(1 / 6)
    assert found.metrics["requests_most"] == 301


def test_naming_every_kind_names_none() -> None:
    kinds = ("quality", "format", "latency", "safety", "cost")
    found = scored(FULL, lambda release: report(kinds if release.mutant else ()))
    assert found.metrics["detection"] == 1
    assert found.metrics["kind_accuracy"] < 0.5


def test_the_same_release_judged_otherwise_is_not_repeatable() -> None:
    found = scored(SMALL, lambda one: report(["cost"] if one.repeats is None else ()))
    assert found.metrics["repeatable"] == 0


def test_an_alert_of_another_kind_too_late_or_too_early_tells_nothing() -> None:
    moment = part("production").moment

    def alerts(kind: str | None, after: float) -> Any:
        def given(watch: Any, until: float) -> Any:
            change = watch.trace.change
            if change is None or change.minute + after > until:
                return []
            return [{"at": moment(change.minute + after), "kind": kind or change.kind}]

        return scored(SMALL, knowing, given).metrics

    assert alerts(None, 30)["online_detection"] == 1
    assert alerts("cost", 30)["online_detection"] == 0
    assert alerts(None, 481)["online_detection"] == 0
    early = alerts(None, -30)
    assert early["online_detection"] == 0
    assert early["online_false_alerts_per_day"] > 0


def test_an_alert_that_the_cut_trace_does_not_give_is_hindsight() -> None:
    def hindsight(watch: Any, until: float) -> Any:
        return telling(watch, 1e9) if until > 1e6 else []

    found = scored(SMALL, knowing, hindsight)
    assert found.metrics["online_detection"] == 0
    assert any("comes later" in note for note in found.notes)


def test_a_cut_trace_is_the_beginning_of_the_whole() -> None:
    for watch in part("planning").world_of(SMALL).watches:
        if watch.cut_id is not None:
            early = part("production").cut(watch.trace.lines, watch.cut_minute)
            assert watch.trace.lines.startswith(early)
            assert 0 < len(early) < len(watch.trace.lines)
            assert watch.cut_minute > watch.trace.change.minute


def test_before_its_change_a_trace_is_as_without_it() -> None:
    trace = part("production").trace
    for kind in part("mutants").KINDS:
        found = trace(digest("t"), "one", 2, kind)
        rows = [json.loads(line) for line in found.lines.splitlines()]
        changed = part("production").moment(found.change.minute)
        before = [row for row in rows if row["at"] < changed]
        after = [row for row in rows if row["at"] > changed]
        assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
        assert 1440 <= found.change.minute < 2880
        assert len(before) > 500
        assert len(after) > 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("verdict", "checks", "kind", "passed", "alerts", "at", "value")),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(json_values)
def test_whatever_comes_back_is_scored(value: Any) -> None:
    found = scored(SMALL, lambda release: value)
    assert found.metrics["detection"] == 0
    report = report_of(RECORD, found, (), "failed")
    assert reports.read(reports.write(report)) == report


def test_no_word_of_a_verdict_gets_into_the_report() -> None:
    checks = [{"name": "EVIL", "kind": kind, "passed": False} for kind in ("EVIL", "latency")]
    found = scored(SMALL, lambda release: {"verdict": "fail", "checks": checks, "EVIL": "EVIL"})
    assert b"EVIL" not in reports.write(report_of(RECORD, found, (), "failed"))


@given(st.integers(0, 60), st.integers(0, 60))
def test_an_interval_holds_its_share(one: int, other: int) -> None:
    hits, among = min(one, other), max(one, other)
    low, high = part("rates").wilson(hits, among)
    assert 0 <= low <= high <= 1
    if among:
        assert low - 1e-9 <= hits / among <= high + 1e-9


def test_wilsons_interval_is_the_known_one() -> None:
    low, high = part("rates").wilson(0, 20)
    assert (low, round(high, 4)) == (0.0, 0.1611)
    low, high = part("rates").wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


def test_copies_of_one_regression_count_as_less_than_as_many_regressions() -> None:
    clustered = part("rates").clustered
    apart = [[True]] * 12 + [[False]] * 4
    together = [[True, True]] * 12 + [[False, False]] * 4
    wide = clustered(together, random.Random(1))
    assert wide == clustered(apart, random.Random(1))


def test_gold_has_enough_items_of_different_worth_and_a_defect_for_each_lost_point() -> None:
    items = HARNESS.gold(digest("gold"), 24)
    assert len(items) == 24
    assert sum(len(item.scores) for item in items) >= 100
    weights = {dimension.id: dimension.weight for dimension in RECORD.rubric}
    totals = [sum(weights[name] * value for name, value in item.scores.items()) for item in items]
    passing = sum(total >= RECORD.pass_threshold for total in totals)
    assert 5 <= passing <= 19
    for item in items:
        assert set(item.scores) == set(weights)
        assert len(item.defects) == sum(value < 1 for value in item.scores.values())
        assert all(item.defects)
    same = Counter((path, text) for item in items for path, text in item.files.items())
    assert max(same.values()) <= 6


def test_gold_is_fit_to_measure_mentors_with() -> None:
    path = sorted((TWIN.parents[1] / "policy").glob("calibration-*.yml"))[-1]
    policy = load_record(CalibrationPolicy, path.read_bytes(), path.name).record
    for number in range(3):
        items = HARNESS.gold(digest(f"gold {number}"), 24)
        assert list(check_quality(items, RECORD, policy)) == []


def test_gold_is_the_same_for_the_same_seed_and_its_code_compiles() -> None:
    items = HARNESS.gold(digest("gold"), 24)
    assert items == HARNESS.gold(digest("gold"), 24)
    for item in items:
        for path, content in item.files.items():
            assert b"<<" not in content
            if path.endswith(".py"):
                ast.parse(content)


def test_the_brief_is_filled_by_the_facts_of_any_kit_and_nothing_else() -> None:
    text = (TWIN / "brief.md").read_text("utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    pages = []
    for seed in (digest("a"), digest("b")):
        facts = HARNESS.kit(seed).facts
        page = environment.from_string(text).render(facts)
        assert all(value in page for value in facts.values())
        pages.append(page)
    assert pages[0] != pages[1]
