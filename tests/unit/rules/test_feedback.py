"""What a learner is told: with three reviews which two count, after an appeal both decisions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobtwin.records.base import load
from jobtwin.records.grade import (
    Comment,
    Decision,
    DimensionScore,
    Evidence,
    Review,
    SkillAssertion,
)
from jobtwin.records.submission import Evaluated, Measured
from jobtwin.records.twin import Twin
from jobtwin.rules import panel
from jobtwin.rules.feedback import Before, Case, feedback, first_decision, plain

PROJECT = Path(__file__).parents[3]
TWIN = load(Twin, (PROJECT / "twins" / "jt-incident-4" / "twin.yml").read_bytes()).record
T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERE = (Evidence(file="src/app.py", line=12), Evidence(quote="keyed by name"))


def review(score: float, words: str = "Sound.") -> Review:
    return Review(
        format=1,
        attempt="a" * 32,
        claim="sha256:" + "b" * 64,
        mentor="mia",
        scores=tuple(
            DimensionScore(dimension=part.id, score=score, evidence=HERE, comment=f"{words} {n}")
            for n, part in enumerate(TWIN.rubric)
        ),
        skills=(SkillAssertion(id=TWIN.skills[0].id, weight=0.5, evidence=HERE),),
        comments=(Comment(file="src/app.py", line=12, text="Keyed wrongly."),),
        summary=f"In short: {words}",
    )


def measured(met: bool = True) -> Evaluated:
    bar = Measured(metric="fail_to_pass", value=float(met), comparator=">=", bar=1.0, met=met)
    return Evaluated(
        format=1,
        at=T0,
        event="e:1",
        previous=None,
        key="clock",
        attempt="a" * 32,
        number=1,
        graded=(),
        outcome="passed" if met else "failed",
        bar=(bar,),
        counts=True,
    )


def decided(reviews: list[Review], numbers: tuple[int, ...] = (), **given: Any) -> Decision:
    overall = panel.overall(TWIN, reviews)
    counted = panel.counting(TWIN, reviews)
    places = [n for n, one in zip(numbers, reviews, strict=False) if any(one is c for c in counted)]
    data: dict[str, Any] = {
        "format": 1,
        "at": T0,
        "event": "e:2",
        "previous": None,
        "key": "desk",
        "attempt": "a" * 32,
        "evaluation": "sha256:" + "c" * 64,
        "reviews": ("sha256:" + "d" * 64,),
        "counting": tuple(places) if len(reviews) > 2 else (),
        "dimensions": panel.dimensions(TWIN, reviews),
        "overall": overall,
        "threshold": TWIN.pass_threshold,
        "bar_met": True,
        "verdict": "pass" if overall >= TWIN.pass_threshold else "retake",
        "attempts_left": 1,
        "best": "a" * 32,
        "reasons": ("The quantitative bar is met.",),
        **given,
    }
    return Decision(**data)


def told(reviews: list[Review], **given: Any) -> str:
    numbers = tuple(range(1, len(reviews) + 1))
    return feedback(
        Case(TWIN, measured(), reviews, decided(reviews, numbers), numbers=numbers, **given)
    )


def section(said: str, title: str) -> str:
    """Return what stands below a heading of the second level."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", said, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[1]


@pytest.mark.parametrize("score", [0.3, 0.9])
def test_every_dimension_is_told_whole_passed_or_not(score: float) -> None:
    said = told([review(score)])
    for n, part in enumerate(TWIN.rubric):
        assert f"### {plain(part.title)}: {score:g}, level" in said
        assert f"> Sound. {n}" in said
        level = panel.dimensions(TWIN, [review(score)])[n].level
        assert plain(part.levels[level - 1]) in said
    assert said.count("- `src/app.py:12`\n- “keyed by name”") == len(TWIN.rubric)
    assert "- `src/app.py:12`: Keyed wrongly." in said


