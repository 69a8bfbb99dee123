"""cli.help and receive.cold: what a command costs from a cold start, in CPU seconds.

The commands' own children (git) count. Beside them stands the interpreter that does nothing, which
is the floor of every command in Python.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.credentials import PROJECT
from bench.measure import Result
from jobtwin.acts.demo import LEA, TWIN, learner
from jobtwin.acts.demo.founding import founded
from jobtwin.errors import EngineError
from jobtwin.forge.events import event_to_json
from jobtwin.harness.grading import Machine
from jobtwin.harness.sandbox import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.measure import Say

NOTHING = (sys.executable, "-c", "pass")
ANCHOR = "python -c pass"
UNIT = "CPU s"
JOBTWIN = str(Path(sys.executable).with_name("jobtwin"))


def measure(names: set[str], runs: int, say: Say) -> list[Result]:
    """Return the asked for of `cli.help` and `receive.cold`."""
    results = []
    if "cli.help" in names:
        results.append(_beside_nothing("cli.help", runs, lambda: _cpu([JOBTWIN, "--help"])))
    if "receive.cold" in names:
        say("founding an organisation for receive.cold")
        with tempfile.TemporaryDirectory(prefix="jobtwin-bench-") as folder:
            push = _Push(Path(folder))
            results.append(_beside_nothing("receive.cold", runs, push.receive))
    return results


def _beside_nothing(name: str, runs: int, work: Callable[[], float]) -> Result:
    """Run once unmeasured, so that files are in memory; then take turns."""
    work()
    _cpu(NOTHING)
    pairs = [(work(), _cpu(NOTHING)) for _ in range(runs)]
    return Result(name, UNIT, [ours for ours, _ in pairs], ANCHOR, [other for _, other in pairs])


def _cpu(command: Sequence[str]) -> float:
    """Return the CPU seconds of a command with its children; raises `EngineError` if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise EngineError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


class _Push:
    """A learner's push that hands work in, on an organisation that is copied for each run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        machine = Machine(choose(), folder / "cache")
        stage = founded(PROJECT, TWIN, folder, machine, lambda _: None)
        self.forge = stage.forge
        play = learner.begin(stage, LEA)
        git = self.forge.host(LEA, f"incident-{play.started.number}")
        commit = self.forge.commit(git, LEA, play.kit, "The kit as it was handed out")
        self.forge.now = play.started.at + timedelta(minutes=60)
        inbox = {"live.yml": learner.live_request(stage, play, commit)}
        self.event = folder / "event.json"
        self.event.write_bytes(event_to_json(self.forge.push(play.number, inbox)))

    def receive(self) -> float:
        """Return the CPU seconds of `jobtwin receive` for that push."""
        copy = self.folder / "copy.git"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.forge.origin.path, copy)
        options = {
            "--event": self.event,
            "--repo": copy,
            "--secrets": self.folder / "secrets",
            "--hosted": self.forge.root / "hosted",
        }
        given = [str(item) for pair in options.items() for item in pair]
        return _cpu([JOBTWIN, "receive", *given])
