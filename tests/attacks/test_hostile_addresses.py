"""Addresses that a credential names: nothing private is asked, nothing followed, nobody waited for.

No test here leaves the machine: names are looked up in a table, and servers are canned answers.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.mutations import DID_JSON, JWKS, SERVED, Scene, altered, issued, put, token
from tests.unit.credential.conftest import LIST_URL, NOW

from jobtwin.acts.verify import verify_source
from jobtwin.errors import Refused
from jobtwin.repository import fetch
from jobtwin.repository.fetch import Mirror, NotHad, get

PUBLIC = "93.184.215.14"
URL = "https://a.example/status/1.json"


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Name → addresses; numbers stand for themselves, and every other name is unknown."""
    table: dict[str, list[str]] = {"a.example": [PUBLIC]}
    genuine = socket.getaddrinfo

    def look_up(host: str, port: int, **more: Any) -> list[Any]:
        named = table.get(host, [host])
        numeric = more | {"flags": socket.AI_NUMERICHOST}
        return [entry for name in named for entry in genuine(name, port, **numeric)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return table


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that somebody tried to connect to; none can be reached."""
    asked: list[str] = []

    def connect(address: tuple[str, int], **_: Any) -> socket.socket:
        asked.append(address[0])
        raise ConnectionRefusedError("nobody is there")

    monkeypatch.setattr(socket, "create_connection", connect)
    return asked


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
    ],
)
def test_a_private_address_is_never_connected_to(
    looked_up: dict[str, list[str]], connected: list[str], host: str
) -> None:
    with pytest.raises(NotHad, match="not at a public address"):
        get(f"https://{host}/latest/meta-data/")
    assert connected == []


@pytest.mark.parametrize("addresses", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1", PUBLIC]])
def test_a_name_that_leads_to_a_private_address_is_not_either(
    looked_up: dict[str, list[str]], connected: list[str], addresses: list[str]
) -> None:
    looked_up["a.example"] = addresses
    with pytest.raises(NotHad, match=r"`a\.example` is not at a public address"):
        get(URL)
    assert connected == []


def test_the_address_that_was_checked_is_the_one_that_is_asked(
    looked_up: dict[str, list[str]], connected: list[str]
) -> None:
    with pytest.raises(NotHad, match="nobody is there"):
        get(URL)
    assert connected == [PUBLIC]


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/",
        "file:///etc/passwd",
        "ftp://a.example/",
        "gopher://a.example/",
        "https:///etc/passwd",
        "https://user@a.example/",
        "https://user:word@a.example/",
        "//a.example/",
        "https://[",
        "https://[::1",
        "https://a.example:99999/",
        "https://a.example:x/",
        "https://a.e\u2100.example/",
        "https://a.example/\r\nHost: b.example",
        "https://\x00.example/",
        "https://" + "a" * 300 + ".example/",
        "",
    ],
)
def test_what_is_no_plain_https_url_is_refused_unasked(
    looked_up: dict[str, list[str]], connected: list[str], url: str
) -> None:
    with pytest.raises(NotHad):
        get(url)
    assert connected in ([], [PUBLIC])


class Plain:
    """In place of TLS: the bytes as they are."""

    def wrap_socket(self, plain: socket.socket, server_hostname: str) -> socket.socket:
        assert server_hostname == "a.example"
        return plain


@pytest.fixture
def serve(
    monkeypatch: pytest.MonkeyPatch, looked_up: dict[str, list[str]]
) -> Callable[[Callable[[socket.socket], None]], None]:
    """Let a function play the server behind every connection."""

    def start(server: Callable[[socket.socket], None]) -> None:
        def connect(address: tuple[str, int], **more: Any) -> socket.socket:
            ours, theirs = socket.socketpair()
            ours.settimeout(more["timeout"])
            threading.Thread(target=_play, args=(server, theirs), daemon=True).start()
            return ours

        monkeypatch.setattr(socket, "create_connection", connect)
        monkeypatch.setattr(ssl, "create_default_context", Plain)

    return start


def _play(server: Callable[[socket.socket], None], theirs: socket.socket) -> None:
    with theirs:
        try:
            theirs.recv(65536)
            server(theirs)
        except OSError:
            return  # whoever asked has gone


def answer(status: str, *headers: str, body: bytes = b"") -> Callable[[socket.socket], None]:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return lambda theirs: theirs.sendall("\r\n".join(lines).encode() + body)


Serve = Callable[[Callable[[socket.socket], None]], None]


def test_a_plain_answer_is_had(serve: Serve) -> None:
    serve(answer("200 OK", body=b"{}"))
    assert get(URL) == b"{}"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("to", ["https://127.0.0.1/", "https://a.example/2.json", "file:///x"])
def test_a_redirect_is_not_followed(serve: Serve, status: str, to: str) -> None:
    serve(answer(status, f"Location: {to}", body=b"{}"))
    with pytest.raises(NotHad, match=f"answers {status[:3]}; redirects are not followed"):
        get(URL)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Error", "204 No Content", "206 Part"])
def test_an_answer_that_is_not_the_file_is_none(serve: Serve, status: str) -> None:
    serve(answer(status, body=b"" if status.startswith("204") else b"{}"))
    with pytest.raises(NotHad, match=f"answers {status[:3]}"):
        get(URL)


def test_fifty_megabytes_are_not_read(serve: Serve) -> None:
    sent: list[int] = []

    def flood(theirs: socket.socket) -> None:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        sent.extend(theirs.send(bytes(100_000)) for _ in range(500))

    serve(flood)
    with pytest.raises(NotHad, match="larger than 1,048,576 bytes"):
        get(URL)
    assert sum(sent) < 3_000_000


@pytest.mark.parametrize(
    "drip", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_server_that_sends_a_byte_at_a_time_is_cut_off(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, drip: bytes
) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.3)

    def slowly(theirs: socket.socket) -> None:
        theirs.sendall(drip)
        while True:
            theirs.sendall(b"a")
            time.sleep(0.05)

    serve(slowly)
    began = time.monotonic()
    with pytest.raises(NotHad, match=r"longer than 0\.3 seconds"):
        get(URL)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "reply", [b"", b"\x00" * 99, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, b"SSH-2.0-x\r\n"]
)
def test_what_is_no_http_is_said_and_not_raised(serve: Serve, reply: bytes) -> None:
    serve(lambda theirs: theirs.sendall(reply))
    with pytest.raises(NotHad):
        get(URL)


HOSTILE = [
    "https://[",
    "https://a.e\u2100.example/1.json",
    "https://twins.example/academy/%00",
    "https://twins.example/academy/" + "a" * 300,
    "https://twins.example/academy/../../../../etc/passwd",
    "https://twins.example/academy/%2e%2e/%2e%2e/etc/passwd",
    "https://127.0.0.1/1.json",
]


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """The issuer's site as a folder."""
    folder = tmp_path / "site"
    for url in (DID_JSON, JWKS, LIST_URL):
        path = folder / url.removeprefix("https://twins.example/academy/")
        path.parent.mkdir(parents=True, exist_ok=True)
        content = SERVED[url]
        assert isinstance(content, bytes)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("edit", "url"),
    # Nobody can sign the first one: it is no IRI.
    [*((altered, url) for url in HOSTILE), *((issued, url) for url in HOSTILE[1:])],
)
def test_a_hostile_address_of_the_status_list_leaves_the_status_unknown(
    looked_up: dict[str, list[str]],
    connected: list[str],
    mirror: Path,
    tmp_path: Path,
    edit: Callable[..., Callable[[Scene], None]],
    url: str,
) -> None:
    scene = Scene()
    edit(put("credentialStatus.statusListCredential", url))(scene)
    source = tmp_path / "credential.json"
    source.write_bytes(scene.content)
    found = verify_source(str(source), now=NOW, mirror=mirror)
    assert found.status.value == "unknown"
    assert connected == []


@pytest.mark.parametrize("url", ["https://[", "https://[::1/credentials/1"])
def test_a_source_that_is_no_url_is_told(mirror: Path, url: str) -> None:
    for folder in (None, mirror):
        with pytest.raises(Refused, match="VER-001"):
            verify_source(url, now=NOW, mirror=folder)


def test_a_jwt_finds_its_issuers_mirror_too(
    connected: list[str], mirror: Path, tmp_path: Path
) -> None:
    source = tmp_path / "credential.jwt"
    source.write_bytes(token())
    found = verify_source(str(source), now=NOW, mirror=mirror)
    assert (found.ok, found.issuer.value) == (True, "known")
    assert connected == []


def test_a_mirror_that_lies_nowhere_has_nothing(mirror: Path) -> None:
    with pytest.raises(NotHad):
        get(LIST_URL, Mirror("https://[", mirror))
