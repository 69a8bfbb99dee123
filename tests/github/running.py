"""Running one job of a workflow by act, on this machine, as GitHub would hand it to a runner.

act gives every secret to every job, and knows neither environments nor groups. So each job is run
by a call of its own, on a copy of the file in which the jobs before it are short stand-ins with the
results and outputs that they had: a job sees what its environment holds, and nothing else. What
the job itself does, `steps`, `env`, `outputs` and `if`, stays as it is written.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STANDINS = Path(__file__).parent / "standins"
RUNNERS = ("ubuntu-24.04",)
SECONDS = 90
COLLECTOR = "local-github-collects"
_PINNED = re.compile(r"(?P<action>[\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(?P<ref>[0-9a-f]{40})")
_WORKFLOW = ("name", "env", "defaults")
_NOT_ACTS = ("concurrency", "environment", "permissions", "needs")


class NoStandIn(Exception):  # noqa: N818 - a reason
    """A workflow uses an action that is not pinned, or has no stand-in."""


@dataclass(frozen=True, slots=True)
class Before:
    """How a job ended that another needs."""

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that a runner is told about one job."""

    workflow: Mapping[str, Any]
    job: str
    event: str
    payload: Mapping[str, Any]
    before: Mapping[str, Before]
    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    github: Mapping[str, str]
    """GITHUB_… of the job's environment, and SHA_REF."""
    actor: str
    uses: frozenset[str]
    """Every action that the job may come to use."""
    told: Mapping[str, Any]
    """What the stand-ins read of the job."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended."""

    result: str
    outputs: Mapping[str, str]
    log: str
    """What GitHub would show: everything that was printed, with secrets masked."""
    raw: str
    """Everything that the runner wrote, for whoever looks for leaks."""


