"""Workflow files as data: which events start them, and what each job asks for.

`types`, `branches`, `paths` and their opposites are judged here, since act ignores them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

FOLDER = ".github/workflows"
DEFAULT_TYPES = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "pull_request_target": ("opened", "synchronize", "reopened"),
}
"""Events that start fewer workflows than they have activities, where `types` is left out."""


class _Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a word, and dates are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file at a commit."""

    path: str
    commit: str
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it calls itself, else its path."""
        return str(self.data.get("name", self.path))

    @property
    def file(self) -> str:
        """The file's name, by which it is dispatched."""
        return self.path.rpartition("/")[2]

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """Its jobs by their ids."""
        found: Mapping[str, Mapping[str, Any]] = self.data["jobs"]
        return found

    def trigger(self, event: str) -> Mapping[str, Any] | None:
        """Return what is asked of an event; None when the event does not start this workflow."""
        on = self.data["on"]
        if isinstance(on, str):
            on = [on]
        if isinstance(on, list):
            return {} if event in on else None
        return (on[event] or {}) if event in on else None

    def schedules(self) -> tuple[str, ...]:
        """Return its cron lines."""
        on = self.data["on"]
        listed = on.get("schedule", ()) if isinstance(on, Mapping) else ()
        return tuple(line["cron"] for line in listed)


@dataclass(frozen=True, slots=True)
class Happened:
    """What filters ask about an event."""

    event: str
    action: str = ""
    branch: str = ""
    """Base branch of a pull request, or the branch that was pushed to."""
    paths: Sequence[str] = ()
    workflow: str = ""
    """Name of the workflow that a `workflow_run` is about."""


def parse(path: str, commit: str, content: bytes) -> Workflow:
    """Read a workflow file."""
    return Workflow(path, commit, _data(content))


@cache
def _data(content: bytes) -> Mapping[str, Any]:
    """Return what a file says; nobody changes it, so it is read once."""
    data: Mapping[str, Any] = yaml.load(content, Loader=_Loader)
    return data


def starts(workflow: Workflow, happened: Happened) -> bool:
    """Say whether an event starts a workflow, by its filters."""
    asked = workflow.trigger(happened.event)
    if asked is None:
        return False
    if isinstance(asked, list):  # schedule
        return True
    types = asked.get("types", DEFAULT_TYPES.get(happened.event, ()))
    types = [types] if isinstance(types, str) else types
    if types and happened.action and happened.action not in types:
        return False
    if happened.workflow and happened.workflow not in asked.get("workflows", ()):
        return False
    return _passes(asked, "branches", [happened.branch] if happened.branch else []) and _passes(
        asked, "paths", happened.paths
    )


def _passes(asked: Mapping[str, Any], word: str, values: Sequence[str]) -> bool:
    if word in asked:
        return any(_matches(asked[word], value) for value in values)
    ignored = asked.get(f"{word}-ignore")
    if ignored is None:
        return True
    return not values or not all(_matches(ignored, value) for value in values)


def _matches(patterns: Sequence[str], value: str) -> bool:
    """Say whether a value matches; a later pattern overrules an earlier one."""
    chosen = False
    for pattern in patterns:
        if _regex(pattern.removeprefix("!")).fullmatch(value):
            chosen = not pattern.startswith("!")
    return chosen


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    parts = []
    for part in re.findall(r"\*\*/?|\*|\?|\+|\[[^\]]*\]|[^*?+\[]+", pattern):
        match part:
            case "**/":
                parts.append("(?:.*/)?")
            case "**":
                parts.append(".*")
            case "*":
                parts.append("[^/]*")
            case "?" | "+":
                parts.append(part)
            case _:
                parts.append(part if part.startswith("[") else re.escape(part))
    return re.compile("".join(parts), re.DOTALL)


def uses(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the actions that steps use."""
    yield from (str(step["uses"]) for step in steps if "uses" in step)
