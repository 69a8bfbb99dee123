"""Starting the learner's image as a careful operator would: walled in, asked, told to stop."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobtwin.errors import EngineError
from jobtwin.harness.container.engine import NotStarted
from jobtwin.harness.gates import failed, passed
from jobtwin.harness.sandbox.container import ask, walls
from jobtwin.harness.sandbox.protocol import MIB, Limits

if TYPE_CHECKING:
    from jobtwin.harness.container.engine import Engine
    from jobtwin.harness.gates import GateReturn
    from jobtwin.records.twin import Container

_HEALTH = Path(__file__).with_name("health.py")
_SLICE_SECONDS = 2.0
"""How long one look at the health lasts before we see whether the container still runs."""
_TICK = 0.1
_TMP_BYTES = 256 * MIB
_CPU_SECONDS = 600
_STOPPED = (0, 128 + 15)
"""It ended by itself, or by SIGTERM's own effect."""


def start(engine: Engine, tag: str, asked: Container) -> GateReturn:
    """Return whether an image starts walled in, answers its health check, and stops when told.

    Raises `EngineError` where this machine cannot find out.
    """
    limits = Limits(
        cpu_seconds=_CPU_SECONDS, memory_bytes=asked.memory_mib * MIB, tmp_bytes=_TMP_BYTES
    )
    arguments = [*walls(engine.client, limits), "--env", f"PORT={asked.port}", tag]
    if not engine.inspect("image", tag)["Config"].get("User"):
        return failed("The image names no USER, so it runs as root.")
    try:
        with engine.container(arguments) as name:
            return _Look(engine, name, asked).judged()
    except NotStarted:
        return failed("The engine could not start the image: no such command, or no such user.")


@dataclass(frozen=True, slots=True)
class _Look:
    """One container that runs, being looked at."""

    engine: Engine
    name: str
    asked: Container

    def judged(self) -> GateReturn:
        """Return what comes of it."""
        pid = int(self._state()["Pid"])
        user = self._user(pid)
        waited, trouble = (0.0, "It runs as root.") if user == 0 else self._ready(pid)
        stopped, trouble = (0.0, trouble) if trouble else self._stopped()
        if trouble:
            return failed(trouble)
        evidence = {
            "user": str(user),
            "ready_seconds": f"{waited:.1f}",
            "stop_seconds": f"{stopped:.1f}",
            "exit_status": str(self._state()["ExitCode"]),
        }
        return passed(
            "Without network, on a root that cannot be written and not as root, it answered its "
            "health check and stopped when it was told.",
            evidence,
        )

    def _user(self, pid: int) -> int | None:
        """Return the user id of its first process as it is inside; None where that has ended."""
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            ranges = Path(f"/proc/{pid}/uid_map").read_text(encoding="utf-8")
        except OSError as error:
            if _runs(self._state()):
                raise EngineError(f"who it runs as cannot be read: {error.strerror}") from error
            return None
        return _smallest_inside(status, ranges)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.engine.inspect("container", self.name)["State"]
        return state

    def _ready(self, pid: int) -> tuple[float, str]:
        """Return after how many seconds it was healthy, or why it was not."""
        began = time.monotonic()
        said = "nothing"
        while (left := self.asked.ready_seconds - (time.monotonic() - began)) > 0:
            said = self._asked(pid, min(left, _SLICE_SECONDS))
            if said == "200":
                return time.monotonic() - began, ""
            state = self._state()
            if not _runs(state):
                return (
                    0.0,
                    f"It ended by itself with status {state['ExitCode']} before it answered.",
                )
        within = f"within {self.asked.ready_seconds} seconds"
        return 0.0, f"Its health check did not answer 200 {within}; last it answered {said}."

    def _asked(self, pid: int, seconds: float) -> str:
        """Return the status that the health check answers, asked from inside of its network."""
        enter = ["nsenter", "--target", str(pid), "--net", "--"]
        if self.engine.is_rootless:
            enter = self.engine.words("unshare", *enter)
        elif os.geteuid() != 0:
            enter = ["sudo", "--non-interactive", *enter]
        given = {"port": self.asked.port, "path": self.asked.ready_path, "seconds": seconds}
        script = _HEALTH.read_text(encoding="utf-8")
        words = [*enter, sys.executable, "-I", "-S", "-c", script, json.dumps(given)]
        done = ask(words, seconds + 20)
        said = done.stdout.decode("ascii", "replace").strip()
        if done.returncode == 0 and (said.isdecimal() or said == "nothing"):
            return said
        if not Path(f"/proc/{pid}").exists():
            return "nothing"
        words_of_it = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise EngineError(f"the container's network cannot be entered: {words_of_it}")

    def _stopped(self) -> tuple[float, str]:
        """Return how many seconds stopping took after SIGTERM, or why it did not stop cleanly."""
        if not _runs(state := self._state()):
            return 0.0, f"It ended by itself with status {state['ExitCode']}."
        began = time.monotonic()
        self.engine.ask("kill", "--signal", "TERM", self.name)
        while _runs(state := self._state()):
            if time.monotonic() - began > self.asked.stop_seconds:
                return 0.0, f"It did not stop within {self.asked.stop_seconds} seconds of SIGTERM."
            time.sleep(_TICK)
        took = time.monotonic() - began
        if state["ExitCode"] not in _STOPPED:
            return took, f"It stopped with status {state['ExitCode']} after SIGTERM."
        return took, ""


def _runs(state: dict[str, Any]) -> bool:
    return state.get("Status") in ("running", "created", "initialized", "stopping")


def _smallest_inside(status: str, ranges: str) -> int:
    """Return the smallest of a process's user ids, real to saved, as its user namespace has it."""
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    return min(_mapped(int(uid), ranges) for uid in uids)


def _mapped(outside: int, ranges: str) -> int:
    for line in ranges.splitlines():
        inside, first, count = map(int, line.split())
        if first <= outside < first + count:
            return inside + outside - first
    return outside
