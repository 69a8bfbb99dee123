"""Servers of ours beside learner code: started outside the sandbox, reached by a socket.

Each is a process of its own (`python -m jobtwin.llm`), so that what it does takes nothing from the
clock that measures the learner. Its settings and its trace lie where no sandbox is mounted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.errors import EngineError
from jobtwin.harness.sandbox.protocol import Mount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from jobtwin.harness.contract import Peer

INSIDE = "/run/peers"
_READY_SECONDS = 30.0
_END_SECONDS = 10.0
_PAUSE = 0.01
_MOST_TRACE = 256 << 20
_MOST_REQUESTS = 20_000
"""Of a peer that has no budget of its own: a trace must stay small enough to be handed on."""
_MOST_MEMORY = 2 << 30
"""Of one peer: however much learner code sends, this machine does not run out of it."""


@dataclass(frozen=True, slots=True)
class Peers:
    """The peers of one service or command."""

    mounts: tuple[Mount, ...]
    variables: Mapping[str, str]
    folder: Path
    names: tuple[str, ...]

    def traces(self) -> dict[str, tuple[Any, ...]]:
        """Return what each peer has written so far; raises `EngineError` for what is no trace."""
        return {name: _trace(self.folder / f"{name}.jsonl") for name in self.names}


@contextmanager
def served(peers: Sequence[Peer], scratch: Path) -> Iterator[Peers]:
    """Start peers and stop them; raises `EngineError` when one does not start.

    `scratch` is a new folder, and nothing of it but its `sockets` is mounted.
    """
    sockets = scratch / "sockets"
    sockets.mkdir(mode=0o755, parents=True)
    mounts = (Mount(sockets, INSIDE),) if peers else ()
    variables = {f"JOBTWIN_PEER_{p.name.upper()}": f"{INSIDE}/{p.name}.sock" for p in peers}
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.extend(_start(peer, scratch, sockets) for peer in peers)
        for peer, process in zip(peers, started, strict=True):
            _await(peer, process, sockets)
        yield Peers(mounts, variables, scratch, tuple(peer.name for peer in peers))
    finally:
        for process in started:
            _stop(process)


def _start(peer: Peer, scratch: Path, sockets: Path) -> subprocess.Popen[bytes]:
    settings = {
        "kind": peer.kind,
        "seed": peer.seed.hex(),
        "settings": peer.settings,
        "scale": peer.scale,
        "requests": _MOST_REQUESTS if peer.requests is None else peer.requests,
        "socket": str(sockets / f"{peer.name}.sock"),
        "trace": str(scratch / f"{peer.name}.jsonl"),
        "attended": True,
    }
    try:
        # Settings by stdin: nobody reads the seed from a command line or a file. It stays open: the
        # peer ends when it closes, even where this process is killed.
        process = subprocess.Popen(
            [sys.executable, "-m", "jobtwin.llm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(f"the peer {peer.name} could not be started: {error}") from error
    _bound(process)
    with suppress(BrokenPipeError):
        assert process.stdin is not None  # noqa: S101 - as asked for
        process.stdin.write(json.dumps(settings).encode("ascii") + b"\n")
        process.stdin.flush()
    return process


def _bound(process: subprocess.Popen[bytes]) -> None:
    """Bound a peer's memory, where the system can do so for another process."""
    import resource

    if hasattr(resource, "prlimit"):
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _await(peer: Peer, process: subprocess.Popen[bytes], sockets: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    # The socket gets its last name only when it is listened on.
    while not (sockets / f"{peer.name}.sock").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            said = process.stderr.read(4000) if process.stderr else b""
            words = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise EngineError(f"the peer {peer.name} did not start: {words or 'no answer'}")
        time.sleep(_PAUSE)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stderr):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()


def _trace(path: Path) -> tuple[Any, ...]:
    if not path.is_file():
        return ()
    if path.stat().st_size > _MOST_TRACE:
        raise EngineError(f"the trace {path.name} is over {_MOST_TRACE >> 20} MiB")
    try:
        # Up to the last line end: the peer may be writing, as fast as learner code asks it to.
        whole = path.read_bytes().rpartition(b"\n")[0]
        return tuple(json.loads(line) for line in whole.splitlines())
    except ValueError as error:
        raise EngineError(f"the trace {path.name} cannot be read") from error
