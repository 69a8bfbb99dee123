"""A review while it is written: what is blank is told apart from what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records.grade import Review
from jobtwin.rules.review_progress import Progress, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded

ODD = Code("TST-001", "odd", why="", fix="")
FORM = f"""format: 1
kind: review
attempt: {"a" * 32}
claim: sha256:{"b" * 64}
mentor: mia
scores:
  - dimension: diagnosis
    score: 0.5
    evidence:
      - quote: cause found at 09:12
    comment: quick
  - dimension: hotfix
    score:
    evidence:
      - file:
        line:
    comment:
skills: []
comments: []
summary:
"""


def judge(content: str) -> Progress:
    def check(review: Loaded[Review]) -> Iterator[Finding]:
        for index, item in enumerate(review.record.scores):
            if item.score > 0.8:
                yield review.finding(ODD, "odd", "scores", index, "score")

    return progress(content.encode(), "r.yml", check)


def test_what_is_blank_is_named_at_its_place_and_nothing_is_wrong() -> None:
    found = judge(FORM)
    assert found.wrong == ()
    assert [(item.line, item.message) for item in found.missing] == [
        (13, "the score of `hotfix` is still blank"),
        (15, "the evidence for `hotfix` is still blank"),
        (17, "the comment on `hotfix` is still blank"),
        (20, "the summary is still blank"),
    ]
    assert (found.complete, found.dimensions) == (1, 2)


def test_a_wrong_score_is_told_while_others_are_still_blank() -> None:
    found = judge(FORM.replace("score: 0.5", "score: 0.85"))
    assert [(item.code, item.line, item.column) for item in found.wrong] == [("TST-001", 8, 5)]
    assert len(found.missing) == 4


def test_a_value_of_another_kind_is_wrong_not_missing() -> None:
    found = judge(FORM.replace("score: 0.5", "score: good").replace("mentor: mia", "mentor: 7"))
    assert sorted(item.line or 0 for item in found.wrong) == [5, 8]
    assert len(found.missing) == 4


def test_a_field_that_was_taken_out_is_missing_at_what_is_around_it() -> None:
    found = judge(FORM.replace("    comment:\nskills", "skills").replace("summary:\n", ""))
    assert [item.message for item in found.missing][-2:] == [
        "the comment on `hotfix` is still blank",
        "the summary is still blank",
    ]
    assert all(item.line for item in found.missing)


def test_a_skill_that_was_begun_is_missing_its_rest() -> None:
    begun = "skills:\n  - id: llm.ops\n    weight:\n    evidence:\n      - file:\n"
    found = judge(FORM.replace("skills: []\n", begun))
    assert [item.message for item in found.missing if "llm" in item.message] == [
        "the weight of `llm.ops` is still blank",
        "the evidence for `llm.ops` is still blank",
    ]


def test_one_blank_place_beside_a_named_one_is_still_told() -> None:
    two = FORM.replace("      - quote: cause", "      - file:\n      - quote: cause")
    assert "the evidence for `diagnosis` is still blank" in [f.message for f in judge(two).missing]


def test_what_is_no_yaml_is_wrong_at_its_place() -> None:
    (found,) = judge("scores: [\n").wrong
    assert found.code == "YML-002"
    assert found.line


def test_a_file_that_is_no_review_at_all_is_told_without_a_traceback() -> None:
    for content in ("", "[]", "7", "scores: 3\nskills: x\n", "scores: [1, null]\n"):
        assert judge(content).findings


def test_a_complete_review_has_nothing_to_say() -> None:
    filled = FORM.replace("score:\n", "score: 0.25\n").replace("- file:\n", "- file: a.py\n")
    filled = filled.replace("    comment:\n", "    comment: late\n")
    filled = filled.replace("summary:\n", "summary: fine\n")
    found = judge(filled)
    assert found.findings == ()
    assert (found.complete, found.dimensions) == (2, 2)
