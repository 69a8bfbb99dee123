"""Answers in the shapes of the OpenAI API: completions, chunks of a stream, models, errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobtwin.llm import tokens
from jobtwin.llm.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.llm.request import BadRequestError
    from jobtwin.llm.service import Answer, TurnedAwayError

CREATED = 1_767_225_600
"""Every answer bears the same second, 2026-01-01: the models know no clock."""
OWNER = "jobtwin"


def completion(answer: Answer) -> dict[str, Any]:
    """Return a whole answer."""
    said = answer.completion
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
    if said.call:
        message |= {"content": None, "tool_calls": [_call(answer)]}
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": CREATED,
        "model": answer.model.id,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": said.finish}
        ],
        "usage": usage(answer),
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    }


def usage(answer: Answer) -> dict[str, Any]:
    """Return what an answer costs in tokens."""
    said = answer.completion
    return {
        "prompt_tokens": said.prompt_tokens,
        "completion_tokens": said.completion_tokens,
        "total_tokens": said.prompt_tokens + said.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.line.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def chunks(answer: Answer) -> Iterator[tuple[int, bytes]]:
    """Yield a streamed answer: (tokens it brings, the event's bytes); the last one is `[DONE]`."""
    said = answer.completion
    yield 0, _event(_chunk(answer, {"role": "assistant", "content": "", "refusal": None}))
    if said.call:
        call = {"index": 0, **_call(answer)}
        yield said.completion_tokens, _event(_chunk(answer, {"tool_calls": [call]}))
    for piece in tokens.pieces(said.text):
        yield 1, _event(_chunk(answer, {"content": piece}))
    yield 0, _event(_chunk(answer, {}, said.finish))
    if answer.request.include_usage:
        yield 0, _event({**_chunk(answer, {}), "choices": [], "usage": usage(answer)})
    yield 0, b"data: [DONE]\n\n"


def models() -> dict[str, Any]:
    """Return the list of models."""
    return {"object": "list", "data": [model(name) for name in MODELS]}


def model(name: str) -> dict[str, Any]:
    """Return one model."""
    return {"id": name, "object": "model", "created": CREATED, "owned_by": OWNER}


def bad_request(error: BadRequestError) -> tuple[int, dict[str, Any]]:
    """Return status and body for a request that cannot be answered."""
    return error.status, _error(error.message, "invalid_request_error", error.param, error.code)


def turned_away(error: TurnedAwayError) -> tuple[int, dict[str, Any]]:
    """Return status and body when too much is under way."""
    message = (
        f"Rate limit reached for {error.model.id}: it takes {error.model.concurrency} requests at "
        "once. Try again when others have ended."
    )
    return 429, _error(message, "requests", None, "rate_limit_exceeded")


def used_up(most: int) -> tuple[int, dict[str, Any]]:
    """Return status and body for a request beyond those that are answered at all."""
    message = f"You exceeded your quota: {most} requests are answered, and no more."
    return 429, _error(message, "insufficient_quota", None, "insufficient_quota")


def failed() -> tuple[int, dict[str, Any]]:
    """Return status and body of a fault."""
    message = "The server had an error while processing your request. Sorry about that!"
    return 500, _error(message, "server_error", None, None)


def not_found(path: str) -> tuple[int, dict[str, Any]]:
    """Return status and body for an address that is none."""
    message = f"Invalid URL ({path})"
    return 404, _error(message, "invalid_request_error", None, "unknown_url")


def _error(message: str, kind: str, param: str | None, code: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _call(answer: Answer) -> dict[str, Any]:
    name, arguments = answer.completion.call or ("", "{}")
    own = f"call_{answer.line.request[24:44]}{answer.line.attempt:04d}"
    return {"id": own, "type": "function", "function": {"name": name, "arguments": arguments}}


def _chunk(answer: Answer, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": answer.id,
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": answer.model.id,
        "choices": [choice],
        "system_fingerprint": "fp_simulated",
    }


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, separators=(",", ":")).encode("ascii") + b"\n\n"
