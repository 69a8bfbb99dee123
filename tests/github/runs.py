"""Workflow runs: in which order they go, what each job is given, and who must approve it first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.github import expressions
from tests.github.expressions import Needs
from tests.github.running import Before, Ended, Order, Process, finish, start
from tests.github.workflow_files import Workflow

MOST_PENDING = 100
"""Runs that wait in one group with `queue: max`."""
DONE = ("success", "failure", "cancelled", "skipped")


@dataclass(frozen=True, slots=True)
class Environment:
    """A deployment environment of the repository."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    reviewers: tuple[str, ...] = ()
    """Logins; where there are some, one of them must approve each run."""


@dataclass(slots=True)
class Job:
    """One job of a run."""

    name: str
    data: Mapping[str, Any]
    result: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    raw: str = ""
    approved_by: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that must end before."""
        needs = self.data.get("needs", ())
        return (needs,) if isinstance(needs, str) else tuple(needs)


@dataclass(slots=True)
class Run:
    """One run of a workflow."""

    id: int
    workflow: Workflow
    event: str
    payload: Mapping[str, Any]
    actor: str
    created_at: datetime
    ref: str
    sha: str
    from_fork: bool
    """It runs a fork's own workflow file, without secrets."""
    depth: int = 0
    """How many `workflow_run` events lie before it."""
    attempt: int = 1
    status: str = "queued"
    conclusion: str = ""
    jobs: dict[str, Job] = field(default_factory=dict)
    process: Process | None = None
    killed: bool = False
    loses: str = ""
    """The job whose runner is lost as soon as it has begun."""

    def __post_init__(self) -> None:
        self.jobs = {name: Job(name, data) for name, data in self.workflow.jobs.items()}

    @property
    def log(self) -> str:
        """Everything that its jobs printed."""
        return "\n".join(job.log for job in self.jobs.values())

    @property
    def raw(self) -> str:
        """Everything that the runner wrote."""
        return "\n".join(job.raw for job in self.jobs.values())

    def kill(self) -> None:
        """Lose the runner at once; nothing that has been carried out is undone."""
        self.killed = True
        if self.process:
            self.process.kill()

    def wants(self, job: Job, context: Mapping[str, Any]) -> str:
        """Return the environment that a job asks for; empty where it asks for none."""
        asked = job.data.get("environment", "")
        name = asked["name"] if isinstance(asked, Mapping) else asked
        return expressions.as_text(expressions.interpolate(name, context))

    def again(self) -> None:
        """Get ready to run once more: the same run, so the same id and the same created_at."""
        self.attempt, self.status, self.conclusion, self.killed = (
            self.attempt + 1,
            "queued",
            "",
            False,
        )
        self.__post_init__()


