"""The service: what is refused in OpenAI's words, counted, cached, turned away, and charged."""

from __future__ import annotations

import contextlib
import itertools
import json
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.llm.models import MODELS
from jobtwin.llm.request import BadRequestError, parse, read
from jobtwin.llm.service import Service, TurnedAwayError
from jobtwin.llm.trace import Line, cost
from jobtwin.llm.trace import read as read_trace

ONE = [{"role": "user", "content": "hello"}]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], None),
        ({"messages": ONE}, "model"),
        ({"model": "sim-small"}, "messages"),
        ({"model": "sim-small", "messages": []}, "messages"),
        (
            {"model": "sim-small", "messages": [{"role": "robot", "content": "x"}]},
            "messages[0].role",
        ),
        ({"model": "sim-small", "messages": [{"role": "user"}]}, "messages[0].content"),
        (
            {"model": "sim-small", "messages": [{"role": "user", "content": 5}]},
            "messages[0].content",
        ),
        ({"model": "sim-small", "messages": ["x"]}, "messages[0]"),
        ({"model": "sim-small", "messages": ONE, "max_tokens": 0}, "max_tokens"),
        ({"model": "sim-small", "messages": ONE, "max_tokens": True}, "max_tokens"),
        ({"model": "sim-small", "messages": ONE, "temperature": 3}, "temperature"),
        ({"model": "sim-small", "messages": ONE, "temperature": "hot"}, "temperature"),
        ({"model": "sim-small", "messages": ONE, "seed": 1.5}, "seed"),
        ({"model": "sim-small", "messages": ONE, "stop": list("abcde")}, "stop"),
        ({"model": "sim-small", "messages": ONE, "stop": [""]}, "stop"),
        ({"model": "sim-small", "messages": ONE, "n": 2}, "n"),
        ({"model": "sim-small", "messages": ONE, "logprobs": True}, "logprobs"),
        ({"model": "sim-small", "messages": ONE, "magic": 1}, "magic"),
        ({"model": "sim-small", "messages": ONE, "tools": []}, "tools"),
        ({"model": "sim-small", "messages": ONE, "tools": [{}]}, "tools[0]"),
        ({"model": "sim-small", "messages": ONE, "tool_choice": "required"}, "tool_choice"),
        (
            {"model": "sim-small", "messages": ONE, "response_format": {"type": "xml"}},
            "response_format",
        ),
        ({"model": "sim-small", "messages": ONE * 401}, "messages"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_parameter(
    body: Any, param: str | None
) -> None:
    with pytest.raises(BadRequestError) as refused:
        read(body)
    assert refused.value.param == param
    assert refused.value.status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequestError, match="JSON"):
        parse(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    ),
    st.sampled_from(
        ["messages", "tools", "stop", "response_format", "tool_choice", "seed", "stream_options"]
    ),
)
def test_no_value_anywhere_breaks_it(value: Any, name: str) -> None:
    body = {"model": "sim-small", "messages": ONE, name: value}
    service = Service(bytes(32), lambda: 0.0)
    with contextlib.suppress(BadRequestError):
        service.begin(json.dumps(body).encode())
    assert service.number == 1


def test_an_unknown_model_is_not_found(asking: Any) -> None:
    with pytest.raises(BadRequestError) as refused:
        asking.answer(("user", "hello"), model="gpt-9")
    assert (refused.value.status, refused.value.code) == (404, "model_not_found")


def test_a_prompt_over_the_context_is_refused(asking: Any) -> None:
    with pytest.raises(BadRequestError, match="maximum context length"):
        asking.answer(("user", "word " * 40_000))


def test_a_model_turns_away_what_is_more_than_it_takes_at_once(asking: Any) -> None:
    most = MODELS["sim-large"].concurrency
    under_way = [asking.service.begin(asking.body(("user", f"{n}"))) for n in range(most)]
    with pytest.raises(TurnedAwayError):
        asking.service.begin(asking.body(("user", "one more")))
    assert asking.answer(("user", "another model"), model="sim-small")
    asking.service.end(under_way[0])
    assert asking.answer(("user", "one more"))


