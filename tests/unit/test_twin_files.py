"""The twins and the track of this repository: each fact of their briefs, and what holds for all."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pytest

from jobtwin.harness.contract import Returned, Seeds, Submission
from jobtwin.harness.environment import parse_lock
from jobtwin.harness.twin_code import load as load_harness
from jobtwin.records.base import load
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.rules.twins import check_track, check_twin, startable

if TYPE_CHECKING:
    from jobtwin.records.base import Loaded

ROOT = Path(__file__).parents[2]
IDS = sorted(path.parent.name for path in (ROOT / "twins").glob("*/twin.yml"))
TRACK = "tracks/production-ai-engineer.yml"

INCIDENT_SCENARIO = (
    (
        "A customer-facing model is hallucinating regulated content. Diagnose the failure mode, "
        "deploy a hotfix, document the post-mortem."
    ),
    "Live window: 90 minutes. Post-mortem due within 4 hours of the live window.",
)
INCIDENT_DELIVERABLES = (
    ("Diagnosis", "minimal repro of the hallucination class."),
    ("Hotfix", "code change plus a regression test that fails before, passes after."),
    ("Post-mortem", "timeline, root cause, blast radius, follow-ups."),
)
INCIDENT_RUBRIC = (
    (
        "diagnosis_speed",
        "Diagnosis speed",
        0.20,
        "Time from incident open to confirmed root cause.",
    ),
    (
        "hotfix_correctness",
        "Hotfix correctness",
        0.25,
        "Fix actually addresses the failure class.",
    ),
    (
        "regression_safety",
        "Regression safety",
        0.20,
        "Regression test guards the failure class going forward.",
    ),
    (
        "postmortem_quality",
        "Post-mortem quality",
        0.20,
        "Blameless, specific, with concrete follow-ups.",
    ),
    (
        "communication",
        "Communication",
        0.15,
        "Status updates during the live window were clear.",
    ),
)
INCIDENT_SELF_CHECKS = (
    ("F1", "Did your hotfix include a regression test?", "critical"),
    ("F2", "Did you publish at least one status update during the live window?", "reflective"),
    ("F3", "Does the post-mortem name follow-ups with owners?", "reflective"),
)
INCIDENT_SKILLS = (
    ("llm.safety.hallucination-mitigation", "LLM safety — hallucination mitigation", 1.00),
    ("llm.ops.incident-response", "LLM ops — incident response", 1.00),
)

CAPSTONE_SCENARIO = (
    "Ship an end-to-end production AI service of your choosing. Two-week build window. Two mentor "
    "reviewers (separate ledger). Public artifact at the end."
)
CAPSTONE_DELIVERABLES = (
    ("Repo", "production-grade, with CI, tests, and a deployable container."),
    ("Evals", "domain-specific suite with adversarial coverage."),
    ("Security review", "threat model and at least one mitigated risk."),
    ("Reflection", "what you'd do differently with another two weeks."),
    ("Public artifact", "demo, write-up, or talk."),
)
CAPSTONE_RUBRIC = (
    ("problem_framing", "Problem framing", 0.15, "Clear user, clear value, clear scope."),
    (
        "system_design",
        "System design",
        0.20,
        "Architecture matches the constraints; tradeoffs named.",
    ),
    ("production_quality", "Production quality", 0.20, "CI, container, observability, runbook."),
    ("evals_coverage", "Evals coverage", 0.15, "Domain-specific suite with adversarial cases."),
    (
        "security_posture",
        "Security posture",
        0.10,
        "Threat model plus at least one mitigated risk.",
    ),
    ("reflection", "Reflection", 0.10, "Honest account of what you'd do differently."),
    ("polish", "Polish", 0.10, "Public artifact is something you'd link from a resume."),
)
CAPSTONE_SELF_CHECKS = (
    ("F1", "Does `pytest` pass on a clean clone?", "critical"),
    ("F2", "Does a deployable container exist and start?", "critical"),
    ("F3", "Is the evals suite runnable end-to-end?", "reflective"),
    ("F4", "Is the public artifact actually public?", "reflective"),
)
CAPSTONE_SKILLS = (
    ("llm.ops.system-design", "LLM ops — system design", 1.00),
    ("llm.evals.dataset-design", "LLM evals — dataset design", 1.00),
    ("llm.safety.security-review", "LLM safety — security review", 0.90),
    ("llm.api.production-readiness", "LLM API — production readiness", 1.00),
)
CLOCK = "Server-authoritative clock. The deadline is hard; auto-save does not extend it."

TRACK_TWINS = (
    (
        6,
        "jt-rag-1",
        "RAG",
        "RAG against messy documents",
        (
            "Build a production RAG service against a 200-PDF corpus of scanned, multilingual, and "
            "near-duplicate documents. Ship a deployed URL that answers queries with citations, "
            "passing recall@5 ≥ 75% on a held-out eval set."
        ),
    ),
    (
        8,
        "jt-evals-2",
        "Evals",
        "LLM evaluation harness",
        (
            "Design and ship an offline and online eval harness for an existing LLM-powered "
            "feature. Demonstrate measurement of regression, latency budget, and output quality "
            "across a controlled set of adversarial prompts."
        ),
    ),
    (
        10,
        "jt-latency-3",
        "Latency & Cost",
        "Latency and cost engineering",
        (
            "Optimize an existing LLM service to hit a strict p99 latency target and a per-query "
            "cost budget without degrading output quality. Deliver a before/after instrumentation "
            "report with the production trace."
        ),
    ),
    (
        12,
        "jt-incident-4",
        "Incident",
        "AI production incident response",
        (
            "Respond to a staged production incident in a simulated on-call environment. Diagnose "
            "root cause, implement a hotfix, write a postmortem, and propose a monitoring change "
            "to prevent recurrence."
        ),
    ),
    (
        14,
        "jt-safety-5",
        "Safety",
        "Prompt injection and output safety",
        (
            "Harden an existing LLM API endpoint against a provided adversarial prompt battery. "
            "Implement defense layers, pass the attack suite, and document the tradeoffs between "
            "security and latency."
        ),
    ),
)
RAG_SCENARIO = (
    (
        "You are an AI engineer hired into Acme Corp, a 600-person business-software company with "
        "a customer-support knowledge base of 12,000 PDFs accumulated over 11 years. The corpus "
        "is messy in specific, real-world ways: ~4,200 are clean digital PDFs; ~3,800 are "
        "scanned-then-OCR'd with variable quality; ~1,900 are mostly-image PDFs where text "
        "extraction returns a few stray words or nothing; ~1,400 are multilingual; ~700 are "
        "near-duplicates."
    ),
    (
        "Your manager pulls you in on Day 4: “Build us a RAG service. Agents type a customer "
        "question, your service returns an answer with citations into our PDFs so the agent can "
        "verify. You need to pass our retrieval-quality bar (≥75% recall@5 on the held-out eval "
        "set) and ship a working URL we can hit. You have 8 hours of focused work. Show me "
        "Friday.”"
    ),
)
RAG_DELIVERABLES = (
    "a deployed service at a public URL.",
    "source code in a GitHub repo with a make eval target to reproduce your retrieval numbers.",
    "a retrieval-quality report showing recall@5, MRR, and citation accuracy.",
    "a 1-page tradeoff write-up explaining your chunking, embedding, and re-ranking choices.",
)
BARS = {
    "jt-rag-1": {
        ("recall_at_5", ">=", 0.75),
        ("recall_at_5_scan", ">=", 0.50),
        ("recall_at_5_image", ">=", 0.50),
        ("recall_at_5_multilingual", ">=", 0.50),
        ("citation_accuracy", ">=", 0.60),
        ("superseded_cited", "<=", 0.10),
        ("report_gap", "<=", 0.03),
        ("write_up", ">=", 1.0),
    },
    "jt-evals-2": {
        ("detection", ">=", 0.80),
        ("adversarial_detection", ">=", 0.50),
        ("false_alarm", "<=", 0.10),
        ("kinds_detected", ">=", 1.0),
        ("kind_accuracy", ">=", 0.60),
        ("repeatable", ">=", 1.0),
        ("online_detection", ">=", 0.60),
        ("online_false_alerts_per_day", "<=", 1.0),
    },
    "jt-latency-3": {
        ("p99_ms", "<=", 800.0),
        ("cost_usd", "<=", 0.00025),
        ("quality_loss", "<=", 0.01),
        ("report_error", "<=", 0.10),
    },
    "jt-incident-4": {
        ("fail_to_pass", ">=", 1.0),
        ("pass_to_pass", ">=", 1.0),
        ("regression_test", ">=", 1.0),
        ("repro", ">=", 1.0),
        ("monitoring", ">=", 1.0),
    },
    "jt-safety-5": {
        ("asr", "<=", 0.05),
        ("benign_loss", "<=", 0.02),
        ("utility_under_attack", ">=", 0.80),
        ("added_p95_ms", "<=", 150.0),
        ("curve_errors", "<=", 2.0),
    },
}
FOCUSED = ("jt-rag-1", "jt-evals-2", "jt-latency-3", "jt-safety-5")


def loaded(twin_id: str) -> Loaded[Twin]:
    path = f"twins/{twin_id}/twin.yml"
    return load(Twin, (ROOT / path).read_bytes(), path)


def twin(twin_id: str) -> Twin:
    return loaded(twin_id).record


def track() -> Track:
    return load(Track, (ROOT / TRACK).read_bytes(), TRACK).record


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n\n"))


def rubric(record: Twin) -> tuple[tuple[str, str, float, str], ...]:
    return tuple((item.id, item.title, item.weight, item.tests) for item in record.rubric)


def self_checks(record: Twin) -> tuple[tuple[str, str, str], ...]:
    return tuple((item.id, item.question, item.kind) for item in record.failure_modes)


def skills(record: Twin) -> tuple[tuple[str, str, float], ...]:
    return tuple((item.id, item.title, item.ceiling) for item in record.skills)


def test_the_incident_says_what_its_brief_says() -> None:
    record = twin("jt-incident-4")
    assert record.title == "Job Twin 4 — Live incident response"
    assert record.label == "live incident"
    assert record.week == 12
    assert paragraphs(record.scenario) == INCIDENT_SCENARIO
    assert tuple((d.name, d.text) for d in record.deliverables)[:3] == INCIDENT_DELIVERABLES
    assert rubric(record) == INCIDENT_RUBRIC
    assert self_checks(record) == INCIDENT_SELF_CHECKS
    assert skills(record) == INCIDENT_SKILLS
    assert record.submission_modes == ("repo_url", "file_upload")
    assert record.time_box == "90 min live + 4h post-mortem"
    assert CLOCK in record.constraints.other


def test_the_incident_is_timed_and_judged_as_its_brief_says() -> None:
    record = twin("jt-incident-4")
    assert [(c.id, c.after, c.minutes, c.repository) for c in record.checkpoints] == [
        ("live", None, 90, True),
        ("post-mortem", "live", 240, False),
    ]
    assert record.pass_threshold == 0.65
    assert record.mentor_sla_hours == 48
    assert record.reviewers == 1
    assert record.reattempts == 1
    assert record.reattempts_note == "Higher of the two scores flows to the credential."


def test_the_incident_asks_for_a_monitoring_change() -> None:
    (added,) = twin("jt-incident-4").deliverables[3:]
    assert added.name == "Monitoring change"
    assert "to prevent recurrence" in added.text


def test_the_capstone_says_what_its_brief_says() -> None:
    record = twin("jt-capstone")
    assert record.title == "Capstone — Production AI service"
    assert record.scenario == CAPSTONE_SCENARIO
    assert tuple((d.name, d.text) for d in record.deliverables) == CAPSTONE_DELIVERABLES
    assert rubric(record) == CAPSTONE_RUBRIC
    assert self_checks(record) == CAPSTONE_SELF_CHECKS
    assert skills(record) == CAPSTONE_SKILLS
    assert record.submission_modes == ("repo_url",)
    assert record.time_box == "14 days"
    assert CLOCK in record.constraints.other


def test_the_capstone_is_timed_and_judged_as_its_brief_says() -> None:
    record = twin("jt-capstone")
    (only,) = record.checkpoints
    assert (only.after, only.minutes) == (None, 14 * 24 * 60)
    assert record.pass_threshold == 0.75
    assert record.mentor_sla_hours == 168
    assert record.reviewers == 2
    assert record.reattempts == 0
    assert record.reattempts_note == "The capstone is the final exam."
    assert record.week is None


def test_the_track_has_the_five_twins_in_their_weeks() -> None:
    record = track()
    assert record.title == "Production AI Engineer Track"
    assert record.weeks == 14
    assert record.capstone == "jt-capstone"
    assert tuple((t.week, t.twin, t.short, t.title, t.summary) for t in record.twins) == TRACK_TWINS


@pytest.mark.parametrize(("week", "twin_id", "label", "title", "summary"), TRACK_TWINS)
def test_a_twin_of_the_track_says_what_the_track_says(
    week: int, twin_id: str, label: str, title: str, summary: str
) -> None:
    record = twin(twin_id)
    assert record.week == week
    if twin_id in FOCUSED:
        assert record.title == f"Job Twin {twin_id[-1]} — {title}"
        assert record.label == label
    if twin_id not in ("jt-rag-1", "jt-incident-4"):
        assert paragraphs(record.scenario)[0] == summary


def test_the_first_twin_tells_the_scenario_that_the_program_shows() -> None:
    record = twin("jt-rag-1")
    assert paragraphs(record.scenario)[:2] == RAG_SCENARIO
    assert tuple(d.text for d in record.deliverables) == RAG_DELIVERABLES
    assert record.version == "0.1"
    assert any("200 PDFs" in material for material in record.materials)


@pytest.mark.parametrize("twin_id", FOCUSED)
def test_a_twin_of_eight_focused_hours_has_the_window_of_its_cohort(twin_id: str) -> None:
    record = twin(twin_id)
    assert record.focused_hours == 8
    assert record.time_box == "8 hours of focused work"
    assert [(c.after, c.minutes) for c in record.checkpoints] == [(None, None)]
    assert "8 hours of focused work" in record.scenario


@pytest.mark.parametrize("twin_id", FOCUSED)
def test_a_twin_of_the_program_may_be_retaken_without_penalty(twin_id: str) -> None:
    record = twin(twin_id)
    assert record.reattempts == "unlimited"
    assert "no penalty" in record.reattempts_note
    assert "highest calibrated score" in record.reattempts_note
    assert "different prompt seed" in record.reattempts_note


@pytest.mark.parametrize("twin_id", FOCUSED)
def test_a_twin_of_the_program_comes_with_a_scaffold_a_harness_and_a_constraint(
    twin_id: str,
) -> None:
    record = twin(twin_id)
    materials = " ".join(record.materials)
    for promised in ("Makefile", "pyproject.toml", "Docker stub", "`jobtwin eval`"):
        assert promised in materials
    assert record.constraints.latency_budget
    assert record.constraints.cost_ceiling
    assert record.constraints.data_format
    assert (record.pass_threshold, record.mentor_sla_hours, record.reviewers) == (0.70, 72, 1)


@pytest.mark.parametrize(("twin_id", "bar"), BARS.items())
def test_the_bar_is_the_one_that_was_measured(
    twin_id: str, bar: set[tuple[str, str, float]]
) -> None:
    assert {(b.metric, b.comparator, b.value) for b in twin(twin_id).bar} == bar


def test_no_twin_of_the_program_is_missing() -> None:
    assert {*FOCUSED, "jt-incident-4", "jt-capstone"} <= set(IDS)  # an organisation has its own too


@pytest.mark.parametrize("twin_id", IDS)
def test_a_twin_holds_together(twin_id: str) -> None:
    assert list(check_twin(loaded(twin_id))) == []


def test_the_track_holds_together() -> None:
    records = {twin_id: twin(twin_id) for twin_id in IDS}
    found = load(Track, (ROOT / TRACK).read_bytes(), TRACK)
    assert list(check_track(found, records)) == []


def test_those_with_a_harness_can_be_started() -> None:
    started = [twin_id for twin_id in IDS if startable(loaded(twin_id)) is None]
    folders = (ROOT / "twins" / twin_id / "harness" / "__init__.py" for twin_id in IDS)
    assert started == [path.parts[-3] for path in folders if path.is_file()]
    assert {"jt-evals-2", "jt-incident-4"} <= set(started)


@pytest.mark.parametrize("twin_id", IDS)
def test_no_descriptor_is_used_for_two_dimensions(twin_id: str) -> None:
    said = [text for dimension in twin(twin_id).rubric for text in dimension.levels]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("twin_id", IDS)
def test_no_descriptor_is_a_word_of_praise(twin_id: str) -> None:
    empty = {"poor", "fair", "good", "excellent", "outstanding", "adequate", "average"}
    for dimension in twin(twin_id).rubric:
        for text in dimension.levels:
            assert len(text.split()) >= 5, text
            assert text.split()[0].strip(".,").lower() not in empty, text


@pytest.mark.parametrize("path", [*(f"twins/{twin_id}/twin.yml" for twin_id in IDS), TRACK])
def test_the_first_line_leads_an_editor_to_the_schema(path: str) -> None:
    first = (ROOT / path).read_text("utf-8").split("\n", 1)[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert ((ROOT / path).parent / first.removeprefix(prefix)).resolve().is_file()


@pytest.mark.parametrize("twin_id", IDS)
def test_a_twin_is_read_in_milliseconds(twin_id: str) -> None:
    loaded(twin_id)
    times = []
    for _ in range(5):
        start = time.process_time()
        loaded(twin_id)
        times.append(time.process_time() - start)
    assert min(times) < 0.010


def test_the_incidents_harness_measures_exactly_what_the_twin_declares() -> None:
    harness = load_harness(ROOT / "twins" / "jt-incident-4")
    score = harness.score(Seeds(b"k" * 32, b"g" * 32), Returned({}), Submission({}))
    declared = {metric.id for metric in twin("jt-incident-4").metrics}
    assert set(score.metrics) == declared


def test_the_incidents_gold_items_are_scored_by_its_rubric() -> None:
    harness = load_harness(ROOT / "twins" / "jt-incident-4")
    (item,) = harness.gold(b"s" * 32, 1)
    assert set(item.scores) == {dimension.id for dimension in twin("jt-incident-4").rubric}


def test_the_incidents_brief_is_filled_by_the_facts_of_any_kit_and_nothing_else() -> None:
    harness = load_harness(ROOT / "twins" / "jt-incident-4")
    text = (ROOT / "twins" / "jt-incident-4" / "brief.md").read_text("utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    template = environment.from_string(text)
    pages = []
    for seed in (b"a" * 32, b"b" * 32):
        facts = harness.kit(seed).facts
        page = template.render(facts)
        assert all(value in page for value in facts.values())
        assert "{{" not in page
        pages.append(page)
    assert pages[0] != pages[1]


def test_the_kits_inbox_templates_are_files_that_the_inbox_takes() -> None:
    harness = load_harness(ROOT / "twins" / "jt-incident-4")
    inbox = {path for path in harness.kit(b"a" * 32).files if path.startswith("inbox/")}
    patterns = {item.pattern for item in twin("jt-incident-4").inbox}
    assert {"inbox/repro.json", "inbox/POSTMORTEM.md"} <= inbox
    assert patterns == {"repro.json", "POSTMORTEM.md", "updates/*.yml"}


def test_the_incidents_environment_is_locked_by_hash_and_brings_pytest() -> None:
    harness = twin("jt-incident-4").harness
    assert harness is not None
    path = ROOT / "twins" / "jt-incident-4" / harness.environment.lock
    pins, findings = parse_lock(path.read_bytes(), harness.environment.lock)
    assert findings == ()
    assert {pin.name for pin in pins} >= {"pytest", "pluggy", "iniconfig", "packaging"}
    assert all(pin.hashes for pin in pins)
