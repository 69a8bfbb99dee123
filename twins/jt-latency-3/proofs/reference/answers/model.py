"""The model server: kept connections, instant retries, a second request for the slow."""

from __future__ import annotations

import http.client
import json
import os
import queue
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 60.0
HEDGES = (0.34, 0.48)
"""Modelled seconds after which the same is asked once more: most answers are there by then."""
ATTEMPTS = 4


class ModelError(Exception):
    """The model server did not answer."""


class Client:
    """Asks a model; asks again at once when that fails, and meanwhile when it is slow."""

    def __init__(self, time_scale: float) -> None:
        self._scale = time_scale
        self._idle: queue.SimpleQueue[http.client.HTTPConnection] = queue.SimpleQueue()

    def ask(self, model: str, messages: list[dict[str, str]]) -> tuple[str, str]:
        """Return what a model says, and the id of the completion."""
        body = json.dumps({"model": model, "messages": messages, "temperature": 0}).encode()
        came: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._begin(body, came)
        begun, failed = 1, 0
        waits = list(HEDGES)
        waited = 0.0
        while True:
            try:
                pause = max(0.001, (waits[0] - waited) * self._scale) if waits else TIMEOUT
                found = came.get(timeout=pause)
            except queue.Empty:
                if not waits:
                    raise ModelError("no answer in time") from None
                waited = waits.pop(0)
                self._begin(body, came)
                begun += 1
                continue
            if found is not None:
                return found
            failed += 1
            if failed >= ATTEMPTS:
                raise ModelError("no answer")
            if failed == begun:
                self._begin(body, came)
                begun += 1

    def _begin(self, body: bytes, came: queue.SimpleQueue[tuple[str, str] | None]) -> None:
        threading.Thread(target=self._send, args=(body, came), daemon=True).start()

    def _send(self, body: bytes, came: queue.SimpleQueue[tuple[str, str] | None]) -> None:
        try:
            status, answer = self.send(body)
        except (OSError, ValueError, http.client.HTTPException):
            status, answer = 0, {}
        said = (answer["choices"][0]["message"]["content"], answer["id"]) if status == 200 else None
        came.put(said)

    def send(self, body: bytes) -> tuple[int, Any]:
        """Return status and answer of one request."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = connect()
        headers = {"Content-Type": "application/json", "Authorization": "Bearer any"}
        connection.request("POST", "/v1/chat/completions", body, headers)
        response = connection.getresponse()
        found = response.status, json.loads(response.read())
        self._idle.put(connection)
        return found


def connect() -> http.client.HTTPConnection:
    """Return a new connection to the model server."""
    if "JOBTWIN_PEER_LLM" in os.environ:
        return _UnixConnection(os.environ["JOBTWIN_PEER_LLM"])
    address = urlsplit(os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1"))
    return http.client.HTTPConnection(
        address.hostname or "127.0.0.1", address.port, timeout=TIMEOUT
    )


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("model", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)
