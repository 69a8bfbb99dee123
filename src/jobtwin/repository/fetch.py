"""Getting what a verification needs: from a mirror of the static site, or over https.

Every URL is hostile: https only, public addresses only, bounded in size and time. Only where it is
asked for are redirects followed, and then every one is judged as the first URL was.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 1024 * 1024
SECONDS = 10.0
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


class NotHad(Exception):  # noqa: N818 - a reason, caught by whoever asked
    """The URL could not be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A copy of a static site in a folder: everything below `base` is read from it."""

    base: str
    folder: Path

    def read(self, url: str) -> bytes:
        """Return a file of the mirror; raises `NotHad`."""
        inside = urlsplit(url).path.removeprefix(urlsplit(self.base).path).lstrip("/")
        path = (self.folder / unquote(inside)).resolve()
        if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            raise NotHad("the mirror has no such file")
        if path.stat().st_size > MAX_BYTES:
            raise NotHad(f"it is larger than {MAX_BYTES:,} bytes")
        return path.read_bytes()

    def has(self, url: str) -> bool:
        """Say whether a URL lies on the site that is mirrored."""
        ours, theirs = urlsplit(self.base), urlsplit(url)
        # did:web speaks of https even where a demonstration is served by http.
        return (ours.netloc, True) == (theirs.netloc, theirs.path.startswith(ours.path))


def get(url: str, mirror: Mirror | None = None) -> bytes:
    """Return what is at a URL; raises `NotHad` with the reason."""
    with _with_reason():
        if mirror and mirror.has(url):
            return mirror.read(url)
    return ask(url, None, SECONDS, MAX_BYTES)


def ask(url: str, body: bytes | None, seconds: float, most: int) -> bytes:
    """Return what a URL answers with status 200: to a GET, or to a POST of JSON.

    Raises `NotHad` with the reason; after `seconds`, and for more than `most` bytes.
    """
    reply = _asked(_Request(url, body, seconds, most))
    if reply.status != 200:
        raise NotHad(f"the server answers {reply.status}; redirects are not followed")
    return reply.content


def download(url: str, seconds: float, most: int) -> bytes:
    """Return what anybody gets at a URL, over some redirects; raises `NotHad` with the reason.

    All of it has `seconds` and may be `most` bytes long. Neither cookie nor token is ever sent.
    """
    until = time.monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        left = max(0.001, until - time.monotonic())
        reply = _asked(_Request(url, None, left, most))
        if reply.status == 200:
            return reply.content
        if reply.status not in _REDIRECTS or not reply.location:
            raise NotHad(f"the server answers {reply.status}")
        with _with_reason():
            url = urljoin(url, reply.location)
    raise NotHad(f"it redirects more than {MOST_REDIRECTS} times")


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    location: str
    content: bytes
    """Empty unless the status is 200."""


def _asked(request: _Request) -> _Reply:
    with _with_reason():
        parts = urlsplit(request.url)
        if parts.scheme != "https" or not parts.hostname or parts.username:
            raise NotHad("only https URLs without a user name are fetched")
        return _fetch(parts.hostname, parts.port or 443, request)


@contextmanager
def _with_reason() -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotHad(f"{type(error).__name__}: {error}"[:200]) from error


@dataclass(frozen=True, slots=True)
class _Request:
    url: str
    body: bytes | None
    seconds: float
    most: int

    def send(self, connection: http.client.HTTPConnection) -> None:
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": "application/json, */*", "User-Agent": "jobtwin"}
        if self.body is None:
            connection.request("GET", target, headers=headers)
        else:
            headers["Content-Type"] = "application/json"
            connection.request("POST", target, self.body, headers)


def _fetch(host: str, port: int, request: _Request) -> _Reply:
    address = _public_address(host, port)
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection(host, port, timeout=request.seconds)
    with (
        socket.create_connection((address, port), timeout=request.seconds) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        connection.sock = secure
        # The timeout is for each read: a server that sends a byte at a time is cut off as well.
        until = time.monotonic() + request.seconds
        watch = threading.Timer(request.seconds, secure.shutdown, [socket.SHUT_RDWR])
        watch.start()
        try:
            request.send(connection)
            response = connection.getresponse()
            content = response.read(request.most + 1) if response.status == 200 else b""
        finally:
            watch.cancel()
        if time.monotonic() >= until:
            raise NotHad(f"it takes longer than {request.seconds:g} seconds")
    if len(content) > request.most:
        raise NotHad(f"it is larger than {request.most:,} bytes")
    return _Reply(response.status, response.getheader("Location") or "", content)


def _public_address(host: str, port: int) -> str:
    """Return the address to connect to: looked up once, so that the check holds for it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = {str(entry[4][0]) for entry in found}
    if not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise NotHad(f"`{host}` is not at a public address")
    return sorted(addresses)[0]
