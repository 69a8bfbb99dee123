"""Asking the feature: JSON over HTTP, at an address or on a unix socket, one connection kept."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 20.0


@dataclass(frozen=True)
class Answer:
    """One answer of the feature."""

    status: int
    """Of HTTP: 200, 500 when its model failed, 429 when the budget is used up."""
    output: str
    """What the feature gave out: meant to be a JSON object. Empty unless the status is 200."""
    latency_ms: float
    """As the feature reports it; the server here waits for nothing, so never time it yourself."""
    cost_usd: float
    tokens: int


class Client:
    """A feature at `http://host:port` or `unix:/path/to.sock`."""

    def __init__(self, base_url: str) -> None:
        self._url = base_url
        self._connection = self._connect()

    def ask(self, text: str) -> Answer:
        """Return the feature's answer to one ticket; every call counts against the budget."""
        body = json.dumps({"text": text}).encode("utf-8")
        self._connection.request("POST", "/ask", body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        data: dict[str, Any] = json.loads(response.read())
        usage = data.get("usage", {})
        return Answer(
            response.status,
            data.get("output", ""),
            float(data.get("latency_ms", 0.0)),
            float(usage.get("cost_usd", 0.0)),
            int(usage.get("prompt_tokens", 0)) + int(usage.get("completion_tokens", 0)),
        )

    def _connect(self) -> http.client.HTTPConnection:
        if self._url.startswith("unix:"):
            return _UnixConnection(self._url.removeprefix("unix:"))
        address = urlsplit(self._url)
        return http.client.HTTPConnection(
            address.hostname or "127.0.0.1", address.port, timeout=TIMEOUT
        )


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)
