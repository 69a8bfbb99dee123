"""What the simulated models say: what an engineer changes has its effect, and nothing else has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.llm import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

ABSTAIN = 'Be concise. If the answer is not in the context, say "not in the documents".'
FILLER = {f"doc-{n}": f"Item {n} of the catalogue costs {n + 60} euros." for n in range(16)}


def test_a_question_is_answered_by_the_sentence_that_holds_the_answer(asking: Any) -> None:
    assert asking.shop("How many days does the toaster take?") == (
        "The toaster takes 5 days to arrive and costs 45 euros."
    )


def test_who_is_asked_to_cite_names_the_passage(asking: Any) -> None:
    said = asking.shop("What does the chair weigh?", "Be concise and cite the source.")
    assert said.endswith("[chair]")


def test_without_the_answer_it_says_what_it_was_told_to_say(asking: Any) -> None:
    assert asking.shop("Who won the cup in 1954?", ABSTAIN) == "not in the documents"


def test_without_the_answer_and_without_a_rule_it_invents_one(asking: Any) -> None:
    said = asking.shop("Who won the cup in 1954?")
    assert "documents" not in said
    assert said not in ("", "I don't know.")


def test_inventions_are_of_several_kinds(seeded: Callable[[int], Any]) -> None:
    said = {seeded(n).shop("How long is the refund period for vases?") for n in range(30)}
    assert any("policy" in text for text in said)
    assert any("covered in full" in text for text in said)
    assert any(" it is " in text for text in said)


def test_a_concise_answer_costs_a_fraction_of_a_polite_one(asking: Any) -> None:
    short = asking.answer(
        ("user", "Context:\n[a] The lamp costs 5 euros.\n\nQuestion: lamp cost? Be brief.")
    )
    long = asking.answer(("user", "Context:\n[a] The lamp costs 5 euros.\n\nQuestion: lamp cost?"))
    assert short.completion.completion_tokens * 5 < long.completion.completion_tokens
    assert "The lamp costs 5 euros." in long.completion.text


def test_a_limit_cuts_the_preamble_first_and_says_so(asking: Any) -> None:
    found = asking.answer(
        ("user", "Context:\n[a] The lamp costs 5 euros.\n\nQuestion: lamp cost?"), max_tokens=10
    )
    assert found.completion.finish == "length"
    assert tokens.count(found.completion.text) == found.completion.completion_tokens == 10
    assert "5 euros" not in found.completion.text


def test_a_stop_sign_ends_the_text_before_itself(asking: Any) -> None:
    said = asking.shop("How many days does the toaster take?", stop=[" to arrive"])
    assert said == "The toaster takes 5 days"


@pytest.mark.parametrize(("model", "both"), [("sim-large", True), ("sim-small", False)])
def test_only_models_that_can_put_two_facts_together(
    seeded: Callable[[int], Any], model: str, both: bool
) -> None:
    said = seeded(3).shop("Which is cheaper, the kettle or the toaster?", model=model)
    assert ("kettle" in said and "toaster" in said) == both


def test_more_passages_mean_more_misreadings_and_a_better_model_fewer(
    seeded: Callable[[int], Any],
) -> None:
    def wrong(model: str, more: int) -> int:
        passages = {"toaster": "The toaster costs 45 euros.", **dict(list(FILLER.items())[:more])}
        answers = (
            seeded(n).shop("What does the toaster cost?", passages=passages, model=model)
            for n in range(150)
        )
        return sum("45" not in said for said in answers)

    few, many = wrong("sim-small", 3), wrong("sim-small", 15)
    assert few < many
    assert wrong("sim-large", 15) < many
    assert 25 <= many <= 75  # 0.06 + 12 * 0.025 of 150 is 54


def test_labels_follow_what_the_prompt_says_of_them(asking: Any) -> None:
    plain = "Return JSON with keys kind. kind: one of alpha, beta."
    told = plain + "\nalpha: parcels that arrived broken\nbeta: questions on opening hours"
    for text, label in (("My parcel came broken", "alpha"), ("Which opening hours?", "beta")):
        said = asking.text(("system", told), ("user", text))
        assert json.loads(said) == {"kind": label}


def test_labels_follow_examples(asking: Any) -> None:
    rules = "Answer in JSON with keys kind. kind: one of alpha, beta."
    shown = [
        ("user", "The zeppelin is late"),
        ("assistant", '{"kind": "beta"}'),
        ("user", "The sandwich is cold"),
        ("assistant", '{"kind": "alpha"}'),
    ]
    said = asking.text(("system", rules), *shown, ("user", "A zeppelin that came late again"))
    assert json.loads(said) == {"kind": "beta"}


def test_a_schema_is_filled_with_its_types(asking: Any) -> None:
    schema = {
        "type": "object",
        "properties": {
            "days": {"type": "integer", "description": "days the toaster takes to arrive"},
            "found": {"type": "boolean"},
            "category": {"enum": ["billing", "shipping: arrive"]},
            "notes": {"type": "array", "items": {"type": "string"}},
            "inner": {"type": "object", "properties": {"price": {"type": "number"}}},
        },
    }
    said = asking.shop(
        "How many days does the toaster take to arrive?",
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
    )
    data = json.loads(said)
    assert (data["days"], data["found"], data["category"]) == (5, True, "shipping: arrive")
    assert isinstance(data["notes"], list)
    assert isinstance(data["inner"]["price"], float)


TOOL = {
    "type": "function",
    "function": {
        "name": "order_status",
        "description": "Look up the status of an order by its number",
        "parameters": {
            "type": "object",
            "properties": {"order_id": {"type": "string"}, "urgent": {"type": "boolean"}},
            "required": ["order_id"],
        },
    },
}


def test_a_tool_is_called_with_what_the_user_said_and_its_result_is_used(asking: Any) -> None:
    found = asking.answer(("user", "What is the status of order A-1234?"), tools=[TOOL])
    assert found.completion.finish == "tool_calls"
    name, arguments = found.completion.call
    assert name == "order_status"
    assert json.loads(arguments)["order_id"] == "A-1234"
    messages = [
        {"role": "user", "content": "What is the status of order A-1234? Be brief."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
            ],
        },
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": "Order A-1234 has the status: in transit.",
        },
    ]
    body = {"model": "sim-large", "temperature": 0, "messages": messages, "tools": [TOOL]}
    after = asking.service.begin(json.dumps(body).encode())
    assert after.completion.text == "Order A-1234 has the status: in transit."


@pytest.mark.parametrize(
    ("choice", "calls"), [("none", False), ("auto", False), ("required", True)]
)
def test_the_choice_of_tools_is_respected(asking: Any, choice: str, calls: bool) -> None:
    found = asking.answer(("user", "Good morning!"), tools=[TOOL], tool_choice=choice)
    assert bool(found.completion.call) == calls


def test_what_is_harmful_is_refused_and_what_only_looks_so_sometimes(
    seeded: Callable[[int], Any],
) -> None:
    assert seeded(1).text(("user", "How do I build a bomb at home?")).startswith("I'm sorry")
    question = ("user", "How do I kill a process in Linux?")

    def refused(model: str) -> int:
        said = (seeded(n).text(question, model=model) for n in range(100))
        return sum(text.startswith("I'm sorry") for text in said)

    assert refused("sim-small") < 20
    assert 45 < refused("sim-cautious") < 85


def test_another_seed_is_another_world_and_the_same_is_the_same(
    seeded: Callable[[int], Any],
) -> None:
    def said(n: int) -> list[str]:
        return [seeded(n).shop(f"How long is refund {k} for vases?") for k in range(8)]

    assert said(1) == said(1) != said(2)


def test_at_temperature_zero_or_with_a_seed_each_sending_is_answered_alike(asking: Any) -> None:
    question = ("user", "How long may vases be returned?")
    for more in ({}, {"temperature": 1.3, "seed": 7}):
        assert len({asking.text(question, **more) for _ in range(6)}) == 1
    assert len({asking.text(question, temperature=1.3) for _ in range(12)}) > 1


def test_the_answer_does_not_depend_on_what_was_asked_before(seeded: Callable[[int], Any]) -> None:
    alone, after = seeded(5), seeded(5)
    for n in range(5):
        after.shop(f"Something else {n}?")
    assert alone.shop("Who sells vases?") == after.shop("Who sells vases?")


@pytest.mark.slow
def test_another_process_with_another_hash_seed_says_the_same() -> None:
    code = (
        "from tests.unit.llm.conftest import Asking;"
        "a = Asking(); print([a.shop(f'How long is refund {k} for vases?') for k in range(6)],"
        "a.answer(('user', 'x')).line)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(said) == 1


@given(st.text(max_size=200), st.integers(1, 60))
def test_tokens_add_up_and_a_cut_is_a_beginning(text: str, most: int) -> None:
    assert "".join(tokens.pieces(text)).strip() == text.strip()
    cut = tokens.cut(text, most)
    assert text.startswith(cut)
    assert tokens.count(cut) == min(most, tokens.count(text))


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_answered(rules: str, question: str) -> None:
    from tests.unit.llm.conftest import Asking

    found = Asking().answer(("system", rules or "-"), ("user", question or "-"))
    assert found.completion.finish in ("stop", "length")
