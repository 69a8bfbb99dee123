"""Building the learner's image: every line of the Dockerfile is the learner's, and none trusted.

It is the one place where commands of a learner's have a network, since an image is made of what is
fetched. So it is bounded in time, in words and in disk, and whoever builds holds nothing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jobtwin.harness.gates import failed, passed
from jobtwin.harness.sandbox.container import spawn
from jobtwin.harness.sandbox.protocol import MIB, Exit, Limits
from jobtwin.harness.sandbox.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jobtwin.harness.container.engine import Engine
    from jobtwin.harness.gates import GateReturn
    from jobtwin.harness.sandbox.protocol import Result
    from jobtwin.records.twin import Container

TRIES = 2
"""A registry that fails once is no fault of the learner's."""
_LOG_BYTES = 4 * MIB
_DISK_TIMES = 4
"""How much more disk a build may take than its image: layers, caches and what is left over."""
_CLIENT_MEMORY = 4096 * MIB
_LOOK_SECONDS = 0.25
_POLITE_SECONDS = 5.0
_TOLD = 4000


def build(
    engine: Engine, context: Path, tag: str, asked: Container, tell: Callable[[str], None]
) -> GateReturn:
    """Return whether the Dockerfile of a folder gives an image, which then has the tag."""
    began = time.monotonic()
    for _ in range(TRIES):
        result, took_disk = _attempt(engine, context, tag, asked)
        tell((result.stdout + result.stderr)[-_TOLD:].decode("utf-8", "replace"))
        if result.outcome is not Exit.EXITED or result.exit_status == 0:
            break
    if took_disk:
        return failed(f"Building took more than {_DISK_TIMES * asked.image_mib:,} MiB of disk.")
    if result.outcome is Exit.TIMED_OUT:
        return failed(f"Building did not end within {asked.build_seconds:,} seconds.")
    if result.outcome is Exit.OUTPUT_LIMIT:
        return failed(f"Building printed more than {_LOG_BYTES // MIB} MiB.")
    if result.exit_status != 0:
        return failed(f"The build ended with status {result.exit_status}, {TRIES} times.")
    return _judged(engine, tag, asked, time.monotonic() - began)


def _judged(engine: Engine, tag: str, asked: Container, seconds: float) -> GateReturn:
    known = engine.inspect("image", tag)
    size = int(known["Size"])
    evidence = {
        "engine": f"{engine.client} {engine.version()}".strip(),
        "rootless": "yes" if engine.is_rootless else "no",
        "image": f"sha256:{str(known['Id']).removeprefix('sha256:')}",
        "image_bytes": str(size),
        "build_seconds": f"{seconds:.1f}",
    }
    if size > asked.image_mib * MIB:
        return failed(f"The image is larger than {asked.image_mib:,} MiB.", evidence)
    return passed("The Dockerfile of the submitted commit gives an image.", evidence)


def _attempt(engine: Engine, context: Path, tag: str, asked: Container) -> tuple[Result, bool]:
    """Return how one build ended, and whether it took too much disk."""
    limits = Limits(
        wall_seconds=asked.build_seconds, memory_bytes=_CLIENT_MEMORY, output_bytes=_LOG_BYTES
    )
    place, most = engine.storage(), _DISK_TIMES * asked.image_mib * MIB
    before = _free(place)
    words = engine.words("build", "--no-cache", "--force-rm", "--tag", tag)
    if engine.client == "podman":
        words += ["--layers=false"]  # it would keep an image of every line
    with _running([*words, str(context)], limits) as running:
        while (result := running.poll(_LOOK_SECONDS)) is None:
            if before - _free(place) > most:
                running.kill()
                return running.wait(), True
    return result, False


def _free(place: Path) -> int:
    try:
        return shutil.disk_usage(place).free
    except OSError:  # a daemon's folder may be closed to us
        return shutil.disk_usage("/").free


@contextmanager
def _running(words: list[str], limits: Limits) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="jobtwin-") as scratch:
        process = spawn(words, scratch)
        running = Running(process, limits, status=lambda code: code, stop=lambda: _stop(process))
        try:
            yield running
        finally:
            running.kill()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a build: asked first, since a client that is asked takes its build along."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLITE_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
