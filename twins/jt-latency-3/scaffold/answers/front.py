"""HTTP over a unix socket: GET /healthz, POST /ask for questions and events."""

from __future__ import annotations

import json
import os
import socketserver
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from .model import Client, ModelError
from .pipeline import Pipeline

MOST_BYTES = 64 * 1024


class Front(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 512
    pipeline: Pipeline


class Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = self.path == "/healthz"
        self._send(200 if known else 404, {"status": "ok"} if known else {"error": "no such page"})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/ask" or not 0 < length <= MOST_BYTES:
            return self._send(400, {"error": "not a request of the contract"})
        try:
            body = json.loads(self.rfile.read(length))
            return self._send(200, _answered(self.server.pipeline, body))
        except (ValueError, KeyError, TypeError):
            return self._send(400, {"error": "not a request of the contract"})
        except (ModelError, OSError) as error:
            return self._send(503, {"error": str(error)})

    def _send(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "local"

    def log_message(self, *args: Any) -> None:
        """Requests are not logged."""


def _answered(pipeline: Pipeline, body: dict[str, Any]) -> dict[str, Any]:
    if body["kind"] == "event":
        pipeline.replace(body["note"])
        return {"status": "taken in"}
    return pipeline.answer(body["text"])


def main() -> None:
    data = Path(os.environ.get("JOBTWIN_DATA", "data"))
    notes = json.loads((data / "notes.json").read_text(encoding="utf-8"))
    scale = json.loads((data / "settings.json").read_text(encoding="utf-8"))["time_scale"]
    path = Path(os.environ.get("JOBTWIN_SOCKET", "answers.sock"))
    path.unlink(missing_ok=True)
    with Front(str(path), Handler) as server:
        server.pipeline = Pipeline(notes, Client(scale).ask)
        server.serve_forever()
