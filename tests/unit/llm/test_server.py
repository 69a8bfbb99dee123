"""The server as the official client sees it: answers, streams, tools, JSON mode, errors."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest

from jobtwin.llm.server import Settings, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.llm.trace import Line

LAMP = "Context:\n[a] The lamp costs 5 euros.\n\nQuestion: What does the lamp cost?"


class Served:
    """A server in a thread of its own, on a free port of loopback or on a socket."""

    def __init__(self, scale: float = 0.0, socket: Path | None = None) -> None:
        self.lines: list[Line] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        settings = Settings(bytes(32), scale, self.lines.append)
        self.runner, port = self._run(serve(settings, socket=socket))
        self.url = f"http://127.0.0.1:{port}/v1"

    def _run(self, awaited: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(awaited, self.loop).result(20)

    def stop(self) -> None:
        self._run(self.runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A server that never waits."""
    server = Served()
    yield server
    server.stop()


@pytest.fixture
def client(served: Served) -> Iterator[openai.OpenAI]:
    """The official client."""
    with openai.OpenAI(base_url=served.url, api_key="any", max_retries=3) as made:
        yield made


def ask(client: openai.OpenAI, text: str = LAMP, **more: Any) -> Any:
    messages: Any = [
        {"role": "system", "content": "Be concise."},
        {"role": "user", "content": text},
    ]
    given = {"model": "sim-large", "temperature": 0, **more}
    return client.chat.completions.create(messages=messages, **given)


def test_the_client_lists_the_models(client: openai.OpenAI) -> None:
    assert "sim-large" in [model.id for model in client.models.list()]
    assert client.models.retrieve("sim-small").owned_by == "jobtwin"


def test_an_answer_has_text_reason_and_usage(client: openai.OpenAI) -> None:
    found = ask(client)
    assert found.choices[0].message.content == "The lamp costs 5 euros."
    assert found.choices[0].finish_reason == "stop"
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens


def test_a_stream_is_the_same_text_token_by_token(client: openai.OpenAI) -> None:
    whole = ask(client).choices[0].message.content
    events = list(ask(client, stream=True, stream_options={"include_usage": True}))
    pieces = [event.choices[0].delta.content for event in events if event.choices]
    assert "".join(piece or "" for piece in pieces) == whole
    assert len([piece for piece in pieces if piece]) == events[-1].usage.completion_tokens
    assert events[-2].choices[0].finish_reason == "stop"


def test_tools_and_json_mode_come_in_the_clients_types(client: openai.OpenAI) -> None:
    tool: Any = {
        "type": "function",
        "function": {
            "name": "lamp_price",
            "description": "The price of a lamp",
            "parameters": {"type": "object", "properties": {"lamp_id": {"type": "string"}}},
        },
    }
    call = ask(client, "price of lamp L-77?", tools=[tool]).choices[0].message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "lamp_price",
        {"lamp_id": "L-77"},
    )
    streamed = list(ask(client, "price of lamp L-77?", tools=[tool], stream=True))
    deltas = [e.choices[0].delta.tool_calls for e in streamed if e.choices[0].delta.tool_calls]
    assert deltas[0][0].function.name == "lamp_price"
    as_json = ask(client, response_format={"type": "json_object"}).choices[0].message.content
    assert json.loads(as_json) == {"answer": "The lamp costs 5 euros."}


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"model": "gpt-9"}, openai.NotFoundError),
        ({"temperature": 9}, openai.BadRequestError),
        ({"n": 3}, openai.BadRequestError),
    ],
)
def test_errors_are_those_the_client_knows(
    client: openai.OpenAI, more: dict[str, Any], error: type[openai.APIStatusError]
) -> None:
    with pytest.raises(error) as raised:
        ask(client, **more)
    assert raised.value.body is not None
    assert raised.value.type == "invalid_request_error"


def test_an_unknown_address_and_a_huge_body_are_told_in_the_same_shape(served: Served) -> None:
    import urllib.error
    import urllib.request

    for path, data, status in (
        ("/nothing", None, 404),
        ("/chat/completions", b"x" * (5 << 20), 413),
    ):
        request = urllib.request.Request(served.url + path, data=data)
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request, timeout=10)
        with raised.value as answer:
            assert answer.code == status
            assert "message" in json.loads(answer.read())["error"]


def test_too_much_at_once_is_turned_away_and_a_fault_is_retried_by_the_client() -> None:
    server = Served(scale=0.3)
    try:

        async def many() -> list[Any]:
            async with openai.AsyncOpenAI(base_url=server.url, api_key="x", max_retries=0) as made:
                asked = [
                    made.chat.completions.create(
                        model="sim-large", messages=[{"role": "user", "content": f"{LAMP} {n}"}]
                    )
                    for n in range(24)
                ]
                return await asyncio.gather(*asked, return_exceptions=True)

        found = asyncio.run(many())
    finally:
        server.stop()
    turned = [one for one in found if isinstance(one, openai.RateLimitError)]
    assert len(turned) == 24 - 16
    assert sum(line.status == 429 for line in server.lines) == 8


def test_modelled_time_is_really_waited_as_far_as_the_scale_says() -> None:
    server = Served(scale=0.5)
    try:
        with openai.OpenAI(base_url=server.url, api_key="x", max_retries=0) as made:
            began = time.monotonic()
            ask(made)
            took = (time.monotonic() - began) * 1000
    finally:
        server.stop()
    (line,) = server.lines
    assert took >= line.total_ms * 0.5


def test_it_is_served_on_a_unix_socket_too(tmp_path: Path) -> None:
    import aiohttp

    socket = tmp_path / "llm.sock"
    server = Served(socket=socket)

    async def healthy() -> Any:
        connector = aiohttp.UnixConnector(str(socket))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get("http://llm/healthz") as response,
        ):
            return await response.json()

    try:
        assert asyncio.run(healthy()) == {"status": "ok"}
    finally:
        server.stop()
