"""Whatever a learner's service does is an outcome of its own: a free retake cannot be had by it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from jobtwin.errors import SandboxUnavailable
from jobtwin.harness import contract, grading, run, twin_code, wire
from jobtwin.harness.contract import Outcome, Plan, Returned, Service, Submission, TestRun
from jobtwin.harness.hostile_json import Bounds
from jobtwin.harness.sandbox import choose
from jobtwin.records.base import load
from jobtwin.records.twin import Twin

ROOT = Path(__file__).parents[2]
HARNESSES = sorted(path.parent for path in ROOT.glob("twins/*/harness"))
INSTALLING = 15 * 60
"""Seconds that installing an environment may take, and every self-test beside it."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is for Linux")

SERVER = """
import http.server, json, os, signal, socketserver, sys, threading, time
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self): self.reply(b'{}')
    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.reply(answer())
    def reply(self, body):
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
def answer(): return b'{"answer": "x"}'
def serve(): Server(os.environ['JOBTWIN_SOCKET'], Handler).serve_forever()
"""

TRICKS = {
    "leaves with the status of a failing docker": "sys.exit(125)",
    "leaves with the status of a missing command": "sys.exit(127)",
    "kills everything it can": "os.kill(-1, signal.SIGKILL)",
    "kills itself": "os.kill(os.getpid(), signal.SIGKILL)",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "closes its descriptors": "os.closerange(0, 1024); serve()",
    "writes what a wall says when it fails": (
        "sys.stderr.write('bwrap: Creating new namespace failed: Permission denied\\n');"
        "sys.stderr.flush(); os._exit(1)"
    ),
    "prints a verdict and a command of a workflow": (
        "print('::set-output name=outcome::passed'); print('{\"outcome\": \"passed\"}');"
        "sys.stdout.flush(); serve()"
    ),
    "forks without end": ("\nwhile True:\n    try: os.fork()\n    except OSError: time.sleep(0.1)"),
    "takes all memory": "held = [bytearray(1 << 20) for _ in range(1 << 20)]",
    "fills the folder of its socket": (
        "f = open('/run/jobtwin/fill', 'wb')\nwhile True: f.write(b'x' * (1 << 20))"
    ),
    "makes its folder unreadable": (
        "threading.Timer(0.3, os.chmod, ['/run/jobtwin', 0]).start(); serve()"
    ),
    "makes many files": ("[open(f'/run/jobtwin/{n}', 'w').close() for n in range(20000)]; serve()"),
    "puts a link in the place of its socket": (
        "os.symlink('/etc/passwd', os.environ['JOBTWIN_SOCKET'])"
    ),
    "never listens": "time.sleep(600)",
    "writes to every place it finds": (
        "\nfor where, _, _ in os.walk('/'):\n"
        "    try: open(os.path.join(where, 'result.json'), 'w').write('{}')\n"
        "    except OSError: pass\nserve()"
    ),
    "answers with what is no JSON": "answer = lambda: b'NaN'; serve()",
    "answers too deeply": "answer = lambda: b'[' * 60000; serve()",
    "answers with half a surrogate": 'answer = lambda: b\'{"a": "\\\\ud800"}\'; serve()',
    "answers with a number beyond all": "answer = lambda: b'{\"a\": 1e999}'; serve()",
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> grading.Machine:
    """A machine with walls."""
    try:
        return grading.Machine(choose(), tmp_path_factory.mktemp("environments"))
    except SandboxUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def twin() -> Twin:
    """The incident, with less patience."""
    path = ROOT / "twins" / "jt-incident-4" / "twin.yml"
    found = load(Twin, path.read_bytes()).record
    assert found.harness is not None
    assert found.harness.service is not None
    assert found.harness.tests is not None
    service = found.harness.service.model_copy(
        update={"command": ("python", "serve.py"), "ready_seconds": 2.0, "query_seconds": 1.0}
    )
    limits = found.harness.limits.model_copy(update={"wall_seconds": 8})
    tests = found.harness.tests.model_copy(update={"seconds": 5.0})
    given = {"service": service, "limits": limits, "tests": tests}
    return found.model_copy(update={"harness": found.harness.model_copy(update=given)})


def carry_out(twin: Twin, machine: grading.Machine, work: str, queries: int = 3) -> Returned:
    """Run a learner's service and tests by a plan; nothing is installed."""
    service = Service("s1", None, {}, tuple({"q": n} for n in range(queries)))
    plan = wire.encode(Plan((service,), (TestRun("t1", "s1"),)))
    files = {"serve.py": (SERVER + work).encode(), "test_it.py": b"def test_it(): assert False\n"}
    handed = wire.encode(Submission(files))
    ran = grading.run_bytes(twin, plan, handed, machine, b"")
    return wire.decode(Returned, ran.returned)


@pytest.mark.parametrize("work", TRICKS.values(), ids=TRICKS.keys())
def test_a_hostile_service_gets_an_outcome_and_never_an_error_of_ours(
    twin: Twin, machine: grading.Machine, work: str
) -> None:
    returned = carry_out(twin, machine, work)
    assert set(returned.services) == {"s1"}
    assert len(returned.services["s1"].answers) == 3
    assert "passed" not in str(returned)


def answered(answer: str) -> str:
    return f"answer = lambda: {answer}\nserve()"


def test_answers_beyond_all_bounds_are_invalid_and_the_rest_is_not_asked(
    twin: Twin, machine: grading.Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ALL_ANSWERS", Bounds(size=10**9, values=50_000))
    many = answered("b'{\"a\": [' + b'[],' * 15000 + b'[]]}'")
    service = carry_out(twin, machine, many, queries=40).services["s1"]
    outcomes = [answer.outcome for answer in service.answers]
    assert outcomes == [Outcome.OK] * 3 + [Outcome.INVALID] * 37
    assert service.outcome is Outcome.INVALID


def test_what_all_hostile_answers_of_a_run_come_to_can_be_read_again(
    twin: Twin, machine: grading.Machine
) -> None:
    """The fullest answers that are taken, more of them than fit: score reads what run wrote."""
    full = answered("b'{\"a\": [' + b'{\"b\":0},' * 7000 + b'0]}'")
    returned = carry_out(twin, machine, full, queries=100)
    assert returned.services["s1"].outcome is Outcome.INVALID
    below = (grading.BarLine("fail_to_pass", 0.0, ">=", 1.0),)
    assert grading.outcome_of(returned, below) == "invalid"


def test_a_service_that_answers_much_but_not_too_much_is_measured_as_ever(
    twin: Twin, machine: grading.Machine
) -> None:
    returned = carry_out(twin, machine, answered("b'{\"a\": \"' + b'x' * 60000 + b'\"}'"), 60)
    assert returned.services["s1"].outcome is Outcome.OK


@pytest.mark.parametrize("folder", HARNESSES, ids=lambda folder: folder.name)
def test_a_service_that_uses_up_all_its_time_cannot_outlast_the_job(folder: Path) -> None:
    """A job that is cut off leaves no result: that would be a free retake by being slow."""
    workflow = ROOT / ".github" / "workflows" / "evaluate.yml"
    minutes = [
        int(n) for n in re.findall(r"timeout-minutes: ([0-9]+)", workflow.read_text("utf-8"))
    ]
    given = load(Twin, (folder / "twin.yml").read_bytes()).record.harness
    assert given is not None
    plan = twin_code.load(folder).prepare(contract.Seeds(b"k" * 32, b"g" * 32))
    entry = grading.entry_points(given)
    served = len(plan.services) * given.limits.wall_seconds
    tested = len(plan.test_runs) * (entry.ready_seconds + entry.test_seconds)
    assert (served + tested) / entry.at_once + INSTALLING < max(minutes) * 60
