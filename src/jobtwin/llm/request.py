"""What a client asks for: a chat completion request, read strictly and refused in OpenAI's words.

Follows the public description of `POST /v1/chat/completions`. What the simulated models do not
offer (several choices, log probabilities, audio…) is refused, never ignored in silence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobtwin.llm import tokens

MAX_MESSAGES = 400
MAX_CHARACTERS = 400_000
"""In all messages together; the context of a model is a stricter limit in tokens."""
MAX_TOOLS = 64
MAX_STOP = 4
MESSAGE_TOKENS = 4
"""What each message and tool takes beside its text."""


class BadRequestError(Exception):
    """A request that cannot be answered; told in the error shape of the API."""

    def __init__(
        self, message: str, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the model made earlier."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation."""

    role: str
    """`system` (also for `developer`), `user`, `assistant` or `tool`."""
    text: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request whose every part is understood."""

    model: str
    messages: tuple[Message, ...]
    max_tokens: int | None = None
    temperature: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    """`auto`, `none`, `required` or the name of a function behind `=`."""
    json_mode: bool = False
    schema: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def prompt(self) -> str:
        """The prompt in one piece, as it is cached by its prefix."""
        tools = [f"{t.name} {t.description} {t.parameters}" for t in self.tools]
        return "\n".join([*tools, *(f"{m.role}\n{m.text}" for m in self.messages)])

    @property
    def prompt_tokens(self) -> int:
        """How long the prompt is."""
        tools = [f"{t.name} {t.description} {t.parameters}" for t in self.tools]
        parts = [*tools, *(message.text for message in self.messages)]
        return sum(tokens.count(part) + MESSAGE_TOKENS for part in parts)

    def digest(self) -> str:
        """Return the SHA-256 of all that the text depends on; its transport does not count."""
        said = [
            self.model,
            [[m.role, m.text, [[c.name, c.arguments] for c in m.calls]] for m in self.messages],
            [self.max_tokens, self.temperature, self.seed, list(self.stop)],
            [[t.name, t.description, t.parameters] for t in self.tools],
            [self.tool_choice, self.json_mode, self.schema],
        ]
        content = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode("ascii")).hexdigest()


_KNOWN = frozenset(
    "model messages max_tokens max_completion_tokens temperature top_p seed stop stream "
    "stream_options tools tool_choice parallel_tool_calls response_format n user store metadata "
    "presence_penalty frequency_penalty logprobs service_tier prompt_cache_key "
    "safety_identifier".split()
)
_ONLY: Mapping[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "logprobs": (None, False),
    "store": (None, False),
    "presence_penalty": (None, 0, 0.0),
    "frequency_penalty": (None, 0, 0.0),
    "service_tier": (None, "auto", "default"),
}


def read(data: Any) -> ChatRequest:
    """Return the request in a parsed body; raises `BadRequestError` for the first thing amiss."""
    if not isinstance(data, dict):
        raise BadRequestError("The body must be a JSON object.")
    for name in data:
        if name not in _KNOWN:
            message = f"Unrecognized request argument supplied: {name}"
            raise BadRequestError(message, name, "unknown_parameter")
    for name, allowed in _ONLY.items():
        if data.get(name) not in allowed:
            message = f"'{name}' is not offered by the simulated models."
            raise BadRequestError(message, name, "unsupported_value")
    json_mode, schema = _response_format(data.get("response_format"))
    options = data.get("stream_options") or {}
    tools = _tools(data.get("tools"))
    return ChatRequest(
        model=_text(data, "model"),
        messages=_messages(data.get("messages")),
        max_tokens=_whole(data, "max_completion_tokens") or _whole(data, "max_tokens"),
        temperature=_number(data, "temperature", 2.0),
        seed=_seed(data.get("seed")),
        stop=_stop(data.get("stop")),
        stream=bool(data.get("stream")),
        include_usage=isinstance(options, dict) and bool(options.get("include_usage")),
        tools=tools,
        tool_choice=_choice(data.get("tool_choice"), tools),
        json_mode=json_mode,
        schema=schema,
    )


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequestError(
            f"You must provide a {name} parameter.", name, "missing_required_parameter"
        )
    return value


def _whole(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequestError(f"'{name}' must be an integer of at least 1.", name, "invalid_value")
    return value


def _number(data: Mapping[str, Any], name: str, most: float) -> float:
    value = data.get(name)
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadRequestError(f"'{name}' must be between 0 and {most:g}.", name, "invalid_value")
    return float(value)


def _seed(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise BadRequestError("'seed' must be an integer.", "seed", "invalid_type")


def _stop(value: Any) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value or []
    if not isinstance(given, list) or len(given) > MAX_STOP:
        raise BadRequestError(f"'stop' takes up to {MAX_STOP} strings.", "stop", "invalid_value")
    if not all(isinstance(item, str) and item for item in given):
        raise BadRequestError("'stop' takes strings that are not empty.", "stop", "invalid_type")
    return tuple(given)


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        message = "'messages' must be a list with at least one message."
        raise BadRequestError(message, "messages", "missing_required_parameter")
    if len(value) > MAX_MESSAGES:
        message = f"'messages' has more than {MAX_MESSAGES} messages."
        raise BadRequestError(message, "messages", "invalid_value")
    found = tuple(_message(item, f"messages[{number}]") for number, item in enumerate(value))
    if sum(len(item.text) for item in found) > MAX_CHARACTERS:
        message = "The messages are too long for any of the models."
        raise BadRequestError(message, "messages", "context_length_exceeded")
    return found


def _message(value: Any, where: str) -> Message:
    if not isinstance(value, dict):
        raise BadRequestError(f"'{where}' must be an object.", where, "invalid_type")
    role = value.get("role")
    if role not in ("system", "developer", "user", "assistant", "tool"):
        message = f"Invalid value: {role!r}. Supported values are: 'system', 'developer', "
        raise BadRequestError(
            message + "'assistant', 'user' and 'tool'.", f"{where}.role", "invalid_value"
        )
    calls = tuple(_call(item, f"{where}.tool_calls") for item in value.get("tool_calls") or ())
    content = value.get("content")
    if content is None and not calls:
        raise BadRequestError(f"'{where}' has no content.", f"{where}.content", "invalid_type")
    own = "system" if role == "developer" else role
    return Message(own, _content(content, f"{where}.content"), calls)


def _content(value: Any, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        message = f"'{where}' must be a string or a list of text parts."
        raise BadRequestError(message, where, "invalid_type")
    return "\n".join(str(text) for text in texts)


def _call(value: Any, where: str) -> Call:
    function = value.get("function") if isinstance(value, dict) else None
    given = [value.get("id"), *(function.get(n) for n in ("name", "arguments"))] if function else []
    if not given or not all(isinstance(item, str) for item in given):
        raise BadRequestError(f"'{where}' holds no tool call.", where, "invalid_type")
    return Call(*given)


def _tools(value: Any) -> tuple[Tool, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_TOOLS:
        message = f"'tools' takes 1 to {MAX_TOOLS} tools."
        raise BadRequestError(message, "tools", "invalid_value")
    found = []
    for number, item in enumerate(value):
        function = item.get("function") if isinstance(item, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            message = f"'tools[{number}]' must be a function with a name."
            raise BadRequestError(message, f"tools[{number}]", "invalid_type")
        parameters = function.get("parameters") or {}
        if not isinstance(parameters, dict):
            message = "A function's parameters are a JSON Schema object."
            raise BadRequestError(message, f"tools[{number}]", "invalid_type")
        found.append(Tool(function["name"], str(function.get("description") or ""), parameters))
    return tuple(found)


def _choice(value: Any, tools: tuple[Tool, ...]) -> str:
    if value in (None, "auto", "none", "required"):
        if value == "required" and not tools:
            message = "'tool_choice' is only allowed when 'tools' are specified."
            raise BadRequestError(message, "tool_choice", "invalid_value")
        return value or "auto"
    name = value.get("function", {}).get("name") if isinstance(value, dict) else None
    if name not in [tool.name for tool in tools]:
        message = "'tool_choice' names no function of 'tools'."
        raise BadRequestError(message, "tool_choice", "invalid_value")
    return f"={name}"


def _response_format(value: Any) -> tuple[bool, Mapping[str, Any] | None]:
    if value is None:
        return False, None
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "text":
        return False, None
    if kind == "json_object":
        return True, None
    named = value.get("json_schema") if kind == "json_schema" else None
    schema = named.get("schema") if isinstance(named, dict) else None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        message = "'response_format' must be text, json_object, or json_schema of an object."
        raise BadRequestError(message, "response_format", "invalid_value")
    return True, schema


def parse(body: bytes) -> Any:
    """Return a body's JSON; raises `BadRequestError` when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        message = "We could not parse the JSON body of your request."
        raise BadRequestError(message) from error
