"""Tool calls: whether a simulated model makes one, which, and with what arguments."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jobtwin.llm.choosing import choose
from jobtwin.llm.reading import numbers
from jobtwin.llm.text import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.llm.draws import Draws
    from jobtwin.llm.injection import Wish
    from jobtwin.llm.models import Model
    from jobtwin.llm.prompt import Prompt
    from jobtwin.llm.request import ChatRequest, Tool

ENOUGH = 2
"""Words that a question must share with a tool before the tool is called unasked."""
_QUOTED = re.compile(r"[\"'“‘`]([^\"'”’`\n]{1,120})[\"'”’`]")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ID = re.compile(r"\b(?=[A-Z0-9-]*\d)[A-Z]{1,6}-?\d[\dA-Z-]*\b|#\d+\b|\b\d{4,}\b")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def called(
    request: ChatRequest, prompt: Prompt, model: Model, draws: Draws
) -> tuple[str, str] | None:
    """Return (name, arguments as JSON) of the call that the model makes, if it makes one."""
    if not request.tools or request.tool_choice == "none":
        return None
    named = request.tool_choice.removeprefix("=")
    tool = next((one for one in request.tools if one.name == named), None)
    if tool is None:
        if request.tool_choice == "auto" and request.messages[-1].role == "tool":
            return None
        tool = _fitting(request.tools, prompt.question, forced=named == "required")
    return (tool.name, arguments(tool, prompt, model, draws, prompt.question)) if tool else None


def wished(
    request: ChatRequest, prompt: Prompt, model: Model, draws: Draws, wish: Wish
) -> tuple[str, str]:
    """Return the call that an obeyed instruction wants; its tool is one of the request's."""
    name, _, said = wish.what.partition(" ")
    tool = next(one for one in request.tools if one.name.casefold() == name.casefold())
    return tool.name, arguments(tool, prompt, model, draws, said)


def _fitting(tools: Sequence[Tool], question: str, *, forced: bool) -> Tool | None:
    asked = words(question)
    scored = [
        (len(asked & words(f"{tool.name.replace('_', ' ')} {tool.description}")), -place, tool)
        for place, tool in enumerate(tools)
    ]
    score, _, best = max(scored, key=lambda item: item[:2])
    return best if forced or score >= ENOUGH else None


def arguments(tool: Tool, prompt: Prompt, model: Model, draws: Draws, said: str) -> str:
    """Return the arguments of a call, as far as `said` tells them."""
    fields = tool.parameters.get("properties")
    required = tool.parameters.get("required")
    needed = required if isinstance(required, list) else list(fields or ())
    found = {}
    for name, schema in (fields or {}).items() if isinstance(fields, dict) else ():
        value = _argument(
            name, schema if isinstance(schema, dict) else {}, prompt, model, draws, said
        )
        if value is not None or name in needed:
            found[name] = value
    return json.dumps(found, ensure_ascii=False)


def _argument(
    name: str, schema: Mapping[str, Any], prompt: Prompt, model: Model, draws: Draws, said: str
) -> Any:
    if (labels := schema.get("enum")) and all(isinstance(label, str) for label in labels):
        there = [label for label in labels if label.casefold() in said.casefold()]
        return there[0] if there else choose(prompt, model, draws, name, labels)
    match schema.get("type"):
        case "integer":
            return next((round(number) for number in numbers(said)), None)
        case "number":
            return next(iter(numbers(said)), None)
        case "boolean":
            return not re.search(r"\b(?:no|not|without|never)\b", said, re.IGNORECASE)
        case _:
            return _words_for(name, said)


def _words_for(name: str, said: str) -> str:
    """Return the part of a text that a parameter's name asks for, else the text itself."""
    patterns = []
    if re.search(r"mail|recipient|to$", name):
        patterns.append(_MAIL)
    if re.search(r"date|day|when", name):
        patterns.append(_DATE)
    if re.search(r"id$|number|order|ticket|account|invoice|ref", name):
        patterns.append(_ID)
    for pattern in (*patterns, _QUOTED):
        if found := pattern.search(said):
            return found[1] if found.groups() else found[0]
    return " ".join(said.split())[:200]
