"""A started process under watch: its output is capped, its time, memory and disk are bounded.

Knows nothing of walls. A backend hands in the process, how to stop all of it, and how to tell
the command's own exit status from the backend's.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.harness.sandbox.protocol import Exit, Limits, Result
from jobtwin.harness.sandbox.usage import Taken, disk_bytes, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_TICK = 0.05
_CHUNK = 65536


class Running:
    """One sandboxed command; its watch ends it at the first limit it exceeds."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        limits: Limits,
        *,
        status: Callable[[int], int | None],
        stop: Callable[[], None],
        watched: Sequence[Path] = (),
    ) -> None:
        """Watch `process`, which must have pipes for stdout and stderr.

        `status` maps the process's return code to the command's exit status, None when the
        command never started. `stop` kills every process of the command and returns when
        they are gone; it is called once, after `status`, also for a command that has ended.
        """
        self._process = process
        self._limits = limits
        self._stop = stop
        self._status = status
        self._watched = tuple(watched)
        self._output = {"stdout": bytearray(), "stderr": bytearray()}
        self._cause: Exit | None = None
        self._exit_status: int | None = None
        self._trouble: EngineError | None = None
        self._peak = Taken(0, 0.0)
        self._bell: tuple[int, ...] = os.pipe()
        self._watch = threading.Thread(target=self._attend, daemon=True)
        self._watch.start()

    def poll(self, patience: float = 0.0) -> Result | None:
        """Return the result, or None if it still runs after `patience` seconds.

        Raises EngineError if it never started.
        """
        self._watch.join(patience)
        return None if self._watch.is_alive() else self.wait()

    def wait(self) -> Result:
        """Wait for the end, at most the wall limit; raises EngineError if it never started."""
        self._watch.join()
        if self._trouble is not None:
            raise self._trouble
        stdout, stderr = bytes(self._output["stdout"]), bytes(self._output["stderr"])
        return Result(self._cause or Exit.EXITED, self._exit_status, stdout, stderr)

    @property
    def peak(self) -> Taken:
        """What it took at most so far, looked at every 50 ms; nothing where none was seen."""
        return self._peak

    def kill(self) -> None:
        """Stop every process of the command and return when they are gone."""
        if self._watch.is_alive():
            self._end_as(Exit.KILLED)
            os.write(self._bell[1], b"!")
        self._watch.join()
        for end in self._bell:
            os.close(end)
        self._bell = ()

    def _attend(self) -> None:
        deadline = time.monotonic() + self._limits.wall_seconds
        checked = 0.0
        with selectors.DefaultSelector() as selector:
            selector.register(self._bell[0], selectors.EVENT_READ)
            for name, pipe in self._pipes():
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, name)
            while self._cause is None:
                ended = self._process.poll() is not None
                drained = not self._read(selector)
                if ended and drained:
                    break
                now = time.monotonic()
                if now >= deadline:
                    self._end_as(Exit.TIMED_OUT)
                elif now - checked >= _TICK:
                    checked = now
                    self._measure()
        self._end()

    def _end_as(self, cause: Exit) -> None:
        """Give the watch its reason to stop; the first one stands."""
        if self._cause is None:
            self._cause = cause

    def _pipes(self) -> list[tuple[str, IO[bytes]]]:
        pipes = (("stdout", self._process.stdout), ("stderr", self._process.stderr))
        return [(name, pipe) for name, pipe in pipes if pipe is not None]

    def _read(self, selector: selectors.BaseSelector) -> bool:
        """Take what the pipes hold, waiting one tick for it; return whether there was any."""
        if len(selector.get_map()) == 1:  # nothing but the bell: the output is closed
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TICK)
            return False
        got = False
        patience = 0.0 if self._process.returncode is not None else _TICK
        for key, _ in selector.select(patience):
            if key.data is None:
                continue
            chunk = os.read(key.fd, _CHUNK)
            if not chunk:
                selector.unregister(key.fileobj)
                continue
            got = True
            kept = self._output[key.data]
            room = self._limits.output_bytes - len(kept)
            kept += chunk[:room]
            if len(chunk) > room:
                self._end_as(Exit.OUTPUT_LIMIT)
        return got

    def _measure(self) -> None:
        limits = self._limits
        now = taken(self._process.pid, limits.memory_bytes)
        self._peak = Taken(
            max(self._peak.memory_bytes, now.memory_bytes),
            max(self._peak.cpu_seconds, now.cpu_seconds),
        )
        too_much = now.memory_bytes > limits.memory_bytes or any(
            disk_bytes(folder, limits.file_bytes) > limits.file_bytes for folder in self._watched
        )
        if too_much:
            self._end_as(Exit.KILLED)

    def _end(self) -> None:
        try:
            try:
                if self._cause is None:
                    self._conclude(self._process.returncode)
            finally:
                self._stop()
        except EngineError as error:
            self._trouble = error
        self._process.kill()
        self._process.wait()
        for _, pipe in self._pipes():
            pipe.close()

    def _conclude(self, returned: int) -> None:
        if returned < 0:  # the wall itself was killed: the kernel ran out of memory
            self._cause = Exit.KILLED
            return
        self._exit_status = self._status(returned)
        if self._exit_status is None:
            words = self._output["stderr"].decode("utf-8", "replace").strip()[-500:]
            raise EngineError(f"the sandbox did not start: {words or f'status {returned}'}")