@dataclass(slots=True)
class Runs:
    """All runs of a repository; `order` says what a runner is told about a job."""

    folder: Path
    environments: dict[str, Environment]
    order: Callable[[Run, Job, str, Mapping[str, Before]], Order]
    completed: Callable[[Run], None]
    variables: Mapping[str, str] = field(default_factory=dict)
    all: list[Run] = field(default_factory=list)
    parallel: int = 2
    only: set[str] = field(default_factory=set)
    """Workflow files that find a runner; all of them where none is named."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def queue(self, run: Run) -> None:
        """Take a run in; it may displace others of its group, as its `concurrency` says."""
        with self._lock:
            if run not in self.all:
                self.all.append(run)
            group, queue_max, cancels = self._concurrency(run)
            others = [other for other in self._open(group) if other is not run] if group else []
            pending = [other for other in others if other.status == "queued"]
            for other in others if cancels else [] if queue_max else pending:
                self._cancel(other)
            if queue_max and len(pending) >= MOST_PENDING:
                self._cancel(run)

    def settle(self) -> None:
        """Run what can run, several groups at once, until the rest waits for somebody."""
        with ThreadPoolExecutor(self.parallel) as threads:
            while ready := self.ready():
                list(threads.map(self._advance, ready))

    def approve(self, login: str, environment: str) -> int:
        """Approve what waits for an environment; return how many jobs."""
        if login not in self.environments[environment].reviewers:
            raise PermissionError(f"{login} is no reviewer of {environment}")
        count = 0
        for run in (run for run in self.all if run.status == "waiting"):
            for job in run.jobs.values():
                asked = run.wants(job, self.context(run)) == environment
                if asked and not job.result and not job.approved_by:
                    job.approved_by, count = login, count + 1
                    run.status = "queued"
        return count

    def context(self, run: Run, before: Mapping[str, Before] | None = None) -> dict[str, Any]:
        """Return what expressions outside of steps may ask."""
        payload = run.payload
        pull_request = payload.get("pull_request", {})
        github = {
            "event": payload,
            "event_name": run.event,
            "actor": run.actor,
            "repository": payload.get("repository", {}).get("full_name", ""),
            "ref": run.ref,
            "ref_name": run.ref.removeprefix("refs/heads/"),
            "sha": run.sha,
            "run_id": run.id,
            "workflow": run.workflow.name,
            "head_ref": pull_request.get("head", {}).get("ref", ""),
            "base_ref": pull_request.get("base", {}).get("ref", ""),
        }
        needs = {
            name: {"result": job.result, "outputs": dict(job.outputs)}
            for name, job in (before or {}).items()
        }
        inputs = payload.get("inputs") or {}
        return {"github": github, "inputs": inputs, "needs": needs, "vars": self.variables}

    def _concurrency(self, run: Run) -> tuple[str, bool, bool]:
        asked = run.workflow.data.get("concurrency")
        if asked is None:
            return "", False, False
        asked = {"group": asked} if isinstance(asked, str) else asked
        context = self.context(run)
        cancels = expressions.interpolate(str(asked.get("cancel-in-progress", "false")), context)
        group = expressions.as_text(expressions.interpolate(asked["group"], context))
        return group, asked.get("queue") == "max", cancels in (True, "true")

    def _open(self, group: str) -> Iterator[Run]:
        return (
            run
            for run in self.all
            if run.status != "completed" and self._concurrency(run)[0] == group
        )

    def ready(self) -> list[Run]:
        """Return the runs that may go now: of each group the one that came first."""
        with self._lock:
            ready: list[Run] = []
            taken: set[str] = set()
            for run in self.all:
                group = self._concurrency(run)[0]
                if run.status == "completed" or (group and group in taken):
                    continue
                taken.add(group)
                has_runner = not self.only or run.workflow.file in self.only
                if run.status == "queued" and has_runner:
                    run.status = "in_progress"
                    ready.append(run)
            for run in ready[self.parallel :]:
                run.status = "queued"
            return ready[: self.parallel]

    def _cancel(self, run: Run) -> None:
        run.kill()
        run.status, run.conclusion = "completed", "cancelled"

    def _advance(self, run: Run) -> None:
        for job in _in_order(list(run.jobs.values())):
            if job.result:
                continue
            if any(not run.jobs[name].result for name in job.needs):
                continue
            self._decide(run, job)
        if all(job.result for job in run.jobs.values()):
            self._complete(run)
        elif run.status != "completed":
            run.status = "waiting"

    def _decide(self, run: Run, job: Job) -> None:
        before = {name: _before(run.jobs[name]) for name in job.needs}
        ancestors = tuple(run.jobs[name].result for name in _ancestors(run, job))
        context = self.context(run, before)
        asked = str(job.data.get("if", ""))
        if not expressions.condition(asked, context, Needs(ancestors, run.killed)):
            job.result = "cancelled" if run.killed else "skipped"
            return
        name = run.wants(job, context)
        environment = self.environments.get(name, Environment())
        if name and name not in self.environments:
            raise LookupError(f"{run.workflow.path}: there is no environment `{name}`")
        if environment.reviewers and not job.approved_by:
            return
        ended = self._run(run, self.order(run, job, name, before))
        job.result = "cancelled" if run.killed else ended.result
        job.outputs, job.log, job.raw = ended.outputs, ended.log, ended.raw
        if ended.result == "skipped":
            raise AssertionError(f"act skips `{job.name}`, which is to run by `{asked}`")

    def _run(self, run: Run, order: Order) -> Ended:
        folder = self.folder / f"{run.id}-{run.attempt}-{order.job}"
        run.process = start(order, folder)
        if run.loses == order.job:
            run.process.kill()
        try:
            return finish(order, run.process, folder)
        finally:
            run.process = None

    def _complete(self, run: Run) -> None:
        results = {job.result for job in run.jobs.values()}
        with self._lock:
            if run.status == "completed":
                return
            order = ("cancelled", "failure", "success", "skipped")
            run.conclusion = next(result for result in order if result in results)
            run.status = "completed"
        self.completed(run)


def _before(job: Job) -> Before:
    return Before(job.result, job.outputs)


def _ancestors(run: Run, job: Job) -> set[str]:
    found: set[str] = set()
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += run.jobs[name].needs
    return found


def _in_order(jobs: Sequence[Job]) -> list[Job]:
    done: list[Job] = []
    while len(done) < len(jobs):
        names = {job.name for job in done}
        ready = [job for job in jobs if job not in done and names >= set(job.needs)]
        if not ready:
            raise ValueError("jobs need each other in a circle")
        done += ready
    return done
