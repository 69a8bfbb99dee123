"""A go-between of ours on the way from a learner's command to a learner's service.

It stands outside of both sandboxes, so neither can see whether it changes anything, and its account
of what was asked is ours. Both sides are hostile: sizes, times and requests at once are bounded.
"""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from jobtwin.harness.asking import SOCKET_NAME, relayed
from jobtwin.harness.faults import Reply, Seeded
from jobtwin.harness.sandbox.protocol import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobtwin.harness.contract import Fault

MOST_BYTES = MIB
MOST_REQUESTS = 20_000
"""Then it turns everybody away: its account must stay small enough to be handed on."""
_AT_ONCE = 64
_SECONDS = 60.0
_NOT_PASSED_ON = frozenset(
    "connection keep-alive te trailer transfer-encoding upgrade content-length host expect "
    "accept-encoding proxy-authenticate proxy-authorization server date".split()
)
_MOST_PATH = 200
_DIGITS = 8
"""Of a length that is looked at."""


@dataclass(slots=True)
class Between:
    """A go-between at work."""

    service: Path
    """The folder with the service's socket."""
    folder: Path
    """The folder with its own, of the same name."""
    seeded: Seeded | None
    lock: threading.Lock = field(default_factory=threading.Lock)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def trace(self) -> tuple[dict[str, Any], ...]:
        """Return what was asked so far."""
        with self.lock:
            return tuple(self.lines)

    def answer(
        self, method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> Reply:
        """Ask the service, and return what it says or what is said in its place."""
        if len(self.lines) >= MOST_REQUESTS:
            return _refused(429)
        reply = self._asked(method, path, headers, body)
        with self.lock:
            changed = False
            if self.seeded is not None and method == "POST":
                reply, changed = self.seeded.spoil(body, reply)
            known = path[:_MOST_PATH]
            self.lines.append({"path": known, "status": reply.status, "changed": changed})
        if changed and self.seeded is not None:
            time.sleep(self.seeded.fault.delay_ms / 1000)
        return reply

    def _asked(
        self, method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> Reply:
        kept = {name: value for name, value in headers if name.lower() not in _NOT_PASSED_ON}
        came = relayed(self.service, method, path, kept, body, _SECONDS, MOST_BYTES)
        if came is None:
            return _refused(502)
        status, said, content = came
        fit = tuple(pair for pair in said if pair[0].lower() not in _NOT_PASSED_ON)
        return Reply(status, fit, content)


@contextmanager
def between(service: Path, folder: Path, fault: Fault | None) -> Iterator[Between]:
    """Stand at `folder` for the service whose socket lies in the folder `service`."""
    folder.mkdir(mode=0o755)
    standing = Between(service, folder, Seeded(fault) if fault else None)
    place = folder / SOCKET_NAME
    with _Server(str(place), _handler(standing)) as server:
        place.chmod(0o666)  # the command is another user
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield standing
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = _AT_ONCE

    def __init__(self, place: str, handler: type[BaseHTTPRequestHandler]) -> None:
        """Listen at `place`, which does not exist yet."""
        super().__init__(place, handler)
        self.room = threading.Semaphore(_AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, once there is room for one."""
        self.room.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever breaks off has broken off."""


def _handler(standing: Between) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            """Take one request, whatever its method is."""
            self.raw_requestline = self.rfile.readline(65537)
            if len(self.raw_requestline) > 65536 or not self.raw_requestline:
                self.close_connection = True
            elif self.parse_request():
                self._write(self._passed_on())
            self.close_connection = True

        def _passed_on(self) -> Reply:
            length = self.headers.get("Content-Length") or "0"
            if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
                return _refused(411)
            if len(length) > _DIGITS or int(length) > MOST_BYTES:
                return _refused(413)
            body = self.rfile.read(int(length))
            headers = tuple((str(name), str(value)) for name, value in self.headers.items())
            return standing.answer(self.command, self.path, headers, body)

        def _write(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name above
            """Keep quiet: the trace has it."""

    return Handler


def _refused(status: int) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), b'{"error": "not passed on"}')
