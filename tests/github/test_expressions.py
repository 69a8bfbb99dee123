"""GitHub's expressions outside of steps, by the examples of its own reference."""

from __future__ import annotations

from typing import Any

import pytest
from tests.github.expressions import BadExpression, Needs, condition, evaluate, interpolate

CONTEXT: dict[str, Any] = {
    "github": {
        "event_name": "issue_comment",
        "event": {
            "issue": {"number": 7, "labels": [{"name": "queue"}, {"name": "bug"}]},
            "comment": {"body": "/Claim jt-rag-1"},
        },
    },
    "inputs": {"slot": "3", "empty": ""},
    "needs": {"prepare": {"result": "success", "outputs": {"id": "12"}}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event.issue.number", 7),
        ("github.event.pull_request.number || github.event.issue.number", 7),
        ("github['event_name'] == 'ISSUE_COMMENT'", True),
        ("!github.event.pull_request", True),
        ("contains(github.event.issue.labels.*.name, 'queue')", True),
        ("contains(github.event.issue.labels.*.name, 'que')", False),
        ("startsWith(github.event.comment.body, '/claim')", True),
        ("inputs.empty == '' && 'none' || inputs.empty", "none"),
        ("needs.prepare.result != 'success'", False),
        ("format('{0}-{1}', inputs.slot, 'it''s')", "3-it's"),
        ("(1 == 2) || (true && !false)", True),
        ("fromJSON('[1, 2]')[1]", 2),
    ],
)
def test_an_expression_has_the_value_that_github_gives_it(text: str, value: object) -> None:
    assert evaluate(text, CONTEXT) == value


def test_a_lone_expression_keeps_its_type_and_others_become_text() -> None:
    assert interpolate("${{ github.event.issue.number }}", CONTEXT) == 7
    assert interpolate("evaluate-${{ inputs.slot }}", CONTEXT) == "evaluate-3"
    assert interpolate("${{ inputs.slot }}-${{ true }}", CONTEXT) == "3-true"


@pytest.mark.parametrize(
    ("asked", "results", "runs"),
    [
        ("", (), True),
        ("", ("failure",), False),
        ("always()", ("failure",), True),
        ("failure()", ("success", "failure"), True),
        ("inputs.slot == '3'", ("failure",), False),
        ("${{ always() && needs.prepare.outputs.id != '' }}", ("skipped",), True),
    ],
)
def test_a_job_runs_by_how_those_before_it_ended(
    asked: str, results: tuple[str, ...], runs: bool
) -> None:
    assert condition(asked, CONTEXT, Needs(results)) is runs


@pytest.mark.parametrize("text", ["a b", "unheard()", "'open", "1 ==", "a &&& b", ")"])
def test_what_is_no_expression_is_said(text: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(text, CONTEXT)
