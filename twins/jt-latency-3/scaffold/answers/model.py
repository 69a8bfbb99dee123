"""The model server, by its OpenAI-compatible API over a unix socket or OPENAI_BASE_URL."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 60.0
ATTEMPTS = 5
FIRST_PAUSE = 1.0
"""Seconds before the second attempt; doubled for each further one."""


class ModelError(Exception):
    """The model server did not answer."""


class Client:
    """Asks a model, and asks again when that fails."""

    def __init__(self, time_scale: float) -> None:
        self._scale = time_scale
        self._local = threading.local()

    def ask(self, model: str, messages: list[dict[str, str]]) -> tuple[str, str]:
        """Return what a model says, and the id of the completion."""
        body = {"model": model, "messages": messages, "temperature": 0}
        for attempt in range(ATTEMPTS):
            status, answer = self.send(body)
            if status == 200:
                return answer["choices"][0]["message"]["content"], answer["id"]
            time.sleep(FIRST_PAUSE * 2**attempt * self._scale)
        raise ModelError(f"no answer after {ATTEMPTS} attempts, the last with status {status}")

    def send(self, body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and answer of one request."""
        connection = self._connection()
        headers = {"Content-Type": "application/json", "Authorization": "Bearer any"}
        connection.request("POST", _path(), json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = connect()
        return self._local.connection


def connect() -> http.client.HTTPConnection:
    """Return a new connection to the model server."""
    if "JOBTWIN_PEER_LLM" in os.environ:
        return _UnixConnection(os.environ["JOBTWIN_PEER_LLM"])
    address = urlsplit(os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1"))
    https = address.scheme == "https"
    kind = http.client.HTTPSConnection if https else http.client.HTTPConnection
    return kind(address.hostname or "127.0.0.1", address.port, timeout=TIMEOUT)


def _path() -> str:
    if "JOBTWIN_PEER_LLM" in os.environ:
        return "/v1/chat/completions"
    base = urlsplit(os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1")).path
    return base.rstrip("/") + "/chat/completions"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("model", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)
