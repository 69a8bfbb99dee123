"""Which workflows an event starts, from which commit, and with which rights.

The file is read from the default branch for everything that carries the organisation's rights, and
from the merge of the pull request for `pull_request`, where a fork's run gets no secrets and a
token that reads. A pull request that conflicts starts no `pull_request` run at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.github import workflow_files
from tests.github.repositories import Repositories
from tests.github.runs import Run
from tests.github.workflow_files import FOLDER, Happened, Workflow

MAIN = "refs/heads/main"
SKIP = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
ALWAYS = ("workflow_dispatch", "repository_dispatch")
"""Events that start workflows even when a job's own token caused them."""


_read: dict[str, tuple[Workflow, ...]] = {}
"""Commit → its workflows; a commit never has others."""


@dataclass(frozen=True, slots=True)
class Started:
    """A workflow that an event starts."""

    workflow: Workflow
    event: str
    ref: str
    sha: str
    from_fork: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """Finds what an event starts in one repository."""

    repositories: Repositories
    repository: str

    def started(self, event: str, payload: Mapping[str, Any]) -> Iterator[Started]:
        """Yield what an event starts; `pull_request` stands for both events of that kind."""
        sender = payload.get("sender", {}).get("login", "")
        if sender == "github-actions[bot]" and event not in ALWAYS:
            return
        match event:
            case "pull_request":
                yield from self._pull_request_target(payload)
                yield from self._pull_request(payload)
            case "push":
                yield from self._push(payload)
            case "workflow_dispatch":
                yield from self._dispatch(payload)
            case _:
                yield from self._on_main(event, payload)

    def workflows(self, commit: str) -> Iterator[Workflow]:
        """Yield every workflow file of a commit."""
        if commit not in _read:
            _read[commit] = tuple(self._files(commit))
        yield from _read[commit]

    def _files(self, commit: str) -> Iterator[Workflow]:
        for path in self.repositories.listing(self.repository, commit, f"{FOLDER}/"):
            if path.endswith((".yml", ".yaml")):
                content = self.repositories.read(self.repository, commit, path)
                yield workflow_files.parse(path, commit, content or b"")

    def main(self) -> str:
        """Return the head of the default branch."""
        found = self.repositories.head(self.repository, "main")
        if found is None:
            raise LookupError(f"{self.repository} has no branch main")
        return found

    def _on_main(self, event: str, payload: Mapping[str, Any]) -> Iterator[Started]:
        about = payload.get("workflow_run", {}).get("name", "")
        happened = Happened(event, payload.get("action", ""), workflow=about)
        sha = self.main()
        for workflow in self.workflows(sha):
            if event == "schedule" and payload.get("schedule") not in workflow.schedules():
                continue
            if workflow_files.starts(workflow, happened):
                yield Started(workflow, event, MAIN, sha)

    def _pull_request_target(self, payload: Mapping[str, Any]) -> Iterator[Started]:
        sha = self.main()
        happened = self._about(payload, "pull_request_target")
        for workflow in self.workflows(sha):
            if workflow_files.starts(workflow, happened):
                yield Started(workflow, "pull_request_target", MAIN, sha)

    def _pull_request(self, payload: Mapping[str, Any]) -> Iterator[Started]:
        pull = payload["pull_request"]
        number, head = pull["number"], pull["head"]["sha"]
        merged = self.repositories.merge(self.repository, self.main(), head, number)
        if merged is None or self._skips(head):
            return
        from_fork = (pull["head"]["repo"] or {}).get("full_name") != self.repository
        happened = self._about(payload, "pull_request")
        for workflow in self.workflows(merged):
            if workflow_files.starts(workflow, happened):
                ref = f"refs/pull/{number}/merge"
                yield Started(workflow, "pull_request", ref, merged, from_fork)

    def _about(self, payload: Mapping[str, Any], event: str) -> Happened:
        pull = payload["pull_request"]
        head = pull["head"]["sha"]
        common = self.repositories.git(self.repository).attempt("merge-base", self.main(), head)
        if common.returncode == 0:
            paths = self.repositories.changed(self.repository, self.main(), head, dots=3)
        else:
            paths = self.repositories.listing(self.repository, head)
        return Happened(event, payload["action"], pull["base"]["ref"], paths)

    def _push(self, payload: Mapping[str, Any]) -> Iterator[Started]:
        ref, after = payload["ref"], payload["after"]
        if not ref.startswith("refs/heads/") or payload["deleted"] or self._skips(after):
            return
        before = payload["before"] if not payload["created"] else ""
        paths = (
            self.repositories.changed(self.repository, before, after, dots=2)
            if before
            else self.repositories.listing(self.repository, after)
        )
        happened = Happened("push", branch=ref.removeprefix("refs/heads/"), paths=paths)
        for workflow in self.workflows(after):
            if workflow_files.starts(workflow, happened):
                yield Started(workflow, "push", ref, after)

    def _dispatch(self, payload: Mapping[str, Any]) -> Iterator[Started]:
        ref = payload["ref"]
        ref = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        sha = self.repositories.resolve(self.repository, ref)
        if sha is None:
            raise LookupError(f"No ref found for: {payload['ref']}")
        wanted = payload["workflow"].rpartition("/")[2]
        for workflow in self.workflows(sha):
            if workflow.file == wanted and workflow.trigger("workflow_dispatch") is not None:
                yield Started(workflow, "workflow_dispatch", ref, sha)

    def _skips(self, commit: str) -> bool:
        message = self.repositories.git(self.repository).text("log", "-1", "--format=%B", commit)
        return any(word in message for word in SKIP)


def with_defaults(workflow: Workflow, inputs: Mapping[str, str]) -> dict[str, str]:
    """Return a dispatch's inputs with the defaults; raises ValueError for what GitHub refuses."""
    asked = (workflow.trigger("workflow_dispatch") or {}).get("inputs") or {}
    if unexpected := set(inputs) - set(asked):
        raise ValueError(f"Unexpected inputs provided: {sorted(unexpected)}")
    filled: dict[str, str] = {}
    for name, described in asked.items():
        about = described or {}
        if about.get("required") and name not in inputs and "default" not in about:
            raise ValueError(f"Required input '{name}' not provided")
        filled[name] = str(inputs.get(name, about.get("default", "")))
    return filled


def completed_payload(run: Run, repository: str) -> dict[str, Any]:
    """Return what `workflow_run` tells of a run that has ended."""
    about = {
        "id": run.id,
        "name": run.workflow.name,
        "path": run.workflow.path,
        "event": run.event,
        "conclusion": run.conclusion,
        "head_sha": run.sha,
        "head_repository": {"full_name": repository},
    }
    return {
        "action": "completed",
        "workflow_run": about,
        "repository": {"full_name": repository},
        "sender": {"login": run.actor, "id": 1},
    }
