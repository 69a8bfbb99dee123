"""GitHub's expressions, as far as the workflows use them outside of steps.

Which runs share a concurrency group, which environment a job asks for, and whether a job runs at
all is decided before any runner starts, so the local GitHub decides it itself. What stands in
steps is evaluated by act.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_TOKENS = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[!<>().,\[\]*]))"
)
_CONSTANTS = {"true": True, "false": False, "null": None}
Context = Mapping[str, Any]


class BadExpression(Exception):  # noqa: N818 - a reason, raised at whoever wrote the workflow
    """The text is no expression that is known here."""


@dataclass(frozen=True, slots=True)
class Needs:
    """How the jobs before ended: what `success()`, `failure()` and `cancelled()` ask for."""

    results: tuple[str, ...] = ()
    cancelled: bool = False


def evaluate(text: str, context: Context, needs: Needs | None = None) -> Any:
    """Return the value of one expression, written without `${{ }}`."""
    parser = _Parser(list(_tokens(text)), context, needs or Needs())
    value = parser.either()
    if parser.tokens:
        raise BadExpression(f"`{text}`: {parser.tokens[0]} is left over")
    return value


def interpolate(text: str, context: Context) -> Any:
    """Return a text with each `${{ }}` in it evaluated; a lone one keeps its type."""
    alone = re.fullmatch(r"\s*\$\{\{(.*?)\}\}\s*", text, re.DOTALL)
    if alone and "${{" not in alone[1]:
        return evaluate(alone[1], context)
    return re.sub(
        r"\$\{\{(.*?)\}\}",
        lambda found: as_text(evaluate(found[1], context)),
        text,
        flags=re.DOTALL,
    )


def condition(text: str, context: Context, needs: Needs) -> bool:
    """Say whether a job's `if` holds; `success()` is meant where no status function is named."""
    inside = re.fullmatch(r"\s*\$\{\{(.*)\}\}\s*", text, re.DOTALL)
    expression = inside[1] if inside else text
    if not re.search(r"\b(always|success|failure|cancelled)\s*\(", expression):
        expression = f"success() && ({expression})" if expression.strip() else "success()"
    return is_true(evaluate(expression, context, needs))


def is_true(value: Any) -> bool:
    """Say whether GitHub takes a value for true."""
    return value not in (None, False, "", 0)


def as_text(value: Any) -> str:
    """Return a value as GitHub writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else "Object"


def _tokens(text: str) -> Any:
    position = 0
    while text[position:].strip():
        found = _TOKENS.match(text, position)
        if found is None:
            raise BadExpression(f"`{text}` cannot be read from character {position}")
        position = found.end()
        yield found.lastgroup, found[found.lastgroup or 0]


class _Parser:
    """Reads and evaluates at once, from left to right; `&&` and `||` return one of their sides."""

    def __init__(self, tokens: list[tuple[str, str]], context: Context, needs: Needs) -> None:
        self.tokens = tokens
        self.context = context
        self.functions: dict[str, Callable[..., Any]] = _functions(needs)

    def take(self, *signs: str) -> str | None:
        if self.tokens and self.tokens[0] in [("sign", sign) for sign in signs]:
            return self.tokens.pop(0)[1]
        return None

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise BadExpression(f"`{sign}` is lacking before {self.tokens[:1]}")

    def either(self) -> Any:
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value if is_true(value) else other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.take("&&"):
            other = self.compared()
            value = other if is_true(value) else value
        return value

    def compared(self) -> Any:
        value = self.negated()
        while sign := self.take("==", "!="):
            same = _same(value, self.negated())
            value = same if sign == "==" else not same
        return value

    def negated(self) -> Any:
        if self.take("!"):
            return not is_true(self.negated())
        return self.path(self.primary())

    def path(self, value: Any) -> Any:
        while sign := self.take(".", "["):
            if sign == "[":
                name = self.either()
                self.need("]")
            elif self.take("*"):
                name = "*"
            else:
                name = self.tokens.pop(0)[1]
            value = _member(value, name)
        return value

    def primary(self) -> Any:
        if self.take("("):
            value = self.either()
            self.need(")")
            return value
        if not self.tokens:
            raise BadExpression("the expression ends too early")
        kind, text = self.tokens.pop(0)
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "sign":
            raise BadExpression(f"`{text}` stands where a value should")
        if self.take("("):
            return self.call(text)
        return _CONSTANTS[text] if text in _CONSTANTS else self.context.get(text)

    def call(self, name: str) -> Any:
        given: list[Any] = []
        while not self.take(")"):
            given.append(self.either())
            self.take(",")
        if name not in self.functions:
            raise BadExpression(f"the function `{name}` is not known here")
        return self.functions[name](*given)


def _functions(needs: Needs) -> dict[str, Callable[..., Any]]:
    good = all(result == "success" for result in needs.results)
    return {
        "always": lambda: True,
        "success": lambda: good and not needs.cancelled,
        "failure": lambda: "failure" in needs.results,
        "cancelled": lambda: needs.cancelled,
        "contains": _contains,
        "startsWith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
        "endsWith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
        "format": lambda text, *given: text.format(*(as_text(value) for value in given)),
        "fromJSON": json.loads,
        "toJSON": lambda value: json.dumps(value, indent=2),
    }


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list | tuple):
        return any(_same(item, what) for item in where)
    return as_text(what).lower() in as_text(where).lower()


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if isinstance(one, bool | int | float | None) and isinstance(other, bool | int | float | None):
        return (one or 0) == (other or 0)
    return bool(one == other)


def _member(value: Any, name: Any) -> Any:
    if name == "*":
        return list(value.values()) if isinstance(value, Mapping) else value
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list) and isinstance(name, int):
        return value[name] if 0 <= name < len(value) else None
    if isinstance(value, list):
        return [item.get(name) for item in value if isinstance(item, Mapping)]
    return None
