"""A ready-made twin: what an author's few functions become, and what hostile answers come to."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.acts.new.twin import Wanted, write
from jobtwin.errors import EngineError
from jobtwin.harness import twin_code
from jobtwin.harness.contract import (
    Answer,
    CommandReturn,
    Outcome,
    Returned,
    Seeds,
    ServiceReturn,
    Submission,
)
from jobtwin.harness.ready_asking import Came, OneService
from jobtwin.harness.ready_twin import ANSWERED, ReadyTwin, Share, _total
from jobtwin.harness.written_solutions import WrittenSolutions

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = Seeds(b"k" * 32, b"g" * 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = tmp_path_factory.mktemp("organisation")
    (repo / "twins").mkdir()
    write(repo, Wanted("jt-parcels-9", "Parcels", "Holt", "Parcels"))
    return repo / "twins" / "jt-parcels-9"


@pytest.fixture(scope="module")
def twin(folder: Path) -> ReadyTwin[Any]:
    harness: Any = twin_code.load(folder)
    made: ReadyTwin[Any] = harness.TWIN
    return made


def _returned(twin: ReadyTwin[Any], *outputs: Any) -> Returned:
    """Return these outputs for the first cases and what is right for all others."""
    cases = twin.unseen(SEEDS)
    right = [json.loads(case.right.model_dump_json()) for case in cases]
    every = [*outputs, *right[len(outputs) :]]
    found = {
        f"case-{number}": CommandReturn(Outcome.OK, output)
        for number, output in enumerate(every, start=1)
    }
    return Returned({}, commands=found)


def test_what_is_right_gets_every_figure(twin: ReadyTwin[Any]) -> None:
    score = twin.score(SEEDS, _returned(twin), Submission({}))
    assert score.metrics == {"answered": 1, "precision": 1, "recall": 1}
    assert score.notes == ()
    assert {plot.title for plot in score.report} == {
        "Answered",
        "Late parcels found",
        "Named rightly",
    }


def test_one_command_is_planned_for_each_case_and_no_answer_is_in_the_plan(
    twin: ReadyTwin[Any],
) -> None:
    plan = twin.prepare(SEEDS)
    assert [one.id for one in plan.commands] == [f"case-{n}" for n in range(1, 9)]
    assert all(one.arguments == ("/data", "/out/answer.json") for one in plan.commands)
    assert {name for one in plan.commands for name in one.data} == {"parcels.csv"}


def test_graded_and_practice_cases_have_nothing_in_common(twin: ReadyTwin[Any]) -> None:
    seeds = Seeds(b"k" * 32, b"k" * 32)
    graded = {one.data["parcels.csv"] for one in twin.prepare(seeds).commands}
    kit = twin.kit(seeds.kit).files
    practice = {content for path, content in kit.items() if path.endswith("parcels.csv")}
    assert len(practice) == 3
    assert not graded & practice


def test_what_lies_beside_a_practice_case_is_what_the_scorer_takes_for_right(
    twin: ReadyTwin[Any],
) -> None:
    files = twin.kit(SEEDS.kit).files
    for number, case in enumerate(twin._cases(SEEDS.kit, "practice", 3), start=1):
        assert json.loads(files[f"practice/{number}/answer.json"]) == json.loads(
            case.right.model_dump_json()
        )


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"late": "P000001"},
        {"late": [1]},
        {"late": ["P1"]},
        {"late": ["P000001"] * 1001},
        {"late": [], "more": 1},
        {"late": None},
        {"\ud83d\ude00": []},
    ],
)
def test_an_answer_of_another_form_is_none_and_said_so(
    twin: ReadyTwin[Any], output: dict[str, Any]
) -> None:
    score = twin.score(SEEDS, _returned(twin, output), Submission({}))
    assert score.metrics[ANSWERED] == 7 / 8
    assert score.metrics["recall"] < 1
    (note,) = score.notes
    assert note.startswith("1 of 8 cases have no answer that counts: the answer is not of the form")
    assert note.isascii()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
@settings(max_examples=40)
def test_no_output_breaks_the_scorer(twin: ReadyTwin[Any], output: Any) -> None:
    score = twin.score(SEEDS, _returned(twin, {"late": output}), Submission({}))
    assert set(score.metrics) == {"answered", "precision", "recall"}
    assert all(0 <= value <= 1 for value in score.metrics.values())


def test_a_command_that_did_not_end_well_costs_its_case_and_says_why(
    twin: ReadyTwin[Any],
) -> None:
    returned = _returned(twin)
    commands = dict(returned.commands)
    commands["case-1"] = CommandReturn(Outcome.FAILED, detail="it ended with status 1; it said: no")
    del commands["case-2"]
    score = twin.score(SEEDS, Returned({}, commands=commands), Submission({}))
    assert score.metrics[ANSWERED] == 6 / 8
    assert score.notes == (
        (
            "1 of 8 cases have no answer that counts: it ended as failed. "
            "it ended with status 1; it said: no"
        ),
        "1 of 8 cases have no answer that counts: it ended as not_run.",
    )


def test_a_service_is_asked_each_case_and_what_ended_it_is_told(
    twin: ReadyTwin[Any],
) -> None:
    asking = OneService()
    given = [{"n": 1}, {"n": 2}, {"n": 3}]
    (service,) = asking.plan(given).services
    assert (service.files, service.queries) == (None, tuple(given))
    answers = (Answer(Outcome.OK, {"late": []}), Answer(Outcome.CRASHED))
    back = ServiceReturn(Outcome.CRASHED, answers, detail="it ended")
    came = asking.came(Returned({service.id: back}), 3)
    assert [one.outcome for one in came] == [Outcome.OK, Outcome.CRASHED, Outcome.NOT_RUN]
    assert (came[0].answer, came[1].detail) == ({"late": []}, "it ended")
    assert asking.came(Returned({}), 2) == [Came(Outcome.NOT_RUN)] * 2
    assert asking.shown({"n": 1}) == {"query.json": {"n": 1}}
    asked = replace(twin, asking=asking).score(SEEDS, Returned({}), Submission({}))
    assert asked.metrics == {"answered": 0, "precision": 0, "recall": 0}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('"recall": Share(len(late & named)', '"recall": Share(late["told"]', "`compare` of"),
        ("rows, late = [], []", 'rows, late = [], ["no number"]', "`draw` of"),
    ],
)
def test_an_error_of_the_authors_is_told_by_its_place_and_without_what_was_expected(
    folder: Path, tmp_path: Path, before: str, after: str, words: str
) -> None:
    mine = tmp_path / "jt-mine-1"
    shutil.copytree(folder, mine)
    scorer = mine / "harness" / "scorer.py"
    text = scorer.read_text("utf-8")
    assert text.count(before) == 1
    scorer.write_text(text.replace(before, after), "utf-8")
    with pytest.raises(EngineError) as caught:
        twin_code.load(mine).score(SEEDS, Returned({}), Submission({}))
    assert words in caught.value.message
    assert re.search(r"scorer\.py:[0-9]+: [A-Za-z]+Error$", caught.value.message)


def test_shares_are_added_up_before_they_are_divided_and_numbers_are_averaged() -> None:
    assert _total([Share(1, 1), Share(0, 3)]) == 0.25
    assert _total([Share(0, 0), Share(0, 0)]) == 0
    assert _total([1.0, 0.0, 0.5]) == 0.5


def test_a_solution_that_nothing_makes_wrong_is_the_authors_error(folder: Path) -> None:
    written = WrittenSolutions(folder)
    with pytest.raises(KeyError):
        written.solve("no-such-proof", SEEDS)
    with pytest.raises(ValueError, match="no case"):
        written.seeds("small", 0)
