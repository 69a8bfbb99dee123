"""A run that does not count is a retake for nothing: no learner can make his own run one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import SandboxUnavailable
from jobtwin.harness import peers, run, wire
from jobtwin.harness.contract import (
    Json,
    Outcome,
    Peer,
    Plan,
    Returned,
    Service,
    ServiceReturn,
    Submission,
)
from jobtwin.harness.run import EntryPoints
from jobtwin.harness.sandbox import Limits, choose

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is for Linux")

MARK = "noise-of-a-learner"
SERVER = """
import http.client, http.server, json, os, socket, socketserver, subprocess, sys, threading, time
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def address_string(self): return ''
    def do_GET(self): self.reply()
    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.reply()
    def reply(self):
        self.send_response(200)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'{}')
class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
def post(body):
    channel = socket.socket(socket.AF_UNIX)
    channel.connect(os.environ['JOBTWIN_PEER_LLM'])
    connection = http.client.HTTPConnection('llm')
    connection.sock = channel
    connection.request('POST', '/v1/chat/completions', body)
    connection.getresponse().read()
def again(work):
    while True:
        try: work()
        except OSError: pass
"""
ASK = "json.dumps({'model': 'sim-small', 'messages': [{'role': 'user', 'content': 'Hello'}]})"
TRICKS = {
    "keeps all processors busy in sessions of their own": (
        f"[subprocess.Popen([sys.executable, '-c', 'while True: pass', '{MARK}'],"
        " start_new_session=True) for _ in range(8)]"
    ),
    "fills memory and gives it back at its end": "held = bytearray(600 << 20)",
    "asks the models without end": (
        f"threads = [threading.Thread(target=again, args=(lambda: post({ASK}),), daemon=True)"
        " for _ in range(8)]; [one.start() for one in threads]"
    ),
    "sends the models what they cannot read": (
        "threading.Thread(target=again, args=(lambda: post('{' * 200000),), daemon=True).start()"
    ),
    "leaves connections to the models open": (
        "held = [socket.socket(socket.AF_UNIX) for _ in range(200)]\n"
        "for one in held: one.connect(os.environ['JOBTWIN_PEER_LLM']); one.send(b'POST /v1/ch')"
    ),
}


@pytest.mark.parametrize("work", TRICKS.values(), ids=TRICKS.keys())
def test_noise_is_measured_while_nothing_of_the_learner_runs(
    work: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def probe() -> float:
        seen.append(_alive())
        return 1.0

    monkeypatch.setattr(run, "noise_ms", probe)
    monkeypatch.setattr(peers, "_MOST_REQUESTS", 300)
    came = _carry_out(work, tmp_path).services["s"]
    assert came.outcome is Outcome.OK
    assert came.noise_ms == 1.0
    assert seen == [[], []]
    assert len(came.traces["llm"]) <= 300


def _carry_out(work: str, tmp_path: Path) -> Returned:
    """Return what comes back, by way of the bytes that score reads."""
    try:
        sandbox = choose()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    serve = f"\nServer(os.environ['JOBTWIN_SOCKET'], Handler).serve_forever()  # {MARK}\n"
    files = {"serve.py": (SERVER + work + serve).encode()}
    queries: tuple[Json, ...] = ({"n": 1}, {"n": 2}, {"n": 3})
    service = Service(
        "s", None, {}, queries, arrivals=(0.0, 0.5, 1.0), peers=(Peer("llm", "llm", bytes(32)),)
    )
    entry = EntryPoints(service_command=("python", "serve.py", MARK), query_seconds=5.0)
    environment = tmp_path / "env"
    environment.mkdir()
    limits = Limits(wall_seconds=30)
    returned = run.run(Plan((service,)), Submission(files), entry, sandbox, environment, limits)
    return wire.decode(Returned, wire.encode(returned))


def _alive() -> list[str]:
    """Return the commands of the learner that run anywhere on this machine."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if MARK.encode() in words:
            found.append(repr(words))
    return found


def test_a_service_that_dies_under_load_is_not_noise(tmp_path: Path) -> None:
    came: Any = _carry_out("threading.Timer(0.7, os._exit, [1]).start()", tmp_path).services["s"]
    assert isinstance(came, ServiceReturn)
    assert came.outcome is Outcome.CRASHED
