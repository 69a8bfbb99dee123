"""Asking what a learner deployed: over TLS on this machine, and what hostile servers make of it."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jobtwin.harness import wire
from jobtwin.harness.contract import Outcome, Plan, Probe, ProbeReturn, Returned, Submission
from jobtwin.harness.probing import TRIES, probe_all
from jobtwin.harness.run import EntryPoints
from jobtwin.repository import fetch
from jobtwin.repository.fetch import NotHad

NONCE, COMMIT = "5eed" * 8, "c0" * 20
PROBE = Probe("p", "service.json", NONCE, ({"query": "one"}, {"query": "two"}))
ENTRY = EntryPoints((), ask_path="/query", query_seconds=5.0, answer_bytes=2000)
NEVER: Any = pytest.fail
Reply = Callable[[str, str], tuple[int, Any]]


def named(url: Any) -> Submission:
    return Submission({"service.json": json.dumps({"url": url}).encode()})


def looked(ask: Any, url: Any = "https://a.example/x/", waits: list[float] | None = None) -> Any:
    wait = (waits if waits is not None else []).append
    return probe_all(Plan((), probes=(PROBE,)), named(url), ENTRY, ask, wait)["p"]


def honest(url: str, body: bytes | None, seconds: float, most: int) -> bytes:
    if body is None:
        nonce = parse_qs(urlsplit(url).query)["nonce"][0]
        return json.dumps({"status": "ok", "nonce": nonce, "commit": COMMIT}).encode()
    return json.dumps({"answer": json.loads(body)["query"]}).encode()


def test_an_honest_service_gives_nonce_commit_and_every_answer() -> None:
    found = looked(honest)
    assert (found.outcome, found.commit) == (Outcome.OK, COMMIT)
    assert [one.body for one in found.answers] == [{"answer": "one"}, {"answer": "two"}]


def test_paths_go_behind_the_url_as_it_is_named() -> None:
    asked: list[str] = []

    def noting(url: str, *more: Any) -> bytes:
        asked.append(url)
        return honest(url, *more)

    looked(noting)
    assert asked == [
        f"https://a.example/x/healthz?nonce={NONCE}",
        *["https://a.example/x/query"] * 2,
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example", "file:///etc/passwd", "https://", "", None, 7, "https://a.example/?x=1",
        "https://a.example/#x", "https://[", "https://a.example/\n", "https://ä.example",
        "https://a.example/" + "a" * 500,
    ],
)  # fmt: skip
def test_what_is_no_plain_https_url_is_not_asked(url: Any) -> None:
    assert looked(NEVER, url).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url": ' + b"[" * 99, b"\xff"])
def test_a_file_that_is_no_object_names_no_service(content: bytes) -> None:
    handed = Submission({"service.json": content})
    found = probe_all(Plan((), probes=(PROBE,)), handed, ENTRY, NEVER)
    assert found["p"].outcome is Outcome.NOT_RUN


def test_a_service_that_sleeps_is_woken_and_one_that_stays_down_is_not_waited_for_forever() -> None:
    tried: list[str] = []

    def down(url: str, *_: Any) -> bytes:
        tried.append(url)
        raise NotHad("TimeoutError")

    waits: list[float] = []
    found = looked(down, waits=waits)
    assert (found.outcome, found.detail) == (Outcome.FAILED, "TimeoutError")
    assert (len(tried), len(waits)) == (TRIES, TRIES - 1)

    def waking(url: str, *more: Any) -> bytes:
        return down(url) if len(tried) < TRIES + 2 else honest(url, *more)

    assert looked(waking).outcome is Outcome.OK


def test_a_page_from_a_cache_does_not_know_the_nonce() -> None:
    found = looked(lambda *_: b'{"status": "ok", "nonce": "old", "commit": ""}')
    assert (found.outcome, found.answers) == (Outcome.INVALID, ())


@pytest.mark.parametrize("commit", [None, 7, "main", "c0" * 19, "\x1b[31m", "C0" * 20])
def test_what_is_no_commit_counts_as_none(commit: Any) -> None:
    said = json.dumps({"nonce": NONCE, "commit": commit}).encode()
    found = looked(lambda url, body, *_: said if body is None else b"{}")
    assert (found.outcome, found.commit) == (Outcome.OK, "")


@pytest.mark.parametrize("said", [b"[]", b"NaN", b'{"a":1,"a":2}', b"[" * 5000, b'"x"', b""])
def test_answers_that_are_no_objects_are_invalid(said: bytes) -> None:
    found = looked(lambda url, body, *more: honest(url, None, *more) if body is None else said)
    assert {one.outcome for one in found.answers} == {Outcome.INVALID}


def test_what_came_of_it_travels_between_jobs() -> None:
    returned = Returned({}, probes={"p": looked(honest)})
    assert wire.decode(Returned, wire.encode(returned)) == returned
    assert returned.probes["p"] != ProbeReturn(Outcome.OK)


class Handler(BaseHTTPRequestHandler):
    reply: Reply

    def do_GET(self) -> None:
        self._send("")

    def do_POST(self) -> None:
        self._send(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _send(self, body: str) -> None:
        status, said = type(self).reply(self.path, body)
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Location", "https://127.0.0.1/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

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
    """Serve over TLS on this machine, under a name that is taken for a public one."""
    servers: list[ThreadingHTTPServer] = []

    def start(reply: Reply) -> str:
        handler = type("H", (Handler,), {"reply": staticmethod(reply)})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"https://a.example:{server.server_address[1]}"

    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    monkeypatch.setattr(fetch, "_public_address", lambda *_: "127.0.0.1")
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_over_tls_it_is_the_same(serve: Callable[[Reply], str]) -> None:
    def reply(path: str, body: str) -> tuple[int, Any]:
        return 200, json.loads(honest(path, body.encode() or None, 0, 0))

    found = looked(fetch.ask, serve(reply))
    assert (found.outcome, found.commit, len(found.answers)) == (Outcome.OK, COMMIT, 2)


def test_a_redirect_into_our_own_network_is_not_followed(serve: Callable[[Reply], str]) -> None:
    found = looked(fetch.ask, serve(lambda *_: (302, {})))
    assert found.outcome is Outcome.FAILED
    assert "redirects are not followed" in found.detail


def test_an_answer_over_the_bound_is_none(serve: Callable[[Reply], str]) -> None:
    def reply(path: str, body: str) -> tuple[int, Any]:
        whole = json.loads(honest(path, body.encode() or None, 0, 0))
        return 200, {**whole, "more": "x" * 3000} if body else whole

    found = looked(fetch.ask, serve(reply))
    assert [one.outcome for one in found.answers] == [Outcome.FAILED] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "[::1]", "localhost"])
def test_an_address_of_our_own_network_is_never_asked(host: str) -> None:
    found = looked(fetch.ask, f"https://{host}/")
    assert found.outcome is Outcome.FAILED
    assert "not at a public address" in found.detail
