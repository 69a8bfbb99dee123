"""The models as a service: what must be remembered from one request to the next, and no more.

Remembered are how often each request was sent, which prefixes were seen, and how many requests of
a model are under way. Without any network: the server around it waits and writes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jobtwin.llm import tokens
from jobtwin.llm.completing import Completion, complete
from jobtwin.llm.models import MODELS, Model
from jobtwin.llm.request import BadRequestError, ChatRequest, parse, read
from jobtwin.llm.timing import Timing, timing
from jobtwin.llm.trace import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BLOCK = 512
"""Characters of a prefix that are kept together."""
LEAST_CACHED = 256
"""Tokens below which no prefix is worth its discount."""


def completion_id(seed: bytes, request: str, attempt: int) -> str:
    """Return a completion's id; who does not know the seed learns it with the answer.

    `request` is the request's digest.
    """
    named = f"{request}|{attempt}".encode()
    return "chatcmpl-" + hashlib.blake2b(named, key=seed[:64], digest_size=15).hexdigest()


class TurnedAwayError(Exception):
    """The model has as many requests under way as it takes."""

    def __init__(self, model: Model) -> None:
        super().__init__(model.id)
        self.model = model


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered, and when."""

    seed: bytes
    request: ChatRequest
    model: Model
    completion: Completion
    timing: Timing
    line: Line

    @property
    def id(self) -> str:
        """Its id in the API."""
        return completion_id(self.seed, self.line.request, self.line.attempt)


@dataclass(slots=True)
class Service:
    """Simulated models with one seed."""

    seed: bytes
    now_ms: Callable[[], float]
    """Time since the service began; only the trace knows it."""
    record: Callable[[Line], object] = lambda line: None
    tier: int = 1
    """How many times its requests at once each model takes: larger customers get more."""
    tuned: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Model → what is otherwise about it here, such as `misreads`."""
    sent: Counter[str] = field(default_factory=Counter)
    prefixes: set[bytes] = field(default_factory=set)
    running: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def begin(self, body: bytes) -> Answer:
        """Return what a request's body is answered; `end` must follow.

        Raises `BadRequestError` for what cannot be answered, `TurnedAwayError` when too much is
        under way. Each is in the trace.
        """
        self.number += 1
        at = round(self.now_ms(), 3)
        try:
            request = read(parse(body))
            model = _model(request.model, self.tuned)
        except BadRequestError as error:
            self.record(Line(self.number, at, "", "", 0, error.status))
            raise
        name = request.digest()
        if self.running[model.id] >= model.concurrency * self.tier:
            self.record(Line(self.number, at, model.id, name, 0, 429))
            raise TurnedAwayError(model)
        self.sent[name] += 1
        attempt = self.sent[name]
        completion = complete(self.seed, model, request, name, attempt)
        if completion.prompt_tokens > model.context:
            self.record(Line(self.number, at, model.id, name, attempt, 400))
            raise _too_long(model, completion.prompt_tokens)
        when = timing(self.seed, model, name, attempt, completion)
        line = self._line(at, request, name, attempt, completion, when)
        self.running[model.id] += 1
        self.record(line)
        return Answer(self.seed, request, model, completion, when, line)

    def end(self, answer: Answer) -> None:
        """Say that an answer is no longer under way."""
        self.running[answer.model.id] -= 1

    def _line(
        self,
        at: float,
        request: ChatRequest,
        name: str,
        attempt: int,
        completion: Completion,
        when: Timing,
    ) -> Line:
        total = when.first_ms if when.fails else when.total_ms(completion.completion_tokens)
        return Line(
            number=self.number,
            at_ms=at,
            model=request.model,
            request=name,
            attempt=attempt,
            status=500 if when.fails else 200,
            prompt_tokens=completion.prompt_tokens,
            cached_tokens=self._cached(request.model, request.prompt),
            completion_tokens=0 if when.fails else completion.completion_tokens,
            first_ms=round(when.first_ms, 3),
            total_ms=round(total, 3),
            said="" if when.fails else completion.text,
        )

    def _cached(self, model: str, prompt: str) -> int:
        """Return how many tokens of a prompt's prefix were sent before, and remember this one."""
        seen, is_known = 0, True
        running = hashlib.blake2b(model.encode(), digest_size=16)
        for end in range(BLOCK, len(prompt) + 1, BLOCK):
            running.update(prompt[end - BLOCK : end].encode("utf-8", "surrogatepass"))
            block = running.digest()
            is_known = is_known and block in self.prefixes
            seen = end if is_known else seen
            self.prefixes.add(block)
        cached = tokens.count(prompt[:seen]) if seen else 0
        return cached if cached >= LEAST_CACHED else 0


def _model(name: str, tuned: Mapping[str, Mapping[str, float]]) -> Model:
    if name not in MODELS:
        message = f"The model '{name}' does not exist. There are {', '.join(MODELS)}."
        raise BadRequestError(message, "model", "model_not_found", 404)
    return replace(MODELS[name], **tuned.get(name, {}))  # type: ignore[arg-type]


def _too_long(model: Model, given: int) -> BadRequestError:
    message = (
        f"This model's maximum context length is {model.context} tokens, "
        f"and your messages have {given}."
    )
    return BadRequestError(message, "messages", "context_length_exceeded")
