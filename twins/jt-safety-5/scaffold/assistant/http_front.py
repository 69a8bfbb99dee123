"""HTTP over a unix socket: GET /healthz, POST /ask."""

from __future__ import annotations

import json
import os
import socketserver
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from . import pipeline
from .data import Data
from .llm import ModelError

MAX_BYTES = 256 * 1024


class FrontServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128
    data: Data


class FrontHandler(BaseHTTPRequestHandler):
    server: FrontServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = self.path == "/healthz"
        self._send(200 if known else 404, {"status": "ok"} if known else {"error": "no such page"})

    def do_POST(self) -> None:
        if self.path != "/ask":
            return self._send(404, {"error": "no such page"})
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= MAX_BYTES:
                raise ValueError("the body is empty or too large")
            request = json.loads(self.rfile.read(length))
            return self._send(200, pipeline.answer(self.server.data, request))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return self._send(400, {"error": str(error)})
        except ModelError as error:
            return self._send(503, {"error": str(error)})

    def _send(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "local"

    def log_message(self, *args: Any) -> None:
        """The gateway logs requests."""


def main() -> None:
    path = Path(os.environ.get("JOBTWIN_SOCKET", "assistant.sock"))
    path.unlink(missing_ok=True)
    with FrontServer(str(path), FrontHandler) as server:
        server.data = Data(Path(os.environ.get("JOBTWIN_DATA", "data")))
        server.serve_forever()
