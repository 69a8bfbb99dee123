"""Asking the model: OpenAI's chat completions, on a unix socket or at OPENAI_BASE_URL."""

from __future__ import annotations

import http.client
import json
import os
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 8.0
TRIES = 3


class ModelError(Exception):
    """The model gave no answer."""


@dataclass(frozen=True)
class Said:
    """What the model answered: a text, or a tool that it wants called."""

    text: str
    tool: str = ""
    arguments: dict[str, Any] | None = None


def chat(
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]] | None = None,
    model: str = "sim-medium",
) -> Said:
    """Return the model's answer; raises ModelError when it fails several times."""
    body: dict[str, Any] = {"model": model, "messages": messages, "temperature": 0}
    if tools:
        body["tools"] = tools
    for _ in range(TRIES):
        status, data = _post(json.dumps(body).encode())
        if status == 200:
            return _said(data["choices"][0]["message"])
        if status not in (429, 500, 503):
            break
    raise ModelError(f"the model answered with status {status}")


def _said(message: dict[str, Any]) -> Said:
    if calls := message.get("tool_calls"):
        function = calls[0]["function"]
        return Said("", function["name"], json.loads(function["arguments"]))
    return Said(message.get("content") or "")


def _post(body: bytes) -> tuple[int, Any]:
    connection, path = _connection()
    try:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get("OPENAI_API_KEY"):
            headers["Authorization"] = f"Bearer {key}"
        connection.request("POST", f"{path}/chat/completions", body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ModelError(f"the model cannot be reached: {error}") from error
    finally:
        connection.close()


def _connection() -> tuple[http.client.HTTPConnection, str]:
    if peer := os.environ.get("JOBTWIN_PEER_LLM"):
        return _UnixConnection(peer), "/v1"
    address = urlsplit(os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1"))
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    return kind(address.netloc, timeout=TIMEOUT), address.path.rstrip("/")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)
