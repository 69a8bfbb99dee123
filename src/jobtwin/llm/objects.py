"""JSON answers: the fields that a schema or the rules ask for, filled from what was read."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jobtwin.llm.choosing import choose
from jobtwin.llm.reading import numbers, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.llm.draws import Draws
    from jobtwin.llm.models import Model
    from jobtwin.llm.prompt import Prompt

DEEPEST = 4
_ASKS_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_KEYS = re.compile(
    r"\b(?:keys?|fields?|properties)\b\s*:?\s*(?P<keys>[^\n.]{2,300})", re.IGNORECASE
)
_KEY = re.compile(r"[\"'`]?([a-z][a-z0-9_]{1,40})[\"'`]?(?=\s*(?:,|and\b|$|\(|:|\}))")
_EXAMPLE = re.compile(r"\{[^{}]{2,600}\}")
_EXAMPLE_KEY = re.compile(r"[\"']([a-z][a-z0-9_]{0,40})[\"']\s*:")
_LABELS = r"{name}[\"'`]?\s*(?:\(|:|is one of|must be one of|one of|in)\s*(?:one of\s*)?[:\[(]*\s*"
_LABEL = re.compile(r"[\"'`]?([A-Za-z][\w-]{0,40})[\"'`]?")
_ANY: Mapping[str, Any] = {"type": "string"}


def wants_object(prompt: Prompt, json_mode: bool) -> bool:
    """Say whether a JSON object is asked for, by parameter or in words."""
    return json_mode or bool(_ASKS_JSON.search(prompt.rules))


def filled(
    prompt: Prompt, model: Model, draws: Draws, schema: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the object that is asked for."""
    asked = schema or _from_words(prompt.rules)
    found = _value(prompt, model, draws, "", asked, 0)
    return found if isinstance(found, dict) else {"answer": found}


def _value(
    prompt: Prompt, model: Model, draws: Draws, name: str, schema: Mapping[str, Any], depth: int
) -> Any:
    if (labels := schema.get("enum")) and all(isinstance(label, str) for label in labels):
        return choose(prompt, model, draws, name, labels)
    kind = schema.get("type")
    kind = next((k for k in kind if k != "null"), "string") if isinstance(kind, list) else kind
    if kind == "object" and depth < DEEPEST:
        fields = schema.get("properties") or {}
        return {
            key: _value(prompt, model, draws, f"{name}.{key}", one, depth + 1)
            for key, one in fields.items()
            if isinstance(one, dict)
        }
    question = _question(prompt, name, schema)
    if kind == "array" and depth < DEEPEST:
        item = schema.get("items") or _ANY
        return [_value(prompt, model, draws, f"{name}[]", item, depth + 1)]
    answer = read(prompt, model, draws, question)
    match kind:
        case "number":
            return next(iter(numbers(answer.text)), 0.0)
        case "integer":
            return round(next(iter(numbers(answer.text)), 0))
        case "boolean":
            return answer.is_grounded
        case _:
            cites = name.rpartition(".")[2] in ("source", "citation", "document", "doc_id")
            return answer.source if cites else answer.text


def _question(prompt: Prompt, name: str, schema: Mapping[str, Any]) -> str:
    """Return what a field asks of the passages: the user's question, and what the field is for."""
    told = str(schema.get("description") or "")
    return f"{prompt.question} {told}".strip() or name.replace("_", " ")


@lru_cache(maxsize=256)
def _from_words(rules: str) -> Mapping[str, Any]:
    """Return a schema for the object that the rules describe in words or by an example."""
    example = next((found[0] for found in _EXAMPLE.finditer(rules) if '"' in found[0]), "")
    keys = _EXAMPLE_KEY.findall(example)
    if not keys and (told := _KEYS.search(rules)):
        keys = _KEY.findall(told["keys"])
    fields = {key: _field(rules, key) for key in dict.fromkeys(keys)}
    return {"type": "object", "properties": fields or {"answer": _ANY}}


def _field(rules: str, name: str) -> Mapping[str, Any]:
    """Return the schema of a field: the labels that the rules list behind its name, if any."""
    listed = re.search(
        _LABELS.format(name=re.escape(name)) + r"(?P<labels>[^\n.\])}]{3,300})", rules
    )
    labels = []
    for part in re.split(r"[,|/]|\bor\b|\band\b", listed["labels"]) if listed else ():
        word = _LABEL.fullmatch(part.strip())
        if word is None:
            break
        labels.append(word[1])
    return {"enum": labels} if len(labels) > 1 else _ANY


def written(value: Mapping[str, Any]) -> str:
    """Return an object as the models write it."""
    return json.dumps(value, ensure_ascii=False)
