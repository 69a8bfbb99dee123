"""HTTP over a unix socket. The contract is in docs/contract.md; this part is sound."""

from __future__ import annotations

import json
import os
import socketserver
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

MOST_BYTES = 64 * 1024


class Front(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    index: Any


class Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path != "/healthz":
            return self._send(404, {"error": "no such page"})
        nonce = parse_qs(asked.query).get("nonce", [""])[0][:100]
        commit = os.environ.get("JOBTWIN_COMMIT", "")
        return self._send(200, {"status": "ok", "nonce": nonce, "commit": commit})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/query" or not 0 < length <= MOST_BYTES:
            return self._send(400, {"error": "POST /query with a JSON object"})
        try:
            request = json.loads(self.rfile.read(length))
            query, top_k = str(request["query"]), int(request.get("top_k", 10))
        except (ValueError, TypeError, KeyError):
            return self._send(400, {"error": "`query` is missing, or the body is not JSON"})
        return self._send(200, self.server.index.answer(query, top_k))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: Any) -> None:
        pass


def serve(place: Path, index: Any) -> None:
    """Answer until the process is stopped."""
    place.unlink(missing_ok=True)
    with Front(str(place), Handler) as front:
        front.index = index
        front.serve_forever()
