from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import markdown  # type: ignore[import-untyped] # it has no types
import pytest

from jobtwin.records.base import load
from jobtwin.records.organisation import Cohort, Window
from jobtwin.records.twin import Twin
from jobtwin.site.twin_page import CLOCK_RULE, twin_page

if TYPE_CHECKING:
    from pathlib import Path

# In the order of the briefs; what they do not have comes before the start.
SECTIONS = [
    "Scenario",
    "Deliverables",
    "Materials",
    "Time-box",
    "Submission modes",
    "Rubric",
    "Failure modes",
    "Skill assertions on offer",
    "Mentor SLA",
    "Pass threshold",
    "Re-attempts",
    "Quantitative bar",
    "How hard it is, measured",
    "Harness limits",
    "Start this twin",
]
EXTENSIONS = ["attr_list", "pymdownx.details", "tables"]
FACTS = [
    "live incident · 90 min live &#43; 4h post-mortem · pass 65%",
    "**Diagnosis** — minimal repro of the hallucination class.",
    CLOCK_RULE,
    "The first mode listed is the default on the submit screen.",
    "| Hotfix correctness `hotfix_correctness` | 25% | Fix actually addresses the failure class. |",
    '??? note "Diagnosis speed: five levels"',
    "| F1 | Did your hotfix include a regression test? | critical |",
    "| F3 | Does the post-mortem name follow-ups with owners? | reflective |",
    "max weight 1.00",
    "**48h**: from mentor claim to signoff.",
    "**65%**: weighted-average overall score.",
    "**1**: Higher of the two scores flows to the credential.",
    "at least 1",
    "| Memory | 512 MiB | `crashed`",
    "twin: jt-incident-4",
]


def test_a_brief_has_its_sections_in_the_order_of_the_briefs(twin: Twin) -> None:
    assert re.findall(r"^## (.*)$", twin_page(twin), re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("fact", FACTS)
def test_a_brief_shows_every_fact(twin: Twin, fact: str) -> None:
    page = re.sub(r"\{ #[^}]* \}", "", twin_page(twin))
    assert fact in page


def test_all_thirty_anchors_unfold_without_a_script(twin: Twin) -> None:
    html = markdown.markdown(twin_page(twin), extensions=EXTENSIONS)
    assert html.count("<details") == len(twin.rubric)
    blocks = re.findall(r"<details.*?</details>", html, re.DOTALL)
    assert [block.count("<li>") for block in blocks] == [5] * len(twin.rubric)


def test_a_credential_can_name_every_part_of_the_brief(twin: Twin) -> None:
    html = markdown.markdown(twin_page(twin), extensions=EXTENSIONS)
    names = ["brief", "overall", "best-of"]
    for row in twin.rubric:
        names += [row.id, *(f"{row.id}-level-{level}" for level in range(1, 6))]
    names += [name for skill in twin.skills for name in (skill.id, f"skill-{skill.id}")]
    names += [f"metric-{metric.id}" for metric in twin.metrics]
    assert {name: html.count(f'id="{name}"') for name in names} == dict.fromkeys(names, 1)


def test_a_twin_without_a_harness_says_plainly_that_it_cannot_be_started(twin: Twin) -> None:
    page = twin_page(twin.model_copy(update={"harness": None}))
    assert page.count("cannot be started yet") == 2
    assert "start.yml" not in page


def test_two_reviewers_and_no_re_attempt_are_said(pytestconfig: pytest.Config) -> None:
    path: Path = pytestconfig.rootpath / "twins/jt-capstone/twin.yml"
    page = twin_page(load(Twin, path.read_bytes()).record)
    assert "Two mentors review, on separate ledgers" in page
    assert "**none**{ #best-of }: The capstone is the final exam." in page
    assert "**168h**" in page


def test_a_window_of_the_cohort_stands_in_the_time_box(twin: Twin) -> None:
    moment = datetime(2026, 9, 1, tzinfo=UTC)
    cohort = Cohort(
        format=1,
        id="autumn-2026",
        track="t",
        opens=moment,
        closes=moment,
        visibility="open",
        windows=(Window(twin=twin.id, days=9),),
        secret_commitment="sha256:" + "0" * 64,
    )
    point = twin.checkpoints[0].model_copy(update={"minutes": None})
    page = twin_page(twin.model_copy(update={"checkpoints": (point,)}), [cohort])
    assert "closes after the window of days that your cohort sets" in page
    assert "- Cohort `autumn-2026`: 9 days" in page


def test_what_the_visibility_policy_says_stands_where_a_learner_starts(twin: Twin) -> None:
    page = twin_page(twin, visibility="All is open.\n\nReally.")
    assert page.endswith("All is open.\n\nReally.\n")


def test_html_in_a_twins_text_is_shown_and_not_run(twin: Twin) -> None:
    nasty = "<script>alert(1)</script>"
    page = twin_page(twin.model_copy(update={"scenario": nasty, "title": nasty, "team": nasty}))
    assert "<script" not in markdown.markdown(page)
