"""A command of the learner's in a sandbox: what it may read, where it writes, what comes back."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobtwin.errors import EngineError, Refused
from jobtwin.harness.contract import CommandReturn, Outcome
from jobtwin.harness.file_tree import unsafe_paths, write
from jobtwin.harness.hostile_json import Bounds, read
from jobtwin.harness.peers import served
from jobtwin.harness.sandbox.protocol import MIB, Exit, Mount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jobtwin.harness.contract import CommandRun
    from jobtwin.harness.sandbox.protocol import Limits, Result, Sandbox

OUTPUT_BYTES = MIB


@dataclass(frozen=True, slots=True)
class Inside:
    """What every command of a plan finds in its sandbox, and what it may use."""

    mounts: tuple[Mount, ...]
    variables: Mapping[str, str]
    limits: Limits
    room: Bounds
    """For its output."""


def carry_out(
    wanted: CommandRun,
    words: Sequence[str],
    sandbox: Sandbox,
    inside: Inside,
    scratch: Path,
) -> CommandReturn:
    """Run a command once and return its output; raises `EngineError` when our side failed.

    `scratch` is a folder of ours that goes away afterwards.
    """
    if unsafe_paths({wanted.output: b""}) or "/" in wanted.output:
        raise EngineError(f"the plan names no plain file for an output: {wanted.output!r}")
    data, out = scratch / "data", scratch / "out"
    write(wanted.data, data)
    out.mkdir(mode=0o755)
    with served(wanted.peers, scratch / "peers") as peers:
        began = time.monotonic()
        result = sandbox.run(
            list(words),
            [
                *inside.mounts,
                Mount(data, "/data"),
                Mount(out, "/out", writable=True),
                *peers.mounts,
            ],
            {**inside.variables, **peers.variables, "JOBTWIN_DATA": "/data"},
            replace(inside.limits, wall_seconds=wanted.seconds),
            "/repo",
        )
        took = round(time.monotonic() - began, 3)
    traces = peers.traces()
    outcome, detail = _ended(result)
    if outcome is not Outcome.OK:
        return CommandReturn(outcome, None, detail, traces, took)
    output = _output(out, wanted.output, inside.room)
    if output is None:
        most = f"{inside.room.size >> 10:,} KiB and {inside.room.values:,} values"
        detail = f"it ended well and left no JSON object of at most {most} at {wanted.output}"
        return CommandReturn(Outcome.INVALID, None, detail, traces, took)
    return CommandReturn(Outcome.OK, output, "", traces, took)


def _ended(result: Result) -> tuple[Outcome, str]:
    if result.outcome is Exit.TIMED_OUT:
        return Outcome.TIMED_OUT, "it used up its time"
    if result.outcome is not Exit.EXITED:
        return Outcome.CRASHED, "it used too much and was stopped"
    if result.exit_status == 0:
        return Outcome.OK, ""
    said = result.stderr[-1500:].decode("utf-8", "replace")
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())
    return Outcome.FAILED, f"it ended with status {result.exit_status}; it said: {words}"[:2000]


def _output(folder: Path, name: str, room: Bounds) -> dict[str, Any] | None:
    """Return the JSON object in a file that hostile code may have put there, in whatever form."""
    try:
        # Neither a link that leads out of the folder nor a pipe that never ends.
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        content = file.read(room.size + 1)
    try:
        value = read(content, room)
    except Refused:
        return None
    return value if isinstance(value, dict) else None
