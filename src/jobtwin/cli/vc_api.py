"""jobtwin vc-api: issue and verify over HTTP on loopback, for the W3C's conformance suites."""

from __future__ import annotations

import json
import secrets
import ssl
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.credential.vc_api import Service

MAX_BYTES = 1 << 20


@click.command("vc-api")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option(
    "--context",
    "contexts",
    multiple=True,
    type=(str, click.Path(exists=True, dir_okay=False, path_type=Path)),
    metavar="URL FILE",
    help="A context that the suite's documents name; may be repeated.",
)
@click.option("--status", is_flag=True, help="Give each credential an entry in a status list.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM with key and certificate, for the suites that want https.",
)
def command(
    port: int, contexts: tuple[tuple[str, Path], ...], status: bool, certificate: Path | None
) -> None:
    """Serve the VC API on loopback with a key that lives as long as this command; for tests."""
    from jobtwin.credential.keys import SeedSigner, to_multikey

    known = {url: json.loads(path.read_bytes()[:MAX_BYTES]) for url, path in contexts}
    bare = SeedSigner("", secrets.token_bytes(32))
    name = to_multikey(bare.public_key)
    signer = SeedSigner(f"did:key:{name}#{name}", bare.seed)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
    except OSError as error:
        raise UsageError(f"port {port} cannot be had: {error.strerror}", "name another") from error
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    server.RequestHandlerClass = _handler(signer, known, url if status else "")
    if certificate:
        secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secured.load_cert_chain(certificate)
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    click.echo(json.dumps({"format": 1, "url": url, "issuer": f"did:key:{name}"}))
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


def _handler(signer: Any, contexts: dict[str, Any], base: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            from jobtwin.credential.vc_api import respond

            size = int(self.headers.get("Content-Length") or 0)
            if not 0 < size <= MAX_BYTES:
                self.send_error(413)
                return
            self._answer(*respond(_service(), self.path, self.rfile.read(size)))

        def do_GET(self) -> None:
            from jobtwin.credential.vc_api import listed

            self._answer(*listed(_service(), self.path))

        def _answer(self, status: int, answer: dict[str, Any]) -> None:
            content = json.dumps(answer, ensure_ascii=False).encode("utf-8")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the suite says enough."""

    def _service() -> Service:
        from jobtwin.credential.vc_api import Service

        return Service(signer, datetime.now(UTC).replace(microsecond=0), contexts, base)

    return Handler
