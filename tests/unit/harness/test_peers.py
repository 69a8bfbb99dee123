"""Servers of ours beside learner code, load on a schedule, and commands with an output."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import EngineError
from jobtwin.harness.contract import (
    CommandRun,
    Outcome,
    Peer,
    Plan,
    Service,
    Submission,
)
from jobtwin.harness.load import noise_ms
from jobtwin.harness.peers import served
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import choose
from jobtwin.harness.sandbox.protocol import Limits

if TYPE_CHECKING:
    from pathlib import Path

MODEL = Peer("llm", "llm", bytes(32), scale=0.0)
TRIAGE = Peer(
    "variant",
    "feature",
    bytes(32),
    {
        "model": "sim-medium",
        "rules": "Return JSON with keys kind. kind: one of billing, bug.",
        "schema": {"type": "object", "properties": {"kind": {"enum": ["billing", "bug"]}}},
        "temperature": 0.0,
    },
    scale=0.0,
    requests=3,
)
CLIENT = """
import http.client, json, os, socket, sys

class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("peer")
        self.path = path
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

def post(peer, path, body):
    connection = Unix(os.environ["JOBTWIN_PEER_" + peer])
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())
"""
SERVE = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingUnixStreamServer
from client import post

class Handler(BaseHTTPRequestHandler):
    def address_string(self): return ""
    def log_message(self, *a): pass
    def _send(self, body):
        data = json.dumps(body).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(data)))
        self.end_headers(); self.wfile.write(data)
    def do_GET(self): self._send({"status": "ok"})
    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(query.get("sleep", 0))
        if "ask" in query:
            ask = {"model": "sim-large", "temperature": 0,
                   "messages": [{"role": "user", "content": query["ask"]}]}
            status, answer = post("LLM", "/v1/chat/completions", ask)
            self._send({"status": status, "said": answer["choices"][0]["message"]["content"]})
        else:
            self._send({"echo": query})

class Server(ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

Server(os.environ["JOBTWIN_SOCKET"], Handler).serve_forever()
"""
FILES = {"serve.py": SERVE.encode(), "client.py": CLIENT.encode()}
ENTRY = EntryPoints(service_command=("python", "serve.py"), command=("python",), at_once=1)
LIMITS = Limits(wall_seconds=60)


@pytest.fixture(scope="module")
def sandbox() -> Any:
    return choose()


def carry(plan: Plan, files: dict[str, bytes], sandbox: Any, tmp_path: Path) -> Any:
    environment = tmp_path / "env"
    environment.mkdir()
    return run(plan, Submission(files), ENTRY, sandbox, environment, LIMITS)


def test_a_service_in_the_sandbox_talks_to_the_models_and_the_trace_is_ours(
    sandbox: Any, tmp_path: Path
) -> None:
    asked = "Context:\n[a] The lamp costs 5 euros.\n\nQuestion: lamp cost? Be brief."
    service = Service("s", None, {}, ({"ask": asked},), peers=(MODEL,))
    found = carry(Plan((service,)), FILES, sandbox, tmp_path).services["s"]
    assert found.answers[0].body == {"status": 200, "said": "The lamp costs 5 euros."}
    (line,) = found.traces["llm"]
    assert (line["model"], line["status"], line["attempt"]) == ("sim-large", 200, 1)


def test_learner_code_sees_of_a_peer_nothing_but_its_socket(sandbox: Any, tmp_path: Path) -> None:
    look = """
import json, os, pathlib
found = sorted(str(p) for p in pathlib.Path("/run").rglob("*"))
seeds = [v for v in os.environ.values() if "00000000" in v]
try:
    pathlib.Path("/run/peers/mine").write_text("x"); wrote = True
except OSError:
    wrote = False
result = {"found": found, "seeds": seeds, "wrote": wrote}
pathlib.Path("/out/result.json").write_text(json.dumps(result))
"""
    command = CommandRun("c", ("look.py",), {}, "result.json", 20, (MODEL,))
    found = carry(Plan((), (), (command,)), {"look.py": look.encode()}, sandbox, tmp_path)
    output = found.commands["c"].output
    assert output["found"] == ["/run/peers", "/run/peers/llm.sock"]
    assert output["seeds"] == []
    assert not output["wrote"]


