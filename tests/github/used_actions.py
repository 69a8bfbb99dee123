"""Which actions a job may come to use: its own, and those of the composite actions it lays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.github import workflow_files
from tests.github.repositories import Repositories
from tests.github.workflow_files import Workflow

_COMMIT = re.compile(r"[0-9a-f]{40}")
_cache: dict[str, frozenset[str]] = {}


def used(repositories: Repositories, name: str, workflow: Workflow, job: str) -> frozenset[str]:
    """Return the actions that a job's steps use, directly or by an action of the repository."""
    steps = workflow.jobs[job].get("steps", ())
    commits = {workflow.commit}
    for step in steps:
        ref = str((step.get("with") or {}).get("ref", ""))
        if _COMMIT.fullmatch(ref):
            commits.add(ref)
    inner = (_of_commit(repositories, name, commit) for commit in sorted(commits))
    return frozenset(workflow_files.uses(steps)).union(*inner)


def _of_commit(repositories: Repositories, name: str, commit: str) -> frozenset[str]:
    if commit not in _cache:
        _cache[commit] = frozenset(_composite(repositories, name, commit))
    return _cache[commit]


def _composite(repositories: Repositories, name: str, commit: str) -> Iterator[str]:
    if repositories.resolve(name, commit) is None:
        return
    for path in repositories.listing(name, commit, ".github/actions/"):
        if path.endswith(("/action.yml", "/action.yaml")):
            content = repositories.read(name, commit, path) or b""
            action = workflow_files.parse(path, commit, content)
            yield from workflow_files.uses(action.data["runs"].get("steps", ()))
