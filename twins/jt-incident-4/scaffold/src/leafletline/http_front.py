"""HTTP over a unix socket: GET /healthz, POST /ask."""

from __future__ import annotations

import json
import socketserver
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from . import ask_pipeline
from .catalogue_store import LeafletStore
from .settings import (
    HEAVIEST_KG,
    LIGHTEST_KG,
    MAX_NAME_LENGTH,
    MAX_REQUEST_BYTES,
    data_folder,
    socket_path,
)


class BadRequestError(Exception):
    """Not a request of the contract; the argument says why."""


class FrontServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    store: LeafletStore


class FrontHandler(BaseHTTPRequestHandler):
    server: FrontServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._send(200, {"status": "ok"})
        else:
            self._send(404, {"error": "no such page"})

    def do_POST(self) -> None:
        try:
            if self.path != "/ask":
                return self._send(404, {"error": "no such page"})
            request = self._request()
            return self._send(200, ask_pipeline.answer_request(self.server.store, request))
        except BadRequestError as bad:
            return self._send(400, {"error": str(bad)})

    def _request(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= MAX_REQUEST_BYTES:
            raise BadRequestError("the body is empty or too large")
        try:
            request = json.loads(self.rfile.read(length))
        except ValueError as error:
            raise BadRequestError("the body is not JSON") from error
        if not isinstance(request, dict):
            raise BadRequestError("the body is not an object")
        for field in ("product", "with", "question", "ask"):
            value = request.get(field, "")
            if not isinstance(value, str) or len(value) > MAX_NAME_LENGTH:
                raise BadRequestError(f"{field} must be a short text")
        if not request.get("product"):
            raise BadRequestError("product is missing")
        weight = request.get("weight_kg", LIGHTEST_KG)
        if type(weight) is not int or not LIGHTEST_KG <= weight <= HEAVIEST_KG:
            raise BadRequestError("weight_kg must be a whole number of kilograms")
        return request

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
        """The gateway logs requests; see incident/trace.jsonl."""


def main() -> None:
    path = Path(socket_path())
    path.unlink(missing_ok=True)
    with FrontServer(str(path), FrontHandler) as server:
        server.store = LeafletStore(data_folder())
        server.serve_forever()
