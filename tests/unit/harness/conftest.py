"""A server over TLS on this machine, whose name is taken for a public one; whatever it answers."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jobtwin.repository import fetch

Said = tuple[int, Iterable[bytes], str]
"""Status, body and where it redirects to."""
Reply = Callable[[str, str], Said]


class Handler(BaseHTTPRequestHandler):
    reply: Reply

    def do_GET(self) -> None:
        self._send("")

    def do_POST(self) -> None:
        self._send(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _send(self, body: str) -> None:
        status, chunks, location = type(self).reply(self.path, body)
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        with suppress(OSError):
            for chunk in chunks:
                self.wfile.write(chunk)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own for a.example, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 1, 1, tzinfo=UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=36500))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)
    path = tmp_path_factory.mktemp("tls") / "a.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    content = made.sign(key, hashes.SHA256()).public_bytes(pem)
    path.write_bytes(content + key.private_bytes(pem, form, plain))
    return path


@pytest.fixture
def serve(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Reply], str]]:
    """Serve what a function replies; its URL is of a.example, the one name taken for public."""
    servers: list[ThreadingHTTPServer] = []
    really = fetch._public_address

    def start(reply: Reply) -> str:
        handler = type("H", (Handler,), {"reply": staticmethod(reply)})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"https://a.example:{server.server_address[1]}"

    def address(host: str, port: int) -> str:
        return "127.0.0.1" if host == "a.example" else really(host, port)

    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    monkeypatch.setattr(fetch, "_public_address", address)
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
