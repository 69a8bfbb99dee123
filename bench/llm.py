"""llm.rate: how many requests a second the simulated models answer, without modelled waiting.

In one process a request goes from its bytes to the bytes of the answer, and CPU time counts. Over
HTTP it is the wall, with server and client sharing the machine; beside it stands the same server
asked for nothing but its health, which is the floor of any answer over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Result
from bench.startup import JOBTWIN
from jobtwin.errors import EngineError
from jobtwin.llm import wire
from jobtwin.llm.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.measure import Say

COUNT = 1000
AT_ONCE = 12
"""Connections; below what the model takes at once."""
READY_SECONDS = 30
SEED = bytes(32)
ANCHOR = "GET /healthz of the same server"


def measure(runs: int, say: Say) -> list[Result]:
    """Return `llm.rate`, in one process, and `llm.rate.http`; raises `EngineError`."""
    bodies = [_body(number) for number in range(COUNT)]
    _in_process(bodies)
    say(f"asking the models {COUNT:,} times in one process, and over HTTP")
    alone = [_in_process(bodies) for _ in range(runs)]
    with _served() as socket:
        asyncio.run(_asked(socket, bodies))
        pairs = [
            (asyncio.run(_asked(socket, bodies)), asyncio.run(_asked(socket, [b""] * COUNT)))
            for _ in range(runs)
        ]
    return [
        Result("llm.rate", "requests/s/core", alone),
        Result(
            "llm.rate.http",
            "requests/s",
            [ours for ours, _ in pairs],
            ANCHOR,
            [floor for _, floor in pairs],
        ),
    ]


def _body(number: int) -> bytes:
    """Return a request with eight passages and a question, none like another."""
    passages = "\n".join(
        f"[{n}] The product {n} takes {n * 3 + 2} days to arrive and costs {n * 7 + 5} euros."
        for n in range(8)
    )
    asked = f"Context:\n{passages}\n\nQuestion: what does product {number % 8} cost ({number})?"
    messages = [
        {"role": "system", "content": "Answer from the context. Be concise."},
        {"role": "user", "content": asked},
    ]
    return json.dumps({"model": "sim-small", "temperature": 0, "messages": messages}).encode()


def _in_process(bodies: Sequence[bytes]) -> float:
    """Return answers for each CPU second of a fresh service."""
    service = Service(SEED, lambda: 0.0)
    before = time.process_time()
    for body in bodies:
        answer = service.begin(body)
        json.dumps(wire.completion(answer)).encode()
        service.end(answer)
    return len(bodies) / (time.process_time() - before)


@contextmanager
def _served() -> Iterator[Path]:
    """Serve the models at scale 0 in a process of their own, and yield its socket."""
    with tempfile.TemporaryDirectory(prefix="jobtwin-bench-") as folder:
        socket = Path(folder) / "llm.sock"
        command = [JOBTWIN, "llm", "serve", "--socket", str(socket), "--scale", "0"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(server, socket)
            yield socket
        finally:
            server.terminate()
            server.wait()


def _wait(server: subprocess.Popen[bytes], socket: Path) -> None:
    last = time.monotonic() + READY_SECONDS
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > last:
            raise EngineError("the model server did not start", "jobtwin llm serve says why")
        time.sleep(0.05)


async def _asked(socket: Path, bodies: Sequence[bytes]) -> float:
    """Return answers a second on the wall; an empty body asks for the server's health."""
    import aiohttp

    connector = aiohttp.UnixConnector(path=str(socket), limit=AT_ONCE)
    statuses: set[int] = set()
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(body: bytes) -> None:
            method, path = ("POST", "/v1/chat/completions") if body else ("GET", "/healthz")
            async with session.request(method, f"http://llm{path}", data=body or None) as reply:
                await reply.read()
                statuses.add(reply.status)

        before = time.perf_counter()
        await asyncio.gather(*(ask(body) for body in bodies))
        spent = time.perf_counter() - before
    # A request may fail with 500: the models do, now and then.
    if not statuses <= {200, 500}:
        raise EngineError(f"the model server answered {sorted(statuses)}")
    return len(bodies) / spent
