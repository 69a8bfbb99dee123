"""Asking a service over its unix socket, from our side of the wall.

The socket lies in a directory that the service may write, and every byte it sends is hostile:
links are not followed, one deadline bounds a whole exchange, and sizes are bounded.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.harness.contract import Answer, Outcome
from jobtwin.harness.hostile_json import Bounds, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jobtwin.harness.contract import Json

SOCKET_NAME = "service.sock"
_PAUSE = 0.01

Exchanged = tuple[int, tuple[tuple[str, str], ...], bytes]
"""Status, headers and body."""
_Sent = tuple[str, str, "Mapping[str, str]", bytes | None]
"""Method, path, headers and body."""


def ask(folder: Path, path: str, query: Json, seconds: float, most: int) -> Answer:
    """POST `query` to the service whose socket lies in `folder`; return what came of it.

    An answer is status 200 with a strict JSON object of at most `most` bytes, complete within
    `seconds` of the call.
    """
    body = json.dumps(query, ensure_ascii=False, allow_nan=False).encode("utf-8")
    began = time.perf_counter()
    outcome, data = exchange(folder, "POST", path, body, seconds, most)
    milliseconds = round((time.perf_counter() - began) * 1000, 3)
    if outcome is not Outcome.OK:
        return Answer(outcome, milliseconds=milliseconds)
    try:
        value = read(data, Bounds(size=most))
    except Refused:
        return Answer(Outcome.INVALID, milliseconds=milliseconds)
    if not isinstance(value, dict):
        return Answer(Outcome.INVALID, milliseconds=milliseconds)
    return Answer(Outcome.OK, value, milliseconds)


def exchange(
    folder: Path, method: str, path: str, body: bytes | None, seconds: float, most: int
) -> tuple[Outcome, bytes]:
    """Return the outcome of one request, and the body when it is OK (status 200).

    CRASHED means that the connection broke or could not be made, INVALID that what lies at
    the socket's place or came through it is not what was agreed.
    """
    headers = {"Content-Type": "application/json"} if body is not None else {}
    try:
        status, _, data = _exchanged(folder, (method, path, headers, body), seconds, most)
        return (Outcome.OK, data) if status == 200 else (Outcome.INVALID, b"")
    except (TimeoutError, BlockingIOError):
        return Outcome.TIMED_OUT, b""
    except OSError:
        return Outcome.CRASHED, b""
    except (http.client.HTTPException, ValueError):
        return Outcome.INVALID, b""


def relayed(
    folder: Path,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float,
    most: int,
) -> Exchanged | None:
    """Return the status, headers and body of one request, or None where there is no answer."""
    sent = {**headers, "Content-Length": str(len(body))} if body else headers
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            return _exchanged(folder, (method, path, sent, body or None), left, most)
        except BlockingIOError:  # nobody takes it up yet: a port would have let it wait
            time.sleep(_PAUSE)
        except (OSError, http.client.HTTPException, ValueError):
            return None
    return None


def _exchanged(folder: Path, sent: _Sent, seconds: float, most: int) -> Exchanged:
    """Return what was answered; ValueError for what is too much, or less than was promised."""
    method, path, headers, body = sent
    with _connected(folder, time.monotonic() + seconds) as connection:
        connection.request(method, path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        data = response.read(most + 1)
        if len(data) > most or response.length:
            raise ValueError("not a whole answer")
        return response.status, tuple(response.getheaders()), data


class _Deadline(socket.socket):
    """A socket on which every wait ends at one moment, however the bytes drip."""

    deadline = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._hurry()
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._hurry()
        super().sendall(*args, **kwargs)

    def _hurry(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


@contextmanager
def _connected(folder: Path, deadline: float) -> Iterator[http.client.HTTPConnection]:
    with _Deadline(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.deadline = deadline
        channel.settimeout(max(deadline - time.monotonic(), 0.001))
        _connect(channel, folder)
        connection = http.client.HTTPConnection("service")
        connection.auto_open = False  # never a TCP connection, whatever happens to this one
        connection.sock = channel
        try:
            yield connection
        finally:
            connection.close()


def _connect(channel: socket.socket, folder: Path) -> None:
    """Connect to the very inode that was found to be a socket; ValueError when it is none."""
    place = folder / SOCKET_NAME
    if not hasattr(os, "O_PATH"):  # not Linux: `eval` without walls on the learner's machine
        if not stat.S_ISSOCK(place.lstat().st_mode):
            raise ValueError("not a socket")
        channel.connect(str(place))
        return
    inode = os.open(place, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(inode).st_mode):
            raise ValueError("not a socket")
        channel.connect(f"/proc/self/fd/{inode}")
    finally:
        os.close(inode)