@dataclass(slots=True)
class Process:
    """A running job, which can be killed."""

    popen: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Kill the job with all that it started, at once, as when a runner is lost."""
        for pid in [*_below(self.popen.pid), self.popen.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def start(order: Order, folder: Path) -> Process:
    """Start a job in a folder of its own."""
    (folder / "work").mkdir(parents=True)
    (folder / "home").mkdir()
    write = {
        "work/workflow.yml": json.dumps(_copy(order, folder / "needs.json")),
        "event.json": json.dumps(order.payload),
        "secrets": _dotenv(order.secrets),
        "variables": _dotenv(order.variables),
        "job.json": json.dumps(order.told),
    }
    for name, text in write.items():
        (folder / name).write_text(text, "utf-8")
    with (folder / "log.jsonl").open("wb") as log, (folder / "errors").open("wb") as errors:
        popen = subprocess.Popen(
            _command(order, folder),
            cwd=folder / "work",
            env={"PATH": _path(), "HOME": str(folder / "home")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=errors,
        )
    return Process(popen)


def finish(order: Order, process: Process, folder: Path) -> Ended:
    """Wait for a job and return how it ended; raises RuntimeError when act itself fails."""
    try:
        process.popen.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.popen.wait()
    lines = list(_lines(folder / "log.jsonl"))
    errors = (folder / "errors").read_text("utf-8", "replace")
    result = next((line["jobResult"] for line in lines if _is_result(line, order.job)), None)
    if result is None and process.popen.returncode >= 0:
        raise RuntimeError(f"act did not run the job `{order.job}`: {errors}\n{_log(lines)}")
    needs = folder / "needs.json"
    outputs: dict[str, str] = {}
    if needs.is_file():
        told = json.loads(needs.read_bytes())[order.job]
        outputs, result = _outputs(told["outputs"] or {}, order.secrets), told["result"]
    raw = (folder / "log.jsonl").read_text("utf-8", "replace")
    # Without a result the runner was lost, which GitHub takes for a failure.
    return Ended(result or "failure", outputs, _log(lines, order.job), raw + errors)


def standins(uses: frozenset[str]) -> Iterator[tuple[str, Path]]:
    """Yield each action with its stand-in; raises `NoStandIn`."""
    for action in sorted(uses):
        if action.startswith("./"):
            continue
        found = _PINNED.fullmatch(action)
        if found is None:
            raise NoStandIn(f"`{action}` is not pinned by a full commit id")
        folder = STANDINS / found["action"].rpartition("/")[2]
        if not (folder / "action.yml").is_file():
            raise NoStandIn(f"`{action}` has no stand-in in tests/github/standins")
        yield f"{found['action']}@{found['ref']}", folder


def _command(order: Order, folder: Path) -> list[str]:
    act = Path(sysconfig.get_path("scripts")) / "act"
    environment = {
        **order.github,
        "LOCAL_GITHUB_JOB": str(folder / "job.json"),
        "LOCAL_GITHUB_PYTHON": sys.executable,
        "LOCAL_GITHUB_PROJECT": str(STANDINS.parents[2]),
        "GIT_TERMINAL_PROMPT": "0",  # act gives steps a terminal, GitHub gives them none
        "PATH": _path(),
    }
    command = [str(act), order.event, "--workflows", "workflow.yml", "--job", COLLECTOR]
    command += ["--json", "--no-skip-checkout", "--no-cache-server", "--actor", order.actor]
    command += ["--eventpath", str(folder / "event.json"), "--secret-file", str(folder / "secrets")]
    command += ["--var-file", str(folder / "variables"), "--env-file", os.devnull]
    command += ["--input-file", os.devnull, "--action-cache-path", str(folder / "cache")]
    for label in RUNNERS:
        command += ["--platform", f"{label}=-self-hosted"]
    for name, value in environment.items():
        command += ["--env", f"{name}={value}"]
    for action, standin in standins(order.uses):
        command += ["--local-repository", f"{action}={standin}"]
    return command


def _path() -> str:
    """Return what a hosted runner has on its PATH: the system, and shims for what is lacking."""
    return f"{STANDINS / 'bin'}:/usr/local/bin:/usr/bin:/bin"


def _copy(order: Order, needs: Path) -> dict[str, Any]:
    job = {k: v for k, v in order.workflow["jobs"][order.job].items() if k not in _NOT_ACTS}
    runs_on = {"runs-on": RUNNERS[0]}
    jobs: dict[str, Any] = {name: _stub(before) for name, before in order.before.items()}
    jobs[order.job] = job | ({"needs": sorted(order.before)} if order.before else {})
    collect = {"run": 'printf %s "$NEEDS" >"$NEEDS_FILE"', "shell": "bash"}
    env = {"NEEDS": "${{ toJSON(needs) }}", "NEEDS_FILE": str(needs)}
    jobs[COLLECTOR] = runs_on | {
        "needs": [order.job],
        "if": "always()",
        "steps": [collect | {"env": env}],
        "env": {"BASH_ENV": ""},
    }
    kept = {key: order.workflow[key] for key in _WORKFLOW if key in order.workflow}
    # act knows the inputs of a dispatch only where they are declared; filters are judged before.
    on = order.workflow["on"]
    declared = on.get(order.event) if isinstance(on, Mapping) else None
    asked = declared if order.event == "workflow_dispatch" and declared else {}
    return {**kept, "on": {order.event: asked}, "jobs": jobs}


def _stub(before: Before) -> dict[str, Any]:
    status = {"success": "exit 0", "failure": "exit 1", "cancelled": "exit 1"}
    stub: dict[str, Any] = {
        "runs-on": RUNNERS[0],
        "outputs": {name: _literal(value) for name, value in before.outputs.items()},
        "steps": [{"run": status.get(before.result, "exit 0"), "shell": "bash"}],
    }
    return stub | ({"if": "false"} if before.result == "skipped" else {"if": "always()"})


def _literal(value: str) -> str:
    quoted = json.dumps(value).replace("'", "''")
    return "${{ fromJSON('" + quoted + "') }}"


def _dotenv(values: Mapping[str, str]) -> str:
    lines = (f"{name}={json.dumps(value)}" for name, value in values.items())
    return "\n".join([*lines, ""])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8", "replace").split("\n"):
        if line.startswith("{"):
            yield json.loads(line)


def _is_result(line: Mapping[str, Any], job: str) -> bool:
    return "jobResult" in line and line.get("jobID") == job


def _log(lines: Sequence[Mapping[str, Any]], job: str | None = None) -> str:
    wanted = (line for line in lines if job in (None, line.get("jobID")))
    return "\n".join(str(line.get("msg", "")).rstrip("\n") for line in wanted)


def _outputs(outputs: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """Return a job's outputs; GitHub leaves out one that holds a secret."""
    values = [value for value in secrets.values() if len(value) > 3]
    return {
        name: value
        for name, value in outputs.items()
        if not any(secret in value for secret in values)
    }


def _below(pid: int) -> list[int]:
    """Return the processes that a process started, deepest first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found[::-1]
