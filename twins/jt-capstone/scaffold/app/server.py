"""A service that answers, and does nothing else that docs/contract.md asks for."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._send(200, {"status": "ok"})
        else:
            self._send(404, {"error": "no such page"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(200, {"answer": answer(asked["text"])})

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def answer(text: str) -> str:
    """Return what the service is for."""
    return f"You said: {text}"


def serve(port: int) -> None:
    """Answer until the process is stopped."""
    ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