def test_a_command_asks_a_feature_within_its_budget(sandbox: Any, tmp_path: Path) -> None:
    look = """
import json
from client import post
ticket = {"text": "I was charged twice, refund my invoice"}
said = [post("VARIANT", "/ask", ticket) for _ in range(5)]
statuses = [status for status, _ in said]
kinds = [json.loads(body["output"])["kind"] for status, body in said if status == 200]
open("/out/result.json", "w").write(json.dumps({"statuses": statuses, "kinds": kinds}))
"""
    command = CommandRun("c", ("look.py",), {}, "result.json", 20, (TRIAGE,))
    files = {**FILES, "look.py": look.encode()}
    found = carry(Plan((), (), (command,)), files, sandbox, tmp_path).commands["c"]
    assert found.outcome is Outcome.OK
    assert found.output["statuses"][3:] == [429, 429]
    assert set(found.output["kinds"]) == {"billing"}
    assert [line["status"] for line in found.traces["variant"]][3:] == [429, 429]


def test_a_command_reads_the_output_of_the_one_that_it_needs(sandbox: Any, tmp_path: Path) -> None:
    first = "import json; json.dump({'n': 1, 'said': 'ü'}, open('/out/base.json', 'w'))"
    second = """
import json, os
base = json.load(open("/data/base.json"))
json.dump({"base": base, "beside": sorted(os.listdir("/data"))}, open("/out/result.json", "w"))
"""
    plan = Plan(
        (),
        (),
        (
            CommandRun("a", ("first.py",), {}, "base.json", 20),
            CommandRun("b", ("second.py",), {"own.txt": b""}, "result.json", 20, needs="a"),
            CommandRun("c", ("second.py",), {}, "result.json", 20, needs="a"),
        ),
    )
    files = {"first.py": first.encode(), "second.py": second.encode()}
    found = carry(plan, files, sandbox, tmp_path).commands
    given = {"n": 1, "said": "ü"}
    assert found["b"].output == {"base": given, "beside": ["base.json", "own.txt"]}
    assert found["c"].output == {"base": given, "beside": ["base.json"]}


def test_many_commands_share_what_may_come_back(sandbox: Any, tmp_path: Path) -> None:
    """However much each writes, the step that scores can read all of it."""
    write = "import json; json.dump({'n': [0] * 60_000}, open('/out/result.json', 'w'))"
    commands = tuple(CommandRun(f"c{n}", ("many.py",), {}, "result.json", 20) for n in range(20))
    few, many = Plan((), (), commands[:2]), Plan((), (), commands)
    files = {"many.py": write.encode()}
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    found = carry(few, files, sandbox, tmp_path / "few").commands
    assert {one.outcome for one in found.values()} == {Outcome.OK}
    found = carry(many, files, sandbox, tmp_path / "many").commands
    assert {one.outcome for one in found.values()} == {Outcome.INVALID}
    assert "50,000 values" in found["c0"].detail


def test_who_hammers_on_beyond_the_budget_fills_no_trace(sandbox: Any, tmp_path: Path) -> None:
    hammer = """
from client import post
said = [post("VARIANT", "/ask", {"text": "refund my invoice"})[0] for _ in range(300)]
open("/out/result.json", "w").write('{"last": %d}' % said[-1])
"""
    command = CommandRun("c", ("hammer.py",), {}, "result.json", 60, (TRIAGE,))
    files = {**FILES, "hammer.py": hammer.encode()}
    found = carry(Plan((), (), (command,)), files, sandbox, tmp_path).commands["c"]
    assert found.output == {"last": 429}
    assert len(found.traces["variant"]) == 103


def test_a_command_is_not_run_where_the_one_that_it_needs_failed(
    sandbox: Any, tmp_path: Path
) -> None:
    plan = Plan(
        (),
        (),
        (
            CommandRun("a", ("bad.py",), {}, "base.json", 20),
            CommandRun("b", ("bad.py",), {}, "result.json", 20, needs="a"),
        ),
    )
    found = carry(plan, {"bad.py": b"raise SystemExit(2)"}, sandbox, tmp_path).commands
    assert found["a"].outcome is Outcome.FAILED
    assert found["b"].outcome is Outcome.NOT_RUN


