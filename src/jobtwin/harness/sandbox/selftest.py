"""Whether a sandbox really holds: attacks of our own, before any of a learner's code runs.

Takes about half a second with bubblewrap and two seconds with a container.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.harness.sandbox.protocol import MIB, Exit, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.harness.sandbox.protocol import Sandbox

_PROBE = Path(__file__).with_name("probe.py")
_LIMITS = Limits(
    wall_seconds=20,
    cpu_seconds=10,
    memory_bytes=256 * MIB,
    processes=24,
    output_bytes=64 * 1024,
    file_bytes=2 * MIB,
    tmp_bytes=4 * MIB,
    open_files=64,
)
_EAT_MEMORY = "import sys; kept = b'x' * int(sys.argv[1]); print('MEMORY TAKEN', flush=True)"
_FLOOD = "import os\nwhile True: os.write(1, b'x' * 65536)"
_SLEEP = "import time; time.sleep(60)"
_SHORTEST_WALL = 0.3


def breaches(sandbox: Sandbox) -> tuple[str, ...]:
    """Return what did not hold, as sentences; empty when the sandbox may be used."""
    try:
        began = time.monotonic()
        broken = _walls(sandbox)
        return (*broken, *_limits(sandbox, time.monotonic() - began))
    except EngineError as error:
        return (error.message,)


def _walls(sandbox: Sandbox) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="jobtwin-") as folder, _canary() as canary:
        hidden = Path(folder) / "of-another-mount"
        hidden.write_text("unseen", encoding="utf-8")
        given = {
            "canary": canary,
            "hidden": [str(hidden), str(Path.home()), str(Path.cwd()), str(_PROBE)],
            "processes": _LIMITS.processes,
            "file_bytes": _LIMITS.file_bytes,
            "tmp_bytes": _LIMITS.tmp_bytes,
        }
        probe = _PROBE.read_text(encoding="utf-8")
        result = sandbox.run(["python", "-c", probe, json.dumps(given)], limits=_LIMITS)
    try:
        said = json.loads(result.stdout)
    except ValueError:
        words = result.stderr.decode("utf-8", "replace").strip()[-300:]
        return [f"the probe did not report ({result.outcome} {result.exit_status}): {words}"]
    return [str(sentence) for sentence in said]


def _limits(sandbox: Sandbox, one_run: float) -> Iterator[str]:
    """Yield what a limit let through; `one_run` is how long a whole run takes, in seconds."""
    memory = sandbox.run(["python", "-c", _EAT_MEMORY, str(512 * MIB)], limits=_LIMITS)
    if b"TAKEN" in memory.stdout:
        yield "it may take more memory than its limit"
    flood = sandbox.run(["python", "-c", _FLOOD], limits=_LIMITS)
    if flood.outcome is not Exit.OUTPUT_LIMIT:
        yield f"a flood of output ended as {flood.outcome}"
    # A container that is stopped while it starts leaves a process behind.
    wall = replace(_LIMITS, wall_seconds=max(_SHORTEST_WALL, one_run))
    slow = sandbox.run(["python", "-c", _SLEEP], limits=wall)
    if slow.outcome is not Exit.TIMED_OUT:
        yield f"a command that sleeps too long ended as {slow.outcome}"


@contextmanager
def _canary() -> Iterator[str]:
    """Put a secret into our own environment, as a careless operator would."""
    name, canary = "JOBTWIN_SELFTEST_CANARY", secrets.token_hex(16)
    os.environ[name] = canary  # noqa: TID251 - nothing is read: a leak of it is what is sought
    try:
        yield canary
    finally:
        del os.environ[name]  # noqa: TID251
