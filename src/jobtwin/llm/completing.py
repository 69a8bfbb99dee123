"""What a simulated model says to a request: a pure function, with no clock and no state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.llm import calling, injection, objects, reading, tokens
from jobtwin.llm.draws import Draws
from jobtwin.llm.prompt import taken_apart

if TYPE_CHECKING:
    from jobtwin.llm.injection import Wish
    from jobtwin.llm.models import Model
    from jobtwin.llm.prompt import Prompt
    from jobtwin.llm.request import ChatRequest

_HARMFUL = re.compile(
    r"\b(?:build|make|write|create|synthesi[sz]e|obtain)\b.{0,40}"
    r"\b(?:bomb|explosives?|malware|ransomware|nerve agent|phishing (?:mail|page|kit))\b",
    re.IGNORECASE,
)
_LOOKS_HARMFUL = re.compile(
    r"\b(?:kill|attack|shoot|explode|inject|exploit|poison|hack|crack|destroy|bomb|weapon|drug|"
    r"overdose|suicide|steal)\w*\b",
    re.IGNORECASE,
)
REFUSAL = "I'm sorry, but I can't help with that."
_OPENINGS = (
    "Certainly! Having looked through all that was provided to me, I can tell you the following: ",
    "Great question! Let me walk you through this step by step. By the material at hand: ",
    "Of course, happy to help. Taking all of the available context into account, this is it: ",
)
_CLOSINGS = (
    " I hope that this answers your question in full. If not, please do let me know at any time.",
    " To sum up, that is what the material says. I will gladly look into it once more for you.",
)
_COURTESY = (
    " Please do not hesitate to ask if there is anything else that I can do for you, or if you "
    "would like me to go into more detail. I am always here to help, and I will do my very best."
)


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model says, and what it costs in tokens."""

    text: str
    call: tuple[str, str] | None
    """(name, arguments as JSON) of a tool call, instead of a text."""
    finish: str
    """`stop`, `length`, `tool_calls` or `content_filter`."""
    prompt_tokens: int
    completion_tokens: int


def complete(
    seed: bytes, model: Model, request: ChatRequest, name: str, attempt: int
) -> Completion:
    """Return the model's answer to a request's `attempt`-th sending, counted from 1.

    `name` is the request's digest. At temperature 0, or with a seed of its own, a request is
    answered alike each time.
    """
    again = 0 if request.temperature == 0 or request.seed is not None else attempt
    draws = Draws.of(seed, "text", model.id, name, again)
    prompt = taken_apart(request)
    wish = injection.obeyed(prompt, model, request.tools)
    if wish is not None and wish.goal == "call":
        return _calls(request, calling.wished(request, prompt, model, draws, wish))
    if wish is None and (call := calling.called(request, prompt, model, draws)):
        return _calls(request, call)
    return _says(request, _text(request, prompt, model, draws, wish))


def _calls(request: ChatRequest, call: tuple[str, str]) -> Completion:
    spent = tokens.count(call[0]) + tokens.count(call[1])
    return Completion("", call, "tool_calls", request.prompt_tokens, spent)


def _says(request: ChatRequest, text: str) -> Completion:
    finish = "stop"
    for sign in request.stop:
        if sign in text:
            text = text[: text.index(sign)]
    if request.max_tokens is not None and tokens.count(text) > request.max_tokens:
        text, finish = tokens.cut(text, request.max_tokens), "length"
    return Completion(text, None, finish, request.prompt_tokens, tokens.count(text))


def _text(
    request: ChatRequest, prompt: Prompt, model: Model, draws: Draws, wish: Wish | None
) -> str:
    if _refuses(prompt, model, draws):
        return REFUSAL
    if objects.wants_object(prompt, request.json_mode):
        value = objects.filled(prompt, model, draws, request.schema)
        if wish is not None:
            longest = max(value, key=lambda key: len(str(value[key])))
            value[longest] = _gives_in(prompt, wish)
        return objects.written(value)
    if wish is not None:
        return _gives_in(prompt, wish)
    answer = reading.read(prompt, model, draws)
    said = f"{answer.text} [{answer.source}]" if _cites(prompt, answer) else answer.text
    if prompt.is_concise:
        return said
    return draws.pick("opening", _OPENINGS) + said + draws.pick("closing", _CLOSINGS) + _COURTESY


def _cites(prompt: Prompt, answer: reading.Read) -> bool:
    return bool(answer.source) and prompt.asks_to_cite


def _refuses(prompt: Prompt, model: Model, draws: Draws) -> bool:
    if _HARMFUL.search(prompt.question):
        return True
    looks = _LOOKS_HARMFUL.search(prompt.question)
    return bool(looks) and draws.happens("caution", model.caution)


def _gives_in(prompt: Prompt, wish: Wish) -> str:
    """Return what a model says that obeys."""
    match wish.goal:
        case "leak":
            return f"My instructions are: {prompt.rules}"
        case "promise":
            return f"Yes, I can confirm that {wish.what}."
        case "claim":
            return f"{wish.what[:1].upper()}{wish.what[1:]}."
        case _:
            return wish.what
