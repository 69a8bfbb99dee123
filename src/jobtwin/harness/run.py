"""Carrying out a plan: every service and every test run in a sandbox of its own.

Knows no answers and judges nothing. Whatever a learner can cause comes back as an `Outcome`;
EngineError means that this machine failed.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from jobtwin.errors import EngineError, Refused
from jobtwin.harness.asking import SOCKET_NAME, ask, exchange
from jobtwin.harness.between import between
from jobtwin.harness.commands import OUTPUT_BYTES, Inside, carry_out
from jobtwin.harness.contract import (
    SERVICE_TRACE,
    Answer,
    CommandReturn,
    Outcome,
    Plan,
    Returned,
    Service,
    ServiceReturn,
    Submission,
    TestReturn,
    TestRun,
)
from jobtwin.harness.file_tree import unsafe_paths, write
from jobtwin.harness.hostile_json import Bounds, count, read
from jobtwin.harness.load import noise_ms, on_schedule
from jobtwin.harness.peers import served
from jobtwin.harness.sandbox.protocol import MIB, Exit, Limits, Mount, Result, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future

    from jobtwin.harness.contract import CommandRun, Files, Json
    from jobtwin.harness.peers import Peers
    from jobtwin.harness.sandbox.running import Running

_PATIENCE = 3
"""After so many time-outs in a row a service is not asked again."""
_DYING_SECONDS = 0.05
"""How long a broken connection may run ahead of the news that its service has ended."""
ALL_ANSWERS = Bounds(size=128 * MIB, values=1_000_000)
"""What comes back from all services and commands of a plan at most; each has an equal share."""
_PROBE_SECONDS = 2.0
_PAUSE = 0.01

_Item = TypeVar("_Item", ServiceReturn, TestReturn, CommandReturn)


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """How a twin's services and tests are started and asked; the first word `python` is ours."""

    service_command: tuple[str, ...]
    ready_path: str = "/healthz"
    ready_seconds: float = 30.0
    ask_path: str = "/ask"
    query_seconds: float = 10.0
    """For one query, from connecting to the last byte."""
    test_command: tuple[str, ...] = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    test_seconds: float = 120.0
    command: tuple[str, ...] = ()
    """What a plan's commands are words for; empty for a twin that has none."""
    answer_bytes: int = 1024 * 1024
    at_once: int = 2
    """How many services or test runs run side by side; 1 where latency is measured."""


