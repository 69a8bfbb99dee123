"""The desk over HTTP. docs/contract.md says what it promises."""

from __future__ import annotations

import json
import signal
import threading
import time
import uuid
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.guard import RefusedError, gives_orders, masked, message_of
from app.telemetry import Telemetry, fit_id
from app.triage import HANDOFF, Desk, Triage, open_desk

MOST_BYTES = 16 * 1024
AT_ONCE = 32


def decide(desk: Desk, body: object) -> Triage:
    """Return what is said to a request; whoever gives orders to the machine meets a person."""
    text = message_of(body)
    if gives_orders(text):
        return Triage("unsure", 0.0, HANDOFF, handoff=True)
    return desk.triage(text)


class Front(ThreadingHTTPServer):
    """The server with what its requests share."""

    block_on_close = True

    def __init__(self, port: int, telemetry: Telemetry | None = None) -> None:
        """Listen at the port."""
        super().__init__(("0.0.0.0", port), Handler)
        self.desk, self.telemetry = open_desk(), telemetry or Telemetry()
        self.room = threading.BoundedSemaphore(AT_ONCE)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Front
    timeout = 5

    def do_GET(self) -> None:
        """Answer whoever watches."""
        if self.path == "/healthz":
            self._send(200, {"status": "ok", "topics": len(self.server.desk.replies)}, "")
        elif self.path == "/metrics":
            self._write(200, "text/plain; version=0.0.4", self.server.telemetry.exposition(), "")
        else:
            self._send(404, {"error": "no such page"}, "")

    def do_POST(self) -> None:
        """Answer a customer's message."""
        began = time.perf_counter()
        name = fit_id(self.headers.get("X-Request-Id"), uuid.uuid4().hex)
        status, body, more = self._decided()
        took = (time.perf_counter() - began) * 1000
        self.server.telemetry.note(name, "triage", status, took, **more)
        self._send(status, body, name)

    def _decided(self) -> tuple[int, dict[str, Any], dict[str, object]]:
        if self.path != "/triage":
            return 404, {"error": "no such page"}, {}
        if not self.server.room.acquire(blocking=False):
            return 503, {"error": "busy, try again in a second"}, {}
        try:
            found = decide(self.server.desk, self._body())
        except RefusedError as refused:
            return 422, {"error": str(refused)}, {"refused": masked(str(refused))}
        finally:
            self.server.room.release()
        return 200, asdict(found), {"topic": found.topic, "handoff": found.handoff}

    def _body(self) -> object:
        length = self.headers.get("Content-Length") or ""
        if not length.isdigit() or not 0 < int(length[:9]) <= MOST_BYTES:
            raise RefusedError(f"send 1 to {MOST_BYTES} bytes")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise RefusedError("the body is no JSON") from None

    def _send(self, status: int, body: dict[str, Any], name: str) -> None:
        self._write(status, "application/json", json.dumps(body), name)

    def _write(self, status: int, kind: str, text: str, name: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if name:
            self.send_header("X-Request-Id", name)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: the telemetry has it."""


def serve(port: int) -> None:
    """Answer until told to end by SIGTERM; what was begun is finished."""
    with Front(port) as front:
        stop = threading.Thread(target=front.shutdown)
        signal.signal(signal.SIGTERM, lambda *_: stop.start())
        front.serve_forever(poll_interval=0.1)
