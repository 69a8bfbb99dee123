"""GitHub's own description of its API (OpenAPI 3.0), held against what was asked and answered.

The description is not part of the project. It is the file `api.github.com.json` of the npm package
`@octokit/openapi`; the variable JOBTWIN_GITHUB_OPENAPI names it, or it lies among the standards
beside the project.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4
from tests.github.fake_server import Exchange

VARIABLE = "JOBTWIN_GITHUB_OPENAPI"
BESIDE = Path(__file__).parents[3] / "shared/standards/schemas/api.github.com.json"
_ROOT = "urn:github"
_MOST = 8
"""So many findings are listed of one body."""


def find() -> Path | None:
    """Return where the description is; None where it is not at hand."""
    named = os.environ.get(VARIABLE)
    path = Path(named) if named else BESIDE
    return path if path.is_file() else None


class Description:
    """What GitHub says about its API."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_bytes())
        self._components: Mapping[str, Any] = document["components"]
        self._events: Mapping[str, Any] = document["x-webhooks"]
        self._paths = {_plain(path): item for path, item in document["paths"].items()}
        schemas = _nullable({"components": {"schemas": self._components["schemas"]}})
        self._registry = Registry().with_resource(_ROOT, DRAFT4.create_resource(schemas))

    def faults(self, exchange: Exchange) -> Iterator[str]:
        """Yield what GitHub would not take or not answer."""
        place = f"{exchange.method} {exchange.template or exchange.path}"
        item = self._paths.get(_plain(exchange.template), {})
        operation = item.get(exchange.method.lower())
        if not exchange.template or operation is None:
            yield f"{place}: there is no such operation"
            return
        yield from (f"{place}: {fault}" for fault in self._asked(exchange, operation))
        if not exchange.faulty:
            yield from (f"{place}: {fault}" for fault in self._answered(exchange, operation))

    def payload_faults(self, event: str, payload: Mapping[str, Any]) -> Iterator[str]:
        """Yield what GitHub would not send as an event."""
        name = "-".join((event, payload.get("action", ""))).strip("-").replace("_", "-")
        content = self._events[name]["post"]["requestBody"]["content"]["application/json"]
        yield from (f"{name}: {fault}" for fault in self._wrong(payload, content["schema"], "it"))

    def _asked(self, exchange: Exchange, operation: Mapping[str, Any]) -> Iterator[str]:
        known = [self._resolved(one) for one in operation.get("parameters", [])]
        named = {one["name"]: one["schema"] for one in known if one["in"] == "query"}
        for name, value in exchange.query.items():
            if name not in named:
                yield f"the parameter `{name}` is unknown"
            else:
                yield from self._wrong(_typed(value, named[name]), named[name], f"?{name}")
        body = self._resolved(operation.get("requestBody") or {})
        if exchange.body is None:
            if body.get("required"):
                yield "a body must be sent"
            return
        content = body.get("content", {}).get("application/json")
        if content is None:
            yield "no body is taken"
        else:
            yield from self._wrong(exchange.body, content["schema"], "the body sent")

    def _answered(self, exchange: Exchange, operation: Mapping[str, Any]) -> Iterator[str]:
        told = operation["responses"].get(str(exchange.status))
        if told is None:
            if exchange.status < 400:
                yield f"the status {exchange.status} is not described"
            return
        content = self._resolved(told).get("content", {}).get("application/json")
        if content:
            yield from self._wrong(exchange.answer, content["schema"], "the answer")
        elif exchange.answer is not None:
            yield f"nothing is answered with {exchange.status}"

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = part.get("$ref")
        if reference is None:
            return part
        _, _, kind, name = reference.split("/")
        found: Mapping[str, Any] = self._components[kind][name]
        return found

    def _wrong(self, value: Any, schema: Any, what: str) -> Iterator[str]:
        validator = Draft4Validator(_absolute(_nullable(schema)), registry=self._registry)
        for number, error in enumerate(validator.iter_errors(value)):
            if number == _MOST:
                return
            where = "/".join(str(part) for part in error.absolute_path)
            yield f"{what} at `{where}`: {error.message[:200]}"


def _plain(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _typed(value: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "integer" and value.isdecimal():
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def _nullable(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as one of JSON Schema, which has no `nullable`."""
    if isinstance(schema, list):
        return [_nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: _nullable(one) for name, one in schema.items() if name not in _DATA}
    changed |= {name: schema[name] for name in _DATA if name in schema}
    if changed.get("nullable") is True:
        del changed["nullable"]
        return {"anyOf": [changed, {"type": "null"}]}
    return changed


_DATA = ("enum", "example", "examples", "default")
"""Parts of a schema that are values, not schemas."""


def _absolute(schema: Any) -> Any:
    """Return a schema whose references lead into the description from anywhere."""
    if isinstance(schema, list):
        return [_absolute(one) for one in schema]
    if isinstance(schema, dict):
        return {
            name: _ROOT + one if name == "$ref" and isinstance(one, str) else _absolute(one)
            for name, one in schema.items()
        }
    return schema
