"""A product feature built on a model: what a variant of it is, and what it answers.

A feature takes a text, puts it into its prompt, asks its model and shapes the answer. Everything
about it is data, so that a variant with a fault is the same feature with other settings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobtwin.llm.completing import complete
from jobtwin.llm.draws import Draws
from jobtwin.llm.models import MODELS
from jobtwin.llm.request import BadRequestError, ChatRequest, Message, parse
from jobtwin.llm.timing import timing
from jobtwin.llm.trace import Line, cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.llm.models import Model

LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Feature:
    """How the feature asks, and what is done to the answer."""

    model: str
    rules: str
    schema: Mapping[str, Any] | None = None
    examples: tuple[tuple[str, str], ...] = ()
    before: str = ""
    """What stands before the text in the user's message."""
    after: str = ""
    max_tokens: int | None = None
    temperature: float = 0.7
    resistance: float | None = None
    """How strong an instruction in the text must be before it is obeyed; None: as the model is."""
    caution: float | None = None
    """How often it refuses what only looks harmful; None: as the model is."""
    slower: float = 1.0
    """Factor on every time."""
    tail: float = 0.0
    """Share of answers that take ten times as long."""
    broken: float = 0.0
    """Share of answers whose JSON is cut off."""
    empty: float = 0.0
    """Share of answers with empty fields."""
    relabelled: tuple[tuple[str, str, str, float], ...] = ()
    """(field, from, to, share): a label that becomes another."""
    added: tuple[tuple[str, str, float], ...] = ()
    """(field, text, share): a text that is appended to a field."""
    dropped: tuple[tuple[str, float], ...] = ()
    """(field, share): a field that is missing."""
    calls: int = 1
    """How often the model is asked for one answer; all are paid."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """What the feature answers, when, and the account of it."""

    status: int
    body: Any
    total_ms: float
    line: Line


def read(settings: Mapping[str, Any]) -> Feature:
    """Return the feature that settings describe; raises TypeError for what is none."""
    given = dict(settings)
    for name in ("examples", "relabelled", "added", "dropped"):
        if name in given:
            given[name] = tuple(tuple(item) for item in given[name])
    return Feature(**given)


def text_of(body: bytes) -> str:
    """Return the text in a request's body `{"text": …}`; raises `BadRequestError`."""
    data = parse(body)
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
        raise BadRequestError(f"'text' must be a string of 1 to {LONGEST_TEXT} characters.", "text")
    return text


def answer(seed: bytes, feature: Feature, text: str, number: int, attempt: int) -> Shaped:
    """Return what the feature answers to a text's `attempt`-th sending; `number` is its line's.

    The modelled time stands in the answer too, for whoever serves it without waiting.
    """
    model = _tuned(feature)
    request = _request(feature, text)
    name = request.digest()
    draws = Draws.of(seed, "feature", name, attempt)
    completion = complete(seed, model, request, name, attempt)
    when = timing(seed, model, name, attempt, completion)
    factor = feature.slower * (10.0 if draws.happens("tail", feature.tail) else 1.0)
    total = when.total_ms(completion.completion_tokens) * factor * feature.calls
    line = Line(
        number=number,
        at_ms=0.0,
        model=feature.model,
        request=name,
        attempt=attempt,
        status=500 if when.fails else 200,
        prompt_tokens=completion.prompt_tokens * feature.calls,
        completion_tokens=completion.completion_tokens * feature.calls,
        first_ms=round(when.first_ms * factor, 3),
        total_ms=round(total, 3),
    )
    if when.fails:
        waited = when.first_ms * factor
        body = {"error": "the model failed", "latency_ms": round(waited, 3)}
        return Shaped(500, body, waited, line)
    output = _shaped(feature, completion.text, draws)
    usage = {"prompt_tokens": line.prompt_tokens, "completion_tokens": line.completion_tokens}
    paid = {**usage, "cost_usd": round(cost([line]), 9)}
    return Shaped(200, {"output": output, "usage": paid, "latency_ms": line.total_ms}, total, line)


def _tuned(feature: Feature) -> Model:
    """Return the feature's model, with what the feature's makers changed about it."""
    model = MODELS[feature.model]
    resistance, caution = feature.resistance, feature.caution
    return replace(
        model,
        resistance=model.resistance if resistance is None else resistance,
        caution=model.caution if caution is None else caution,
    )


def _request(feature: Feature, text: str) -> ChatRequest:
    shown = [
        Message(role, said)
        for asked, given in feature.examples
        for role, said in (("user", asked), ("assistant", given))
    ]
    user = Message("user", f"{feature.before}{text}{feature.after}")
    return ChatRequest(
        model=feature.model,
        messages=(Message("system", feature.rules), *shown, user),
        max_tokens=feature.max_tokens,
        temperature=feature.temperature,
        json_mode=feature.schema is not None,
        schema=feature.schema,
    )


def _shaped(feature: Feature, text: str, draws: Draws) -> str:
    """Return the answer's text with the faults that this variant has."""
    if draws.happens("broken", feature.broken):
        return text[: max(1, int(len(text) * 0.7))]
    try:
        data = json.loads(text)
    except ValueError:
        return text
    if not isinstance(data, dict):
        return text
    if draws.happens("empty", feature.empty):
        data = {key: "" if isinstance(value, str) else value for key, value in data.items()}
    return json.dumps(_bent(feature, data, draws), ensure_ascii=False)


def _bent(feature: Feature, data: dict[str, Any], draws: Draws) -> dict[str, Any]:
    for number, (name, old, new, share) in enumerate(feature.relabelled):
        if data.get(name) == old and draws.happens(f"relabelled {number}", share):
            data[name] = new
    for number, (name, more, share) in enumerate(feature.added):
        if isinstance(data.get(name), str) and draws.happens(f"added {number}", share):
            data[name] = f"{data[name]} {more}"
    for number, (name, share) in enumerate(feature.dropped):
        if draws.happens(f"dropped {number}", share):
            data.pop(name, None)
    return data


def sibling(feature: Feature, **changed: Any) -> Feature:
    """Return the same feature with some settings changed: a variant of it."""
    return replace(feature, **changed)