def test_each_sending_of_a_request_is_counted_and_drawn_anew(asking: Any) -> None:
    lines = [asking.answer(("user", "hello")).line for _ in range(5)]
    assert [line.attempt for line in lines] == [1, 2, 3, 4, 5]
    assert len({line.total_ms for line in lines}) == 5
    assert len({line.request for line in lines}) == 1


def test_an_id_is_not_to_be_told_without_the_seed(seeded: Any) -> None:
    ids = {seeded(number).answer(("user", "hello")).id for number in (1, 1, 2)}
    assert len(ids) == 2
    assert all(one.startswith("chatcmpl-") for one in ids)


def test_the_account_holds_what_was_said_and_nothing_for_a_fault(asking: Any) -> None:
    answers = [asking.answer(("user", f"hello {number}")) for number in range(1000)]
    faults = [one for one in answers if one.line.status == 500]
    assert faults
    assert {one.line.said for one in faults} == {""}
    assert all(one.line.said == one.completion.text for one in answers if one not in faults)


def test_streaming_does_not_make_it_another_request(asking: Any) -> None:
    plain, streamed = (
        asking.answer(("user", "hello")),
        asking.answer(("user", "hello"), stream=True),
    )
    assert plain.line.request == streamed.line.request
    assert streamed.line.attempt == 2


def test_times_lie_where_the_model_says_with_a_tail_of_stalls(asking: Any) -> None:
    lines = [asking.answer(("user", f"question {n}"), model="sim-medium").line for n in range(600)]
    model = MODELS["sim-medium"]
    middle = statistics.median(line.first_ms for line in lines)
    assert model.ttft_ms * 0.95 < middle < model.ttft_ms * 1.1
    slow = sum(line.first_ms > 2.5 * model.ttft_ms for line in lines)
    assert 3 <= slow <= 27  # 2 % of 600 is 12
    assert 0 <= sum(line.status == 500 for line in lines) <= 9  # 0.4 % is 2.4


def test_a_prefix_that_was_sent_before_costs_less_and_its_sum_does_not_depend_on_order(
    seeded: Any,
) -> None:
    rules = "You are the shop's assistant. " * 120

    def total(order: tuple[int, ...]) -> tuple[int, float]:
        service = seeded(1)
        lines = [service.answer(("system", rules), ("user", f"question {n}")).line for n in order]
        assert lines[0].cached_tokens == 0
        assert all(line.cached_tokens > 256 for line in lines[1:])
        return sum(line.cached_tokens for line in lines), round(cost(lines), 12)

    assert len({total(order) for order in itertools.permutations(range(3))}) == 1


def test_a_short_prompt_gets_no_discount(asking: Any) -> None:
    assert [asking.answer(("user", "hello")).line.cached_tokens for _ in range(2)] == [0, 0]


def test_cost_counts_what_was_made_and_half_of_a_fault() -> None:
    def line(status: int, cached: int = 0) -> Line:
        return Line(1, 0.0, "sim-large", "x", 1, status, 1_000_000, cached, 1_000_000)

    assert cost([line(200)]) == pytest.approx(12.5)
    assert cost([line(200, 1_000_000)]) == pytest.approx(10.625)
    assert cost([line(500)]) == pytest.approx(2.5)
    assert cost([line(429), line(400), Line(1, 0.0, "", "", 0, 400)]) == 0


def test_everything_is_in_the_trace_and_read_back() -> None:
    kept: list[Line] = []
    service = Service(bytes(32), lambda: 1.5, kept.append)
    body = json.dumps({"model": "sim-small", "messages": ONE}).encode()
    service.end(service.begin(body))
    for wrong in (b"{", json.dumps({"model": "none", "messages": ONE}).encode()):
        with pytest.raises(BadRequestError):
            service.begin(wrong)
    assert [line.status for line in kept] in ([200, 400, 404], [500, 400, 404])
    assert [line.number for line in kept] == [1, 2, 3]
    assert read_trace("".join(line.text() for line in kept)) == kept