def test_a_plan_that_needs_what_comes_later_is_our_fault(sandbox: Any, tmp_path: Path) -> None:
    plan = Plan((), (), (CommandRun("b", ("x.py",), {}, "result.json", 20, needs="a"),))
    with pytest.raises(EngineError, match="before it is there"):
        carry(plan, FILES, sandbox, tmp_path)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("raise SystemExit(3)", Outcome.FAILED),
        ("pass", Outcome.INVALID),
        ("open('/out/result.json', 'w').write('[1, 2]')", Outcome.INVALID),
        ("open('/out/result.json', 'w').write('{')", Outcome.INVALID),
        ("open('/out/result.json', 'w').write('[' * 2000000)", Outcome.INVALID),
        ("import os; os.symlink('/etc/passwd', '/out/result.json')", Outcome.INVALID),
        ("import os; os.mkfifo('/out/result.json')", Outcome.INVALID),
        ("import os; os.mkdir('/out/result.json')", Outcome.INVALID),
        ("while True: pass", Outcome.TIMED_OUT),
    ],
)
def test_whatever_a_command_leaves_is_an_outcome(
    code: str, outcome: Outcome, sandbox: Any, tmp_path: Path
) -> None:
    command = CommandRun("c", ("bad.py",), {}, "result.json", 2.0)
    found = carry(Plan((), (), (command,)), {"bad.py": code.encode()}, sandbox, tmp_path)
    assert found.commands["c"].outcome is outcome
    assert found.commands["c"].output is None


def test_queries_arrive_when_they_are_due_however_slow_the_service_is(
    sandbox: Any, tmp_path: Path
) -> None:
    queries = tuple({"sleep": 0.5, "n": n} for n in range(20))
    arrivals = tuple(n * 0.02 for n in range(20))
    service = Service("s", None, {}, queries, arrivals=arrivals)
    began = time.monotonic()
    found = carry(Plan((service,)), FILES, sandbox, tmp_path).services["s"]
    # One after another they would take 10 s.
    assert time.monotonic() - began < 8
    assert [answer.body["echo"]["n"] for answer in found.answers] == list(range(20))
    assert all(answer.milliseconds >= 400 for answer in found.answers)
    assert found.noise_ms > 0


def test_what_is_not_answered_in_time_of_its_arrival_is_timed_out(
    sandbox: Any, tmp_path: Path
) -> None:
    environment = tmp_path / "env"
    environment.mkdir()
    service = Service("s", None, {}, ({"sleep": 5}, {"sleep": 0}), arrivals=(0.0, 0.1))
    entry = EntryPoints(service_command=("python", "serve.py"), query_seconds=1.0)
    found = run(Plan((service,)), Submission(FILES), entry, sandbox, environment, LIMITS)
    assert [a.outcome for a in found.services["s"].answers] == [Outcome.TIMED_OUT, Outcome.OK]


def test_a_plan_without_an_arrival_for_each_query_is_our_fault(
    sandbox: Any, tmp_path: Path
) -> None:
    service = Service("s", None, {}, ({}, {}), arrivals=(0.0,))
    with pytest.raises(EngineError, match="arrives"):
        carry(Plan((service,)), FILES, sandbox, tmp_path)


def test_a_peer_that_does_not_start_is_our_fault_and_says_why(tmp_path: Path) -> None:
    wrong = Peer("odd", "feature", bytes(32), {"nonsense": 1})
    with pytest.raises(EngineError, match="odd did not start"), served([wrong], tmp_path / "p"):
        pass


def test_a_peer_is_ready_when_its_socket_is_there_and_ends_with_its_context(tmp_path: Path) -> None:
    with served([MODEL], tmp_path / "p") as peers:
        place = str(tmp_path / "p" / "sockets" / "llm.sock")
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(place)
        assert peers.variables == {"JOBTWIN_PEER_LLM": "/run/peers/llm.sock"}
    with socket.socket(socket.AF_UNIX) as channel, pytest.raises(OSError):
        channel.connect(place)
    assert json.dumps(peers.traces()) == '{"llm": []}'


def test_the_noise_of_this_machine_is_a_small_positive_number() -> None:
    assert 0 < noise_ms() < 1000


def test_a_peer_ends_with_whoever_started_it_even_where_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time\n"
        "from jobtwin.harness.contract import Peer\n"
        "from jobtwin.harness.peers import served\n"
        "with served([Peer('llm', 'llm', bytes(32), scale=0.0)], pathlib.Path(sys.argv[1])):\n"
        "    print('serving', flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "peers")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as starting:
        assert starting.stdout is not None
        assert starting.stdout.readline() == b"serving\n"
        starting.kill()
    path = tmp_path / "peers" / "sockets" / "llm.sock"
    deadline = time.monotonic() + 15
    while _answers(path):
        assert time.monotonic() < deadline, "the peer outlives who started it"
        time.sleep(0.05)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == 0
