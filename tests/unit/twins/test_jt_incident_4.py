"""Kit, plan, score and gold of the incident twin, without running anything."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.harness import twin_code
from jobtwin.harness.contract import (
    Answer,
    Outcome,
    Returned,
    Seeds,
    ServiceReturn,
    Submission,
    TestReturn,
)
from jobtwin.harness.draw import subseed
from jobtwin.harness.exemplars import ANCHORS, PROPORTIONS
from jobtwin.harness.proofs import solutions
from jobtwin.harness.reporting import report_of
from jobtwin.harness.twin_code import load
from jobtwin.records import report as reports
from jobtwin.records.report import Rows
from jobtwin.repository.definitions import read_twin

PROJECT = Path(__file__).parents[3]
TWIN = PROJECT / "twins" / "jt-incident-4"
RECORD = read_twin(PROJECT, "jt-incident-4")
HARNESS: Any = load(TWIN)
METRICS = {
    "fail_to_pass",
    "pass_to_pass",
    "regression_test",
    "repro",
    "monitoring",
    "repro_minutes",
    "first_update_minutes",
    "longest_update_gap_minutes",
    "updates_complete",
    "post_mortem",
    "blast_radius_error",
    "latency_p95_ms",
}
CLASSES = ("context", "dose", "find", "latest")


def part(name: Any) -> Any:
    return twin_code.part(HARNESS, name)


def digest(text: Any) -> Any:
    return hashlib.sha256(text.encode()).digest()


def kit_seed(kind: Any, index: Any = 0) -> Any:
    seeds = (digest(f"test|{number}") for number in range(200))
    return [seed for seed in seeds if part("incident").kind_of(seed) == kind][index]


def seeds(kind: Any) -> Any:
    return Seeds(kit_seed(kind), digest(f"graded|{kind}"))


def python_files(kit: Any) -> Any:
    return {path: text for path, text in kit.files.items() if path.endswith(".py")}


@pytest.fixture(params=CLASSES)
def kind(request: Any) -> Any:
    return request.param


def test_the_same_seed_gives_the_same_kit_under_another_hash_seed_zone_and_locale() -> None:
    script = (
        "import hashlib, sys; from pathlib import Path\n"
        "from jobtwin.harness.twin_code import load\n"
        "from jobtwin.harness.contract import Seeds\n"
        "h = load(Path(sys.argv[1])); s = Seeds(b'a' * 32, b'b' * 32)\n"
        "k = h.kit(s.kit); w = hashlib.sha256()\n"
        "[w.update(p.encode() + b'|' + c) for p, c in k.files.items()]\n"
        "w.update(repr((k.facts, h.prepare(s), h.gold(b'g' * 32, 2))).encode())\n"
        "print(w.hexdigest())\n"
    )
    said = set()
    for hash_seed, zone, locale in (("1", "UTC", "C"), ("2", "Asia/Kathmandu", "C.UTF-8")):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": locale}
        command = [sys.executable, "-c", script, str(TWIN)]
        result = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        said.add(result.stdout)
    assert len(said) == 1


def test_two_seeds_differ_in_names_code_and_data() -> None:
    one, other = HARNESS.kit(kit_seed("dose", 0)), HARNESS.kit(kit_seed("dose", 1))
    assert one.files["data/products.json"] != other.files["data/products.json"]
    sources = [{p for p in kit.files if p.startswith("src/")} for kit in (one, other)]
    assert not sources[0] & sources[1]
    assert one.facts != other.facts


def test_no_placeholder_and_no_canonical_name_is_left_in_a_kit(kind: Any) -> None:
    kit = HARNESS.kit(kit_seed(kind))
    for path, content in kit.files.items():
        text = content.decode()
        assert "{{" not in text, path
        assert "leafletline" not in text + path


def test_every_python_file_of_a_kit_compiles(kind: Any) -> None:
    for path, content in python_files(HARNESS.kit(kit_seed(kind))).items():
        ast.parse(content, path)


def test_the_class_stands_in_no_file_outside_the_page_that_lists_all_of_them(kind: Any) -> None:
    """Swapping the faulty piece changes code in one file and what the service logged; no more."""
    seed = kit_seed(kind)
    incident = part("incident").draw_incident(seed)
    faulty = part("code").repository(seed, incident.faulty)
    sound = part("code").repository(seed, incident.sound)
    changed = {path for path in faulty if faulty[path] != sound[path]}
    assert faulty.keys() == sound.keys()
    assert changed == {part("code").piece_path(seed, part("pieces").MODULES[kind])}


def test_a_faulty_piece_says_what_a_sound_one_says_except_in_code() -> None:
    """The docstrings of pieces promise the contract and do not give the fault away."""
    pieces = part("pieces")
    giveaways = ("bug", "fault", "wrong", "fuzzy", "fallback", "lexic", "truncat", "todo", "fixme")
    for module in pieces.MODULES.values():
        for piece in (*pieces.SOUND, *pieces.FAULTS):
            text = pieces.source(module, piece).casefold().replace("default", "")
            assert not [word for word in giveaways if word in text], (module, piece)


def test_the_four_classes_are_drawn_about_equally_often() -> None:
    drawn = Counter(part("incident").kind_of(digest(f"class|{n}")) for n in range(800))
    assert set(drawn) == set(CLASSES)
    assert min(drawn.values()) > 150


def test_a_kit_is_made_quickly() -> None:
    fresh = digest("speed")
    start = time.perf_counter()
    HARNESS.kit(fresh)
    assert time.perf_counter() - start < 10


def test_the_plan_shows_no_role_and_no_expectation(kind: Any) -> None:
    plan = HARNESS.prepare(seeds(kind))
    assert all(len(service.id) == 12 and int(service.id, 16) >= 0 for service in plan.services)
    judged = {"status", "reason", "facts", "citation", "expected"}
    asked = [query for service in plan.services for query in service.queries]
    assert all(not judged & set(query) for query in asked)
    assert len(asked) >= 240
    assert len(plan.test_runs) == 4
    others = [service for service in plan.services if service.files is not None]
    assert len({frozenset(service.files) for service in others}) == 1


def test_the_order_of_services_depends_on_the_held_out_seed() -> None:
    orders = set()
    for number in range(12):
        given_seeds = Seeds(kit_seed("dose"), digest(f"order|{number}"))
        ids = part("planning").ids_of(given_seeds)
        roles = {ids[role]: role for role in ids}
        orders.add(tuple(roles[service.id] for service in HARNESS.prepare(given_seeds).services))
    assert len(orders) > 6


def test_the_graded_world_shares_no_name_with_the_kits(kind: Any) -> None:
    plan = HARNESS.prepare(seeds(kind))
    worlds = {service.data["products.json"] for service in plan.services}
    assert len(worlds) == 2
    names = [{row["name"] for row in json.loads(world)} for world in worlds]
    assert not names[0] & names[1]


def test_every_class_breaks_enough_and_leaves_enough_alone(kind: Any) -> None:
    given_seeds = seeds(kind)
    incident = part("incident").draw_incident(given_seeds.kit)
    oracle, queries = part("oracle"), part("queries")
    world = part("world").draw_world(subseed(given_seeds.graded, "world"))
    right, faulty = (oracle.Oracle(world, p) for p in (incident.sound, incident.faulty))
    asked = queries.hidden(world, given_seeds.graded)
    broken = sum(right.reply(query) != faulty.reply(query) for query in asked)
    assert broken >= 28
    assert len(asked) - broken >= 189


def test_all_sound_pieces_agree_and_every_faulty_one_does_not() -> None:
    oracle, pieces, queries = part("oracle"), part("pieces"), part("queries")
    world = part("world").draw_world(b"w" * 32)
    asked = queries.hidden(world, b"q" * 32)
    sound = [oracle.Oracle(world).reply(query) for query in asked]
    other = oracle.Oracle(world, oracle.Pieces(*["sound_b"] * 4))
    assert [other.reply(query) for query in asked] == sound
    for kind in CLASSES:
        for piece in (*pieces.FAULTS, pieces.PARTIAL):
            broken = oracle.Oracle(world, replace(oracle.SOUND, **{kind: piece}))
            assert [broken.reply(query) for query in asked] != sound, (kind, piece)


@given(st.integers(1, 250), st.integers(0, 39))
def test_no_dose_is_above_the_maximum_and_every_dose_is_measurable(weight: Any, index: Any) -> None:
    oracle = part("oracle").Oracle(part("world").draw_world(b"w" * 32))
    product = oracle.world.tables["products"][index % len(oracle.world.tables["products"])]
    reply = oracle.reply({"product": product["name"], "ask": "dose", "weight_kg": weight})
    if reply["status"] == "answered":
        row = oracle.dosing(product["id"], reply["citation"]["version"])
        facts = reply["facts"]
        assert 0 < facts["dose_mg"] <= row["max_single_mg"]
        assert facts["dose_mg"] % row["step_mg"] == 0
        assert facts["daily_mg"] <= row["max_daily_mg"]


def test_the_blast_radius_counts_wrong_answers_after_the_onset_only(kind: Any) -> None:
    incident = part("incident").draw_incident(kit_seed(kind))
    assert incident.wrong == sum(record.reply != record.expected for record in incident.trace)
    assert all(not record.wrong for record in incident.trace if record.at < incident.onset)
    assert incident.wrong >= 20
    assert all(record.wrong for record in incident.reported)


def test_the_trace_of_a_kit_can_be_replayed_into_the_blast_radius(kind: Any) -> None:
    """What the learner can do: send every logged request to a sound service, and compare."""
    seed = kit_seed(kind)
    kit, incident = HARNESS.kit(seed), part("incident").draw_incident(seed)
    rows = [json.loads(line) for line in kit.files["incident/trace.jsonl"].splitlines()]
    sound = part("oracle").Oracle(incident.world)
    differing = 0
    for row in rows:
        reply = sound.reply(row["request"])
        citation = reply["citation"] or {}
        differing += any(reply[name] != row[name] for name in ("status", "reason", "facts")) or any(
            citation.get(name) != row[f"cited_{name}"] for name in ("product", "version", "section")
        )
    assert differing == incident.wrong


def test_the_alerts_of_the_kit_stay_silent_and_the_reference_rule_fires_in_time(kind: Any) -> None:
    alerts, monitoring, solutions = part("alerts"), part("monitoring"), part("solutions")
    incident = part("incident").draw_incident(kit_seed(kind))
    before = HARNESS.kit(kit_seed(kind)).files["monitoring/alerts.yml"]
    onset = (incident.onset - incident.trace[0].at).total_seconds() / 60

    def verdict(content: Any) -> Any:
        return monitoring.alerted(alerts.parse_rules(content), incident.trace, onset)

    assert verdict(before) == (None, "no rule fires")
    late, trouble = verdict(before + solutions.CLASS_RULES[kind].encode())
    assert (0 <= late <= monitoring.FIRE_WITHIN, trouble) == (True, "")


def test_nothing_that_came_back_scores_nothing_and_every_metric_is_there(kind: Any) -> None:
    given_seeds = seeds(kind)
    score = HARNESS.score(given_seeds, Returned({}, {}), Submission({}))
    assert set(score.metrics) == METRICS
    assert score.metrics["fail_to_pass"] == 0
    assert score.metrics["pass_to_pass"] == 0
    assert score.metrics["regression_test"] == 0
    assert score.metrics["repro_minutes"] == -1
    assert score.metrics["first_update_minutes"] == -1
    assert score.notes


def test_without_receipts_times_are_unknown_and_the_rest_is_scored() -> None:
    proofs = sys.modules.get("proofs_of_incident") or _proofs()
    given_seeds = proofs.seeds("dose", 0)
    handed = replace(proofs.solve("reference", given_seeds), receipts=())
    metrics = HARNESS.score(given_seeds, Returned({}, {}), handed).metrics
    assert metrics["first_update_minutes"] == -1
    assert metrics["longest_update_gap_minutes"] == -1
    assert metrics["updates_complete"] == 1
    assert metrics["post_mortem"] == 1
    assert metrics["blast_radius_error"] == 0
    assert metrics["monitoring"] == 1


def _proofs() -> Any:
    return solutions(TWIN)


def test_a_status_other_than_one_does_not_count_as_a_failing_test() -> None:
    given_seeds = seeds("dose")
    ids = part("planning").ids_of(given_seeds)
    wanted = {"untouched": 1, "own": 0, "reference": 0, "special-case": 1}

    def regression(statuses: Any) -> Any:
        tests = {ids[role]: TestReturn(Outcome.OK, status) for role, status in statuses.items()}
        return HARNESS.score(given_seeds, Returned({}, tests), Submission({})).metrics[
            "regression_test"
        ]

    assert regression(wanted) == 1
    assert regression({**wanted, "untouched": 2}) == 0.75
    assert regression({**wanted, "special-case": None}) == 0.75
    assert regression({**wanted, "untouched": True}) == 0.75


def test_notes_tell_counts_and_never_an_expected_answer() -> None:
    given_seeds = seeds("find")
    score = HARNESS.score(given_seeds, Returned({}, {}), Submission({}))
    world = part("world").draw_world(subseed(given_seeds.graded, "world"))
    text = " ".join(score.notes)
    assert not [row["brand"] for row in world.tables["products"] if row["brand"] in text]
    assert "P-" not in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
BODIES = JSON | st.fixed_dictionaries(
    {"status": JSON, "reason": JSON, "facts": JSON, "citation": JSON}
)
FILE_NAMES = st.sampled_from(
    ["repro.json", "updates/01.yml", "updates/99.yml", "POSTMORTEM.md", "monitoring/alerts.yml"]
)
CONTENTS = st.binary(max_size=200) | st.sampled_from(
    [
        b'{"class": [], "call": 1, "got": {"status": 1}, "expected": null}',
        b'{"class": "dose", "got": {"status": "answered"}, "expected": {"status": "refused"}}',
        b"[" * 5000,
        b"rules: [&a {name: x}, *a]",
        b"rules:\n- {name: x, metric: count, window_minutes: 1e999, threshold: .nan}\n",
        b"rules: 3",
        b"## Blast radius\nWrong answers: 99999999999\n## Timeline\n- 25:99 x\n- 12:00 [repro] y",
        b"# Timeline\n" + b"- 10:00 x\n" * 9000,
    ]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=BODIES,
    milliseconds=st.floats() | st.integers(),
    status=st.none() | st.integers(),
    files=st.dictionaries(FILE_NAMES, CONTENTS, max_size=5),
    outcome=st.sampled_from(list(Outcome)),
)
def test_whatever_comes_back_is_scored_without_an_exception(
    body: Any, milliseconds: Any, status: Any, files: Any, outcome: Any
) -> None:
    given_seeds = seeds("find")
    answer = Answer(outcome, body, milliseconds)
    ids = part("planning").ids_of(given_seeds).values()
    returned = Returned(
        {name: ServiceReturn(outcome, (answer,) * 500, answer) for name in ids},
        {name: TestReturn(outcome, status) for name in ids},
    )
    score = HARNESS.score(given_seeds, returned, Submission(files, files))
    assert set(score.metrics) == METRICS
    assert all(-1 <= value < 1e6 for value in score.metrics.values())
    assert score.metrics["fail_to_pass"] < 1
    assert score.metrics["monitoring"] == 0
    report = report_of(RECORD, score, (), "failed")
    assert reports.read(reports.write(report)) == report


def test_plots_say_what_the_figures_say() -> None:
    given_seeds = seeds("dose")
    score = HARNESS.score(given_seeds, Returned({}, {}), Submission({}))
    first = {plot.title: plot.rows[0].value for plot in score.report if isinstance(plot, Rows)}
    assert first["Mended answers"] == score.metrics["fail_to_pass"] == 0
    # The latency budget is one question more, and nothing was answered in time either.
    assert first["Answers left alone"] == score.metrics["pass_to_pass"] == 0
    tested = next(plot for plot in score.report if plot.title.startswith("What the regression"))
    assert isinstance(tested, Rows)
    assert [row.value for row in tested.rows] == [0, 0, 0, 0]
    assert not [plot for plot in score.report if plot.title == "The live window"]


def test_answers_that_only_look_alike_are_told_apart() -> None:
    same = part("scoring").same
    assert same({"a": [1, None]}, {"a": [1.0, None]})
    assert not same(True, 1)
    assert not same({"a": 1}, {"a": 1, "b": 2})
    assert not same([1], [1, 1])
    assert not same(float("nan"), 1)


def test_gold_items_differ_and_hold_the_planned_proportions() -> None:
    items = HARNESS.gold(b"gold" * 8, 24)
    assert len({hashlib.sha256(repr(item.files).encode()).digest() for item in items}) == 24
    exemplars = part("exemplars")
    for dimension in exemplars.DIMENSIONS:
        levels = Counter(item.scores[dimension] for item in items)
        expected = {ANCHORS[level]: share for level, share in PROPORTIONS.items()}
        assert levels == expected, dimension


def test_every_point_a_gold_item_loses_has_a_defect_and_the_grid_is_kept() -> None:
    exemplars = part("exemplars")
    for item in HARNESS.gold(b"grid" * 8, 6):
        assert set(item.scores) == set(exemplars.DIMENSIONS)
        assert all(round(score * 20) == score * 20 for score in item.scores.values())
        assert len(item.defects) == sum(score < 1 for score in item.scores.values())
        assert "harness-report.txt" in item.files


def test_gold_reports_agree_with_the_planned_levels() -> None:
    exemplars = part("exemplars")

    def figure(item: Any, name: Any) -> Any:
        lines = item.files["harness-report.txt"].decode().splitlines()
        return float(next(line for line in lines if line.startswith(name)).split()[1])

    for item in HARNESS.gold(b"agree" * 6 + b"xx", 24):
        right_fix = item.scores["hotfix_correctness"] >= 0.75
        assert (figure(item, "fail_to_pass") == 1) is right_fix
        assert (figure(item, "repro ") == 1) is (item.scores["diagnosis_speed"] > 0)
        if item.scores["postmortem_quality"] == 1:
            assert figure(item, "post_mortem") == 1
        if item.scores["communication"] == 1:
            assert figure(item, "first_update_minutes") <= 15
            assert figure(item, "longest_update_gap_minutes") <= 30
    assert len(exemplars.DIMENSIONS) == 5


def test_gold_prose_is_not_one_text_per_level() -> None:
    items = HARNESS.gold(b"prose" * 7, 48)
    for path, dimension in (
        ("POSTMORTEM.md", "postmortem_quality"),
        ("updates.md", "communication"),
    ):
        for score in (0.25, 0.5, 0.75, 1.0):
            texts = [i.files[path] for i in items if i.scores[dimension] == score]
            # Without times of day and dates, which differ in any case.
            plain = {re.sub(rb"[0-9]+", b"", text) for text in texts}
            assert len(plain) >= min(len(texts), 4), (path, score)


def test_gold_sets_are_good_enough_to_measure_with() -> None:
    from jobtwin.acts.calibrate.making import refuse_weak
    from jobtwin.records.base import load
    from jobtwin.records.organisation import CalibrationPolicy
    from jobtwin.records.twin import Twin

    twin = load(Twin, (TWIN / "twin.yml").read_bytes()).record
    policies = TWIN.parents[1] / "policy"
    policy = load(CalibrationPolicy, (policies / "calibration-2026-01.yml").read_bytes()).record
    for seed in (b"first", b"second", b"third"):
        refuse_weak(HARNESS.gold(seed * 6, 24), twin, policy)


def test_proofs_name_every_solution_that_can_be_solved() -> None:
    proofs = _proofs()
    from jobtwin import yamlfile

    listed = yamlfile.parse((TWIN / "proofs" / "proofs.yml").read_bytes()).data
    kinds = Counter(proof["kind"] for proof in listed)
    assert kinds["reference"] == kinds["untouched"] == 1
    assert all((proof["kind"] == "reference") == ("fails_on" not in proof) for proof in listed)
    assert {proof.get("fails_on") for proof in listed} - {None} <= METRICS
    given_seeds = proofs.seeds("latest", 1)
    for proof in listed:
        assert proofs.solve(proof["id"], given_seeds).files
    with pytest.raises(ValueError, match="no proof"):
        proofs.solve("nonsense", given_seeds)


def test_seeds_of_a_case_are_counted_and_of_that_class() -> None:
    proofs = _proofs()
    found = [proofs.seeds(case, index) for case in proofs.cases for index in (0, 1)]
    assert len({given_seeds.kit for given_seeds in found}) == len(found)
    kinds = [part("incident").kind_of(given_seeds.kit) for given_seeds in found]
    assert kinds == [case for case in proofs.cases for _ in range(2)]


def test_a_row_without_the_field_meets_no_condition() -> None:
    alerts = part("alerts")
    rules = alerts.parse_rules(
        b"rules:\n- {name: a, metric: count, of: dose_mg > register_max_mg and ask == dose,"
        b" window_minutes: 30, comparator: '>', threshold: 0}\n"
    )
    condition = rules[0].of[0]
    assert condition.holds({"dose_mg": 5, "register_max_mg": 4})
    assert not condition.holds({"dose_mg": 5, "register_max_mg": None})
    assert not condition.holds({"dose_mg": "5", "register_max_mg": 4})


def test_samples_are_replayed_in_windows_that_are_full() -> None:
    alerts = part("alerts")
    quiet = (
        b"rules:\n- {name: quiet, metric: count, of: status == answered, window_minutes: 30,"
        b" min_requests: %d, comparator: '<', threshold: 2}\n"
    )
    rule, patient = (alerts.parse_rules(quiet % least)[0] for least in (0, 1))
    rows = [alerts.Sample(float(minute), {"status": "answered"}) for minute in range(90)]
    assert alerts.first_firing(rule, rows) is None
    assert alerts.first_firing(rule, rows[:31] + rows[80:]) == 60
    assert alerts.first_firing(patient, rows[:31] + rows[80:]) == 80