def run(
    plan: Plan,
    submission: Submission,
    entry: EntryPoints,
    sandbox: Sandbox,
    environment: Path,
    limits: Limits,
    progress: Callable[[str], None] = lambda _: None,
) -> Returned:
    """Run the services and test runs of `plan` and return what came back, in its order.

    `environment` holds the installed packages. `limits` bound each sandbox; the wall time of a
    test run is `entry.test_seconds`. `progress` is told a line per finished item, on the
    calling thread. Raises Refused for a submission whose paths cannot be written, EngineError
    when this machine or the plan is at fault.
    """
    findings = unsafe_paths(submission.files)
    if findings:
        raise Refused(findings)
    share = max(1, len(plan.services) + len(plan.commands))
    room = Bounds(size=ALL_ANSWERS.size // share, values=ALL_ANSWERS.values // share)
    outputs = {one.id: one.output for one in plan.commands}
    services = _by_id(plan)
    stage = _Stage(submission, entry, sandbox, environment, limits, room, outputs, services)
    with ThreadPoolExecutor(max_workers=max(1, entry.at_once)) as pool:
        served = [pool.submit(stage.serve, service) for service in plan.services]
        tested = [pool.submit(stage.test, services[test.service]) for test in plan.test_runs]
        commanded: dict[str, Future[CommandReturn]] = {}
        for one in plan.commands:
            # Those before it were begun before it: whoever waits, waits for something running.
            before = commanded[one.needs] if one.needs else None
            commanded[one.id] = pool.submit(stage.command, one, before)
        try:
            return Returned(
                {
                    service.id: _told(future.result(), f"service {service.id}", progress)
                    for service, future in zip(plan.services, served, strict=True)
                },
                {
                    test.id: _told(future.result(), f"tests {test.id}", progress)
                    for test, future in zip(plan.test_runs, tested, strict=True)
                },
                {
                    one.id: _told(future.result(), f"command {one.id}", progress)
                    for one, future in zip(plan.commands, commanded.values(), strict=True)
                },
            )
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _by_id(plan: Plan) -> dict[str, Service]:
    services = {service.id: service for service in plan.services}
    tests: dict[str, TestRun] = {test.id: test for test in plan.test_runs}
    commands = {one.id for one in plan.commands}
    given = (len(plan.services), len(plan.test_runs), len(plan.commands))
    if (len(services), len(tests), len(commands)) != given:
        raise EngineError("the plan gives one id to two services, test runs or commands")
    for test in plan.test_runs:
        if test.service not in services:
            raise EngineError(
                f"the plan tests the service {test.service!r}, which it does not have"
            )
    ready: dict[str, CommandRun] = {}
    for one in plan.commands:
        if one.needs is not None and one.needs not in ready:
            raise EngineError(f"the plan needs the command {one.needs!r} before it is there")
        if one.service is not None and one.service not in services:
            raise EngineError(f"the plan asks the service {one.service!r}, which it does not have")
        ready[one.id] = one
    return services


def _told(item: _Item, name: str, progress: Callable[[str], None]) -> _Item:
    progress(f"{name}: {item.outcome}")
    return item


@dataclass(frozen=True, slots=True)
class _Serving:
    """A started service: the folder of its socket, and what kept it from being ready."""

    running: Running
    folder: Path
    trouble: ServiceReturn | None
    peers: Peers


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all services and test runs of one plan share."""

    submission: Submission
    entry: EntryPoints
    sandbox: Sandbox
    environment: Path
    limits: Limits
    room: Bounds
    """For all answers of one service together, or for the output of one command."""
    outputs: Mapping[str, str]
    """Command → the name of its output."""
    services: Mapping[str, Service]

    def serve(self, service: Service) -> ServiceReturn:
        """Start a service, ask it everything, stop it."""
        wanted = _learner_query(service, self.submission)
        queries = [*service.queries, *wanted]
        noise = noise_ms() if service.arrivals else 0.0
        with self._started(service) as serving:
            if serving.trouble is not None:
                answers = [Answer(serving.trouble.outcome)] * len(queries)
                outcome, detail = serving.trouble.outcome, serving.trouble.detail
            elif service.arrivals:
                answers, outcome, detail = self._load(serving, queries, service.arrivals)
            else:
                answers, outcome, detail = self._ask_all(serving, queries)
            traces = serving.peers.traces()
        noise = max(noise, noise_ms()) if service.arrivals else 0.0
        last = answers.pop() if wanted else None
        return ServiceReturn(outcome, tuple(answers), last, detail, traces, noise)

    def command(
        self, wanted: CommandRun, before: Future[CommandReturn] | None = None
    ) -> CommandReturn:
        """Run one of the learner's commands and read what it wrote."""
        if before is not None:
            came = before.result()
            if came.outcome is not Outcome.OK:
                return CommandReturn(Outcome.NOT_RUN, detail="the one before it did not end well")
            found = json.dumps(came.output, ensure_ascii=False).encode("utf-8")
            wanted = replace(wanted, data={**wanted.data, self.outputs[wanted.needs or ""]: found})
        with _scratch() as scratch:
            if wanted.service is None:
                return self._carried_out(wanted, scratch)
            with self._started(self.services[wanted.service]) as serving:
                if serving.trouble is not None:
                    detail = f"its service was not ready: {serving.trouble.detail}"[:2000]
                    return CommandReturn(Outcome.NOT_RUN, detail=detail)
                with between(serving.folder, scratch / "between", wanted.fault) as front:
                    mount = Mount(front.folder, "/run/jobtwin")
                    came = self._carried_out(wanted, scratch, mount)
                return replace(came, traces={**came.traces, SERVICE_TRACE: front.trace()})

    def _carried_out(self, wanted: CommandRun, scratch: Path, *mounts: Mount) -> CommandReturn:
        work = scratch / "work"
        write(self.submission.files, work)
        most = Bounds(
            size=min(OUTPUT_BYTES, self.room.size),
            values=min(Bounds().values, self.room.values),
        )
        variables = _variables(self.submission.files)
        inside = Inside((*self._code(work), *mounts), variables, self.limits, most)
        words = [*self.entry.command, *wanted.arguments]
        return carry_out(wanted, words, self.sandbox, inside, scratch)

    def test(self, service: Service) -> TestReturn:
        """Run the learner's tests against a service started for them alone."""
        with self._started(service) as serving, _scratch() as scratch:
            if serving.trouble is not None:
                return TestReturn(Outcome.NOT_RUN)
            work = scratch / "work"
            write(self.submission.files, work)
            result = self.sandbox.run(
                self.entry.test_command,
                [*self._code(work), Mount(serving.folder, "/run/jobtwin")],
                _variables(self.submission.files),
                replace(self.limits, wall_seconds=self.entry.test_seconds),
                "/repo",
            )
        return _test_return(result)

    @contextmanager
    def _started(self, service: Service) -> Iterator[_Serving]:
        files = self.submission.files if service.files is None else service.files
        with _scratch() as scratch, served(service.peers, scratch / "peers") as peers:
            work, data, folder = scratch / "work", scratch / "data", scratch / "s"
            write(files, work)
            write(service.data, data)
            folder.mkdir(mode=0o755)
            mounts = [
                *self._code(work),
                Mount(data, "/data"),
                Mount(folder, "/run/jobtwin", writable=True),
                *peers.mounts,
            ]
            env = {**_variables(files), "JOBTWIN_DATA": "/data", **peers.variables}
            command = self.entry.service_command
            with self.sandbox.start(command, mounts, env, self.limits, "/repo") as running:
                trouble = self._not_ready(running, folder, own=service.files is None)
                yield _Serving(running, folder, trouble, peers)

    def _code(self, work: Path) -> list[Mount]:
        return [Mount(work, "/repo"), Mount(self.environment, "/env")]

    def _not_ready(self, running: Running, folder: Path, *, own: bool) -> ServiceReturn | None:
        """Wait until the service is ready; return what became of it otherwise."""
        entry = self.entry
        deadline = time.monotonic() + entry.ready_seconds
        seen = Outcome.TIMED_OUT
        while (left := deadline - time.monotonic()) > 0:
            ended = running.poll()
            if ended is not None:
                outcome, detail = _ending(ended)
                said = f"; it said: {_printable(ended.stderr)}" if own and ended.stderr else ""
                return ServiceReturn(outcome, detail=f"before it was ready, {detail}{said}"[:2000])
            patience = min(left, _PROBE_SECONDS)
            found, _ = exchange(folder, "GET", entry.ready_path, None, patience, entry.answer_bytes)
            if found is Outcome.OK:
                return None
            seen = Outcome.INVALID if found is Outcome.INVALID else Outcome.TIMED_OUT
            time.sleep(_PAUSE)
        words = "its answer was not status 200" if seen is Outcome.INVALID else "it did not answer"
        place = f"GET {entry.ready_path} on {SOCKET_NAME}"
        return ServiceReturn(
            seen, detail=f"not ready after {entry.ready_seconds:g} s: {words} to {place}"
        )

    def _load(
        self, serving: _Serving, queries: list[Json], arrivals: tuple[float, ...]
    ) -> tuple[list[Answer], Outcome, str]:
        """Return an answer per query, sent as they arrive, and how the service fared."""
        entry, running = self.entry, serving.running
        if len(arrivals) != len(queries):
            raise EngineError("the plan does not say when each query arrives")
        answers = on_schedule(
            serving.folder,
            entry.ask_path,
            queries,
            arrivals,
            entry.query_seconds,
            min(entry.answer_bytes, self.room.size // max(1, len(queries))),
            lambda: running.poll() is not None,
        )
        ended = running.poll()
        outcome, detail = _ending(ended) if ended is not None else (Outcome.OK, "")
        return answers, outcome, detail

    def _ask_all(self, serving: _Serving, queries: list[Json]) -> tuple[list[Answer], Outcome, str]:
        """Return an answer per query, and how the service fared; a dead one is not asked."""
        entry, running = self.entry, serving.running
        answers: list[Answer] = []
        waited, crashed, size, values = 0, False, 0, 0
        for query in queries:
            ended = running.poll(_DYING_SECONDS if crashed else 0.0)
            if ended is not None:
                outcome, detail = _ending(ended)
                rest = [Answer(outcome)] * (len(queries) - len(answers))
                return answers + rest, outcome, f"after {len(answers)} answers, {detail}"
            answer = ask(
                serving.folder, entry.ask_path, query, entry.query_seconds, entry.answer_bytes
            )
            size, values = size + _bytes(answer), values + count(answer.body)
            if size > self.room.size or values > self.room.values:
                rest = [Answer(Outcome.INVALID)] * (len(queries) - len(answers))
                detail = f"after {len(answers)} answers, they were too much to keep"
                return answers + rest, Outcome.INVALID, detail
            answers.append(answer)
            crashed = answer.outcome is Outcome.CRASHED
            waited = waited + 1 if answer.outcome is Outcome.TIMED_OUT else 0
            if waited == _PATIENCE:
                rest = [Answer(Outcome.TIMED_OUT)] * (len(queries) - len(answers))
                detail = f"no answer within {entry.query_seconds:g} s, {waited} times in a row"
                return answers + rest, Outcome.TIMED_OUT, detail
        ended = running.poll(10 * _DYING_SECONDS if crashed else 0.0)
        outcome, detail = _ending(ended) if ended is not None else (Outcome.OK, "")
        return answers, outcome, detail


def _bytes(answer: Answer) -> int:
    return len(json.dumps(answer.body, ensure_ascii=False).encode("utf-8"))


def _learner_query(service: Service, submission: Submission) -> list[Json]:
    """Return the learner's query in a list, empty where his file does not hold one."""
    wanted = service.learner_query
    if wanted is None or wanted.path not in submission.inbox:
        return []
    try:
        document = read(submission.inbox[wanted.path], path=wanted.path)
    except Refused:
        return []
    held = isinstance(document, dict) and wanted.key in document
    return [document[wanted.key]] if held else []


def _variables(files: Files) -> dict[str, str]:
    source = "/repo/src:" if any(path.startswith("src/") for path in files) else ""
    return {
        "JOBTWIN_SOCKET": f"/run/jobtwin/{SOCKET_NAME}",
        "PYTHONPATH": f"/repo:{source}/env",
    }


def _ending(result: Result) -> tuple[Outcome, str]:
    """Return the outcome of a service that ended while it was needed, in our words."""
    if result.outcome is Exit.TIMED_OUT:
        return Outcome.TIMED_OUT, "it used up its time"
    words = {
        Exit.EXITED: f"it ended with status {result.exit_status}",
        Exit.OUTPUT_LIMIT: "it wrote too much to its output and was stopped",
        Exit.KILLED: "it used too much memory or disk and was stopped",
    }
    return Outcome.CRASHED, words[result.outcome]


def _test_return(result: Result) -> TestReturn:
    if result.outcome is Exit.TIMED_OUT:
        return TestReturn(Outcome.TIMED_OUT)
    outcomes = {0: Outcome.OK, 1: Outcome.FAILED}
    status = result.exit_status
    found = Outcome.CRASHED if status is None else outcomes.get(status, Outcome.CRASHED)
    return TestReturn(found, status)


def _printable(output: bytes) -> str:
    text = output[-4000:].decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[-1500:]


@contextmanager
def _scratch() -> Iterator[Path]:
    """A directory that goes away with whatever hostile tree was made in it."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="jt-"))
    except OSError as error:
        raise EngineError(f"no directory for the files to run: {error}") from error
    try:
        yield folder
    finally:
        # rm, because a tree a learner made may be deeper than Python can recurse
        for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            if folder.exists():
                subprocess.run([*command, "--", str(folder)], capture_output=True, check=False)
