"""A command that asks its service through the go-between, really run in two sandboxes."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import EngineError
from jobtwin.harness.asking import SOCKET_NAME
from jobtwin.harness.between import MOST_BYTES, between
from jobtwin.harness.contract import (
    SERVICE_TRACE,
    CommandRun,
    Fault,
    Outcome,
    Plan,
    Service,
    Submission,
)
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import Limits, choose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVE = b"""
import json, os
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingUnixStreamServer

class Handler(BaseHTTPRequestHandler):
    def address_string(self): return ""
    def log_message(self, *a): pass
    def _send(self, body):
        data = json.dumps(body).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(data)))
        self.end_headers(); self.wfile.write(data)
    def do_GET(self): self._send({"status": "ok"})
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send({"said": asked["say"]})

ThreadingUnixStreamServer(os.environ["JOBTWIN_SOCKET"], Handler).serve_forever()
"""
ASK = b"""
import http.client, json, os, socket, sys

def asked(word):
    connection = http.client.HTTPConnection("service")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(os.environ["JOBTWIN_SOCKET"])
    connection.request("POST", "/ask", json.dumps({"say": word}))
    return json.loads(connection.getresponse().read())["said"]

json.dump({"heard": [asked("one"), asked("two")]}, open("/out/heard.json", "w"))
"""
FILES = {"serve.py": SERVE, "ask.py": ASK}
ENTRY = EntryPoints(service_command=("python", "serve.py"), command=("python", "ask.py"))
SERVICE = Service("it", None, {})


def carried_out(plan: Plan, files: dict[str, bytes], tmp_path: Path) -> Any:
    environment = tmp_path / "env"
    environment.mkdir()
    return run(plan, Submission(files), ENTRY, choose(), environment, Limits(wall_seconds=60))


def asking(name: str, fault: Fault | None = None) -> CommandRun:
    return CommandRun(name, (), {}, "heard.json", 30, service="it", fault=fault)


def test_a_command_hears_its_service_or_what_is_said_in_its_place(tmp_path: Path) -> None:
    plan = Plan((SERVICE,), (), (asking("plain"), asking("spoilt", Fault("constant"))))
    came = carried_out(plan, FILES, tmp_path)
    assert came.services["it"].outcome is Outcome.OK
    assert came.commands["plain"].output == {"heard": ["one", "two"]}
    assert came.commands["spoilt"].output == {"heard": ["one", "one"]}
    traces = [came.commands[name].traces[SERVICE_TRACE] for name in ("plain", "spoilt")]
    assert [[line["changed"] for line in trace] for trace in traces] == [[False] * 2, [True] * 2]


def test_a_command_is_not_run_when_its_service_does_not_start(tmp_path: Path) -> None:
    plan = Plan((SERVICE,), (), (asking("plain"),))
    came = carried_out(plan, {**FILES, "serve.py": b"raise SystemExit(3)"}, tmp_path)
    assert came.commands["plain"].outcome is Outcome.NOT_RUN
    assert "was not ready" in came.commands["plain"].detail


def test_a_plan_that_asks_a_service_which_it_lacks_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="asks the service 'it'"):
        carried_out(Plan((), (), (asking("plain"),)), FILES, tmp_path)


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(self.headers.get("X-Status", "200")))
        self.send_header("X-Request-Id", self.headers.get("X-Request-Id", ""))
        self.end_headers()
        self.wfile.write(body * int(self.headers.get("X-Times", "1")))

    def address_string(self) -> str:
        return ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name above
        """Keep quiet."""


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a service that says what it is told."""
    folder = tmp_path / "s"
    folder.mkdir()
    with _Server(str(folder / SOCKET_NAME), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield folder
        server.shutdown()


def talk(folder: Path, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are and return status, headers and body."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / SOCKET_NAME))
        line.settimeout(10)
        line.sendall(sent)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return answer.status, dict(answer.getheaders()), answer.read()


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /ask HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_headers_and_refusals_of_the_service_are_passed_on(service: Path, tmp_path: Path) -> None:
    with between(service, tmp_path / "b", None) as front:
        status, headers, body = talk(
            front.folder, post(b'{"a": 1}', "X-Request-Id: r7", "X-Status: 422")
        )
        assert (status, headers["X-Request-Id"], json.loads(body)) == (422, "r7", {"a": 1})
        assert front.trace() == ({"path": "/ask", "status": 422, "changed": False},)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /ask HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST /ask HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
        (f"POST /ask HTTP/1.1\r\nContent-Length: {MOST_BYTES + 1}\r\n\r\n".encode(), 413),
        (b"POST /ask HTTP/1.1\r\nContent-Length: 00000000000099999999999\r\n\r\n", 413),
        (b"POST /a\x01sk HTTP/1.1\r\n\r\n", 502),
        (post(b"x" * 1024, "X-Times: 2000"), 502),
    ],
)
def test_what_is_no_request_or_no_answer_is_turned_away(
    sent: bytes, status: int, service: Path, tmp_path: Path
) -> None:
    with between(service, tmp_path / "b", None) as front:
        assert talk(front.folder, sent)[0] == status


def test_a_service_that_is_gone_is_a_bad_gateway(tmp_path: Path) -> None:
    with between(tmp_path / "nowhere", tmp_path / "b", Fault("slow", delay_ms=10)) as front:
        assert talk(front.folder, post(b"{}"))[0] == 502


def test_more_requests_than_can_be_handed_on_are_turned_away(
    service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobtwin.harness.between.MOST_REQUESTS", 2)
    with between(service, tmp_path / "b", None) as front:
        assert [talk(front.folder, post(b"{}"))[0] for _ in range(4)] == [200, 200, 429, 429]
        assert len(front.trace()) == 2


def test_every_request_is_answered_when_many_come_at_once(service: Path, tmp_path: Path) -> None:
    with between(service, tmp_path / "b", Fault("failing", one_in=2)) as front:
        with ThreadPoolExecutor(max_workers=20) as pool:
            sent = [pool.submit(talk, front.folder, post(b"{}")) for _ in range(100)]
        statuses = [one.result()[0] for one in sent]
    assert (statuses.count(200), statuses.count(503)) == (50, 50)