def test_what_to_do_next_stands_before_the_details() -> None:
    said = told([review(0.3)])
    heads = re.findall(r"^## (.*)$", said, re.MULTILINE)
    assert heads == ["What now", "Figures", "Rubric", "In your files"]
    assert "0.35 more overall. Most is to be had at" in section(said, "What now")


def test_one_review_is_told_without_a_word_about_a_panel() -> None:
    said = told([review(0.7)])
    assert "Mentor 1" not in said
    assert "How the mentors agreed" not in said


def test_two_reviews_are_told_beside_each_other_with_their_mean() -> None:
    said = section(told([review(0.7, "Good."), review(0.75, "Fine.")]), "How the mentors agreed")
    assert "Scores are their mean; skills are those that both assert" in said
    assert f"| {plain(TWIN.rubric[0].title)} | 0.7 | 0.75 | **0.725** |" in said


def test_of_three_reviews_it_says_which_two_count_and_why_a_third_was_asked() -> None:
    said = told([review(0.9, "Splendid."), review(0.5, "Weak."), review(0.55, "Middling.")])
    panel_said = section(said, "How the mentors agreed")
    assert "- the overall scores 0.9 and 0.5 lie 0.15 apart or more." in panel_said
    assert "- only one of them reaches the threshold 0.65." in panel_said
    assert f"- {TWIN.rubric[0].title} is at level 5 and at level 3." in panel_said
    assert "mentor 2 and mentor 3" in panel_said
    assert "| 0.9 | 0.5 | 0.55 | **0.525** |" in panel_said
    assert "> **Mentor 1 (0.9 overall; does not count)**\n>\n> In short: Splendid." in said
    assert "> **Mentor 3: 0.55**\n>\n> Middling. 0" in said


def test_reviews_of_an_appeal_are_named_by_their_place_though_numbered_later() -> None:
    three = [review(0.9), review(0.5), review(0.85)]
    decision = decided(three, (2, 3, 4), number=2)
    said = feedback(Case(TWIN, measured(), three, decision, numbers=(2, 3, 4)))
    assert decision.counting == (2, 4)
    assert "mentor 1 and mentor 3" in said


def test_after_an_appeal_both_decisions_stand_there() -> None:
    first = [review(0.4, "Thin.")]
    before = Before(decided(first), first)
    pair = [review(0.7), review(0.75)]
    said = told(pair, before=before)
    appeal = section(said, "Your appeal")
    assert f"| {plain(TWIN.rubric[0].title)} | 0.4 | 0.725 |" in appeal
    assert "| **Decision** | Not cleared yet | **Passed** |" in appeal
    folded = said[said.index("<details>") :]
    assert "The first decision: Not cleared yet, overall 0.4" in folded
    assert "> Thin. 0" in folded
    assert said.count("<details>") == said.count("</details>") == 1


def test_while_an_appeal_is_heard_the_first_decision_can_still_be_read() -> None:
    first = [review(0.4, "Thin.")]
    said = "\n".join(first_decision(TWIN, Before(decided(first), first)))
    assert "> In short: Thin." in said
    assert "Keyed wrongly" in said


def test_the_same_remark_of_two_mentors_is_told_once_and_by_place() -> None:
    one = review(0.7)
    early = Comment(file="src/app.py", line=3, text="Unused.")
    other = one.model_copy(update={"comments": (*one.comments, early)})
    said = section(told([one, other]), "In your files")
    assert said.strip().splitlines() == [
        "- `src/app.py:3`: Unused.",
        "- `src/app.py:12`: Keyed wrongly.",
    ]


@pytest.mark.parametrize(
    "text",
    ["- a list", "1. a list", "1) a list", "=== a heading", "--- a rule", "+ a list", "> a quote"],
)
def test_what_begins_like_a_block_is_shown_as_it_is(text: str) -> None:
    assert not re.match(r"[-+>=]|\d+[.)]", plain(text))


def test_a_details_tag_in_a_comment_closes_nothing() -> None:
    hostile = [review(0.4, "</details><script>")]
    said = told([review(0.7), review(0.7)], before=Before(decided(hostile), hostile))
    assert said.count("</details>") == 1
    assert "<script>" not in said
