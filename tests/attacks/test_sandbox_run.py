"""Hostile services and hostile tests, run as a plan in real sandboxes."""

import json
import os
import socket
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jobtwin.errors import EngineError, Refused
from jobtwin.harness.contract import (
    LearnerQuery,
    Outcome,
    Plan,
    Returned,
    Service,
    Submission,
    TestRun,
)
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import Limits, Sandbox, choose
from jobtwin.harness.sandbox.bubblewrap import Bubblewrap

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")

MIB = 1024 * 1024
CarryOut = Callable[..., Returned]

SERVICE = b"""
import http.server, json, os, socketserver, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def send(self, body, status=200, length=True):
        self.send_response(status)
        if length:
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.send(b'{"status": "ok"}')

    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.answer(query.get('do'), query)

    def answer(self, do, query):
        if do == 'die':
            os._exit(3)
        if do == 'hang':
            time.sleep(60)
        if do == 'drip':
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b' ')
                time.sleep(0.05)
        if do == 'drip header':
            while True:
                self.wfile.write(b'H')
                time.sleep(0.05)
        if do == 'huge':
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b' ' * 1024 * 1024)
        if do == 'claims huge':
            self.send_response(200)
            self.send_header('Content-Length', str(10 ** 12))
            self.end_headers()
            self.wfile.write(b'{}')
        if do == 'raw':
            self.wfile.write(query['bytes'].encode('latin-1'))
        if do == 'body':
            self.send(query['bytes'].encode('latin-1'))
        if do == 'close':
            return
        if do == 'data':
            self.send(json.dumps({'files': sorted(os.listdir('/data')),
                                  'text': open('/data/corpus.txt').read(),
                                  'env': sorted(os.environ)}).encode())
        if do is None:
            self.send(json.dumps({'echo': query, 'me': NAME}).encode())

class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

NAME = open('/repo/name.txt').read() if os.path.exists('/repo/name.txt') else 'nobody'
if __name__ == '__main__':
    Server(os.environ['JOBTWIN_SOCKET'], Handler).serve_forever()
"""

CLIENT = b"""
import http.client, json, os, socket, sys

def ask(query):
    connection = http.client.HTTPConnection('service')
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(os.environ['JOBTWIN_SOCKET'])
    connection.request('POST', '/ask', json.dumps(query))
    return json.loads(connection.getresponse().read())
"""

ENTRY = EntryPoints(
    service_command=("python", "app.py"),
    ready_seconds=10,
    query_seconds=5,
    test_command=("python", "tests.py"),
    test_seconds=10,
)
LIMITS = Limits(wall_seconds=30, memory_bytes=512 * MIB, processes=64, file_bytes=16 * MIB)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return choose("bubblewrap")


@pytest.fixture
def carry_out(sandbox: Sandbox, tmp_path: Path) -> CarryOut:
    def carry_out(
        plan: Plan,
        files: dict[str, bytes] | None = None,
        inbox: dict[str, bytes] | None = None,
        entry: EntryPoints = ENTRY,
    ) -> Returned:
        environment = tmp_path / "environment"
        environment.mkdir(exist_ok=True)
        submission = Submission(files or {"app.py": SERVICE}, inbox or {})
        return run(plan, submission, entry, sandbox, environment, LIMITS)

    return carry_out


def asked(*queries: object, learner_query: LearnerQuery | None = None) -> Plan:
    return Plan((Service("a", None, {}, queries, learner_query),))


def test_queries_are_answered_in_order_and_timed(carry_out: CarryOut) -> None:
    queries = [{"n": n} for n in range(20)]
    returned = carry_out(asked(*queries)).services["a"]
    assert returned.outcome is Outcome.OK
    assert [answer.body["echo"] for answer in returned.answers] == queries
    assert all(0 < answer.milliseconds < 5000 for answer in returned.answers)


def test_a_service_sees_its_data_and_the_small_environment(carry_out: CarryOut) -> None:
    service = Service("a", None, {"corpus.txt": b"words"}, ({"do": "data"},))
    body = carry_out(Plan((service,))).services["a"].answers[0].body
    assert body["files"] == ["corpus.txt"]
    assert body["text"] == "words"
    assert {"JOBTWIN_SOCKET", "JOBTWIN_DATA", "PYTHONPATH", "PYTHONHASHSEED"} <= set(body["env"])


def test_each_variant_is_its_own_code_and_results_keep_the_order_of_the_plan(
    carry_out: CarryOut,
) -> None:
    services = tuple(
        Service(name, {"app.py": SERVICE, "name.txt": name.encode()}, {}, ({},))
        for name in ("z", "m", "a")
    )
    returned = carry_out(Plan(services)).services
    assert list(returned) == ["z", "m", "a"]
    assert [item.answers[0].body["me"] for item in returned.values()] == ["z", "m", "a"]


def test_the_query_that_the_learner_wrote_is_asked_last(carry_out: CarryOut) -> None:
    plan = asked({"n": 1}, learner_query=LearnerQuery("repro.json", "call"))
    returned = carry_out(plan, inbox={"repro.json": b'{"call": {"mine": true}}'}).services["a"]
    assert len(returned.answers) == 1
    assert returned.learner_answer is not None
    assert returned.learner_answer.body["echo"] == {"mine": True}


@pytest.mark.parametrize(
    "content",
    [
        b"[1]",
        b"{}",
        b"\xff",
        b'{"call": NaN}',
        b"[" * 100_000,
        b'{"call": 1, "call": 2}',
        b" " * 2 * MIB,
    ],
    ids=["array", "lacks it", "not text", "NaN", "deep", "twice", "large"],
)
def test_a_hostile_query_of_the_learner_is_not_asked(carry_out: CarryOut, content: bytes) -> None:
    plan = asked(learner_query=LearnerQuery("repro.json", "call"))
    returned = carry_out(plan, inbox={"repro.json": content}).services["a"]
    assert returned.learner_answer is None
    assert returned.outcome is Outcome.OK


BAD_BODIES = {
    "deep": b'{"a":' * 200 + b"1" + b"}" * 200,
    "deeper than Python": b'{"a":' * 100_000,
    "NaN": b'{"a": NaN}',
    "infinite": b'{"a": 1e999}',
    "huge integer": b'{"a": ' + b"9" * 5000 + b"}",
    "not UTF-8": b'{"a": "\xff"}',
    "half a surrogate": b'{"a": "\\ud800"}',
    "a name twice": b'{"a": 1, "a": 2}',
    "array": b"[1]",
    "bare word": b"true",
    "empty": b"",
    "two values": b"{} {}",
}


def test_an_answer_that_is_not_a_strict_json_object_is_invalid(carry_out: CarryOut) -> None:
    queries = [{"do": "body", "bytes": body.decode("latin-1")} for body in BAD_BODIES.values()]
    returned = carry_out(asked(*queries, {})).services["a"]
    found = dict(zip(BAD_BODIES, returned.answers, strict=False))
    assert {name: answer.outcome for name, answer in found.items()} == dict.fromkeys(
        BAD_BODIES, Outcome.INVALID
    )
    assert returned.answers[-1].outcome is Outcome.OK


BAD_EXCHANGES = {
    "status 500": (b"HTTP/1.1 500 No\r\n\r\n{}", Outcome.INVALID),
    "redirect": (b"HTTP/1.1 302 Go\r\nLocation: http://example.org/\r\n\r\n{}", Outcome.INVALID),
    "no HTTP": (b"\x00\xff\x00\xff" * 100 + b"\r\n", Outcome.INVALID),
    "HTTP/0.9": (b'{"a": 1}', Outcome.INVALID),
    "line too long": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, Outcome.INVALID),
    "too many headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000, Outcome.INVALID),
    "bad chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Outcome.INVALID),
    "endless continue": (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, Outcome.CRASHED),
}


def test_a_response_that_is_not_the_agreed_http_has_its_own_outcome(carry_out: CarryOut) -> None:
    queries = [{"do": "raw", "bytes": sent.decode("latin-1")} for sent, _ in BAD_EXCHANGES.values()]
    answers = carry_out(asked(*queries, {"do": "close"}, {})).services["a"].answers
    found = {name: answer.outcome for name, answer in zip(BAD_EXCHANGES, answers, strict=False)}
    assert found == {name: outcome for name, (_, outcome) in BAD_EXCHANGES.items()}
    assert [answer.outcome for answer in answers[-2:]] == [Outcome.CRASHED, Outcome.OK]


@pytest.mark.parametrize("do", ["huge", "claims huge"])
def test_an_answer_that_is_too_large_is_invalid_and_is_not_read(
    carry_out: CarryOut, do: str
) -> None:
    began = time.monotonic()
    entry = replace(ENTRY, answer_bytes=64 * 1024, query_seconds=2)
    answers = carry_out(asked({"do": do}, {}), entry=entry).services["a"].answers
    assert answers[0].outcome is Outcome.INVALID
    assert answers[1].outcome is Outcome.OK
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("do", ["hang", "drip", "drip header"])
def test_a_service_that_holds_us_up_times_out_and_is_soon_given_up(
    carry_out: CarryOut, do: str
) -> None:
    began = time.monotonic()
    entry = replace(ENTRY, query_seconds=0.3)
    returned = carry_out(asked({}, *[{"do": do}] * 50), entry=entry).services["a"]
    assert time.monotonic() - began < 5
    assert returned.outcome is Outcome.TIMED_OUT
    outcomes = [answer.outcome for answer in returned.answers]
    assert outcomes == [Outcome.OK] + [Outcome.TIMED_OUT] * 50


def test_one_slow_answer_does_not_cost_the_others(carry_out: CarryOut) -> None:
    entry = replace(ENTRY, query_seconds=0.3)
    returned = carry_out(asked({"do": "hang"}, {}, {"do": "hang"}, {}), entry=entry).services["a"]
    outcomes = [answer.outcome for answer in returned.answers]
    assert outcomes == [Outcome.TIMED_OUT, Outcome.OK] * 2
    assert returned.outcome is Outcome.OK


def test_after_a_crash_every_remaining_answer_says_so(carry_out: CarryOut) -> None:
    returned = carry_out(asked({}, {"do": "die"}, {}, {})).services["a"]
    assert returned.outcome is Outcome.CRASHED
    assert [answer.outcome for answer in returned.answers] == [Outcome.OK] + [Outcome.CRASHED] * 3
    assert "status 3" in returned.detail


def test_a_service_that_cannot_start_says_why_to_its_author_only(carry_out: CarryOut) -> None:
    code = b"import a_package_that_is_not_locked"
    plan = Plan(
        (Service("own", None, {}, ({},)), Service("reference", {"app.py": code}, {}, ({},)))
    )
    returned = carry_out(plan, {"app.py": code}).services
    assert all(item.outcome is Outcome.CRASHED for item in returned.values())
    assert "a_package_that_is_not_locked" in returned["own"].detail
    assert "a_package_that_is_not_locked" not in returned["reference"].detail


def test_a_service_that_never_listens_times_out(carry_out: CarryOut) -> None:
    entry = replace(ENTRY, ready_seconds=0.5)
    returned = carry_out(asked({}), {"app.py": b"import time; time.sleep(60)"}, entry=entry)
    assert returned.services["a"].outcome is Outcome.TIMED_OUT
    assert returned.services["a"].answers[0].outcome is Outcome.TIMED_OUT


def test_a_report_printed_by_the_service_is_not_believed(carry_out: CarryOut) -> None:
    code = b'print(\'{"services": {"a": {"outcome": "ok"}}}\', flush=True); import os; os._exit(0)'
    returned = carry_out(asked({}), {"app.py": code}).services["a"]
    assert returned.outcome is Outcome.CRASHED
    assert returned.answers[0].body is None


def test_a_flood_of_output_ends_the_service(carry_out: CarryOut) -> None:
    flood = SERVICE.replace(b"self.answer(query", b"os.write(1, b'x' * 9000000); self.answer(query")
    returned = carry_out(asked({}, {}), {"app.py": flood}).services["a"]
    assert returned.outcome is Outcome.CRASHED
    assert "output" in returned.detail


@pytest.fixture
def our_socket() -> Iterator[tuple[str, socket.socket]]:
    """A socket on this machine that no service may lead us to."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = f"{folder}/ours.sock"
        listener.bind(path)
        Path(path).chmod(0o777)
        listener.listen()
        listener.settimeout(0.01)
        yield path, listener


REPLACEMENTS = {
    "symlink to ours": "os.symlink({ours!r}, path)",
    "symlink to itself": "os.symlink(path, path)",
    "symlink to a device": "os.symlink('/dev/zero', path)",
    "FIFO": "os.mkfifo(path)",
    "folder": "os.mkdir(path)",
    "regular file": "open(path, 'wb').write(b'HTTP/1.1 200 OK' * 1000)",
    "hard link": "open(path + '2', 'w').close(); os.link(path + '2', path)",
}


@pytest.mark.parametrize("how", REPLACEMENTS)
def test_what_lies_in_the_place_of_the_socket_is_not_followed(
    carry_out: CarryOut, our_socket: tuple[str, socket.socket], how: str
) -> None:
    path, listener = our_socket
    code = f"""
import os, time
path = os.environ['JOBTWIN_SOCKET']
{REPLACEMENTS[how].format(ours=path)}
time.sleep(60)
"""
    entry = replace(ENTRY, ready_seconds=0.4)
    returned = carry_out(asked({}), {"app.py": code.encode()}, entry=entry).services["a"]
    assert returned.outcome is Outcome.INVALID
    with pytest.raises(TimeoutError):
        listener.accept()


def test_a_socket_that_becomes_a_symlink_later_is_not_followed(
    carry_out: CarryOut, our_socket: tuple[str, socket.socket]
) -> None:
    path, listener = our_socket
    swap = f"os.unlink(SOCKET); os.symlink({path!r}, SOCKET)"
    code = SERVICE.replace(b"os._exit(3)", swap.encode())
    code = b"import os; SOCKET = os.environ['JOBTWIN_SOCKET']" + code
    returned = carry_out(asked({"do": "die"}, {}), {"app.py": code}).services["a"]
    assert returned.answers[1].outcome is Outcome.INVALID
    with pytest.raises(TimeoutError):
        listener.accept()


def test_a_tree_too_deep_to_walk_leaves_nothing_behind(
    carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    code = """
import os
os.chdir('/run/jobtwin')
for _ in range(3000):
    os.mkdir('d', 0o700)
    os.chdir('d')
os.mkdir('closed', 0)
"""
    returned = carry_out(asked({}), {"app.py": code.encode()}).services["a"]
    assert returned.outcome is Outcome.CRASHED
    assert list(scratch.iterdir()) == []


def plan_of_tests(tests: bytes, *variants: Service) -> tuple[Plan, dict[str, bytes]]:
    services = variants or (Service("a", None, {}),)
    runs = tuple(TestRun(f"t{n}", service.id) for n, service in enumerate(services))
    files = {"app.py": SERVICE, "client.py": CLIENT, "tests.py": tests}
    return Plan(services, runs), files


def test_tests_reach_the_service_through_the_read_only_socket(carry_out: CarryOut) -> None:
    plan, files = plan_of_tests(b"from client import ask; assert ask({'n': 1})['echo'] == {'n': 1}")
    assert carry_out(plan, files).tests["t0"].outcome is Outcome.OK


@pytest.mark.parametrize(
    ("code", "outcome", "status"),
    [
        (b"import sys; sys.exit(0)", Outcome.OK, 0),
        (b"import sys; sys.exit(1)", Outcome.FAILED, 1),
        (b"import sys; sys.exit(5)", Outcome.CRASHED, 5),
        (b"import os; os.kill(os.getpid(), 9)", Outcome.CRASHED, 137),
        (b"print('x' * 9_000_000)", Outcome.CRASHED, None),
        (b"import time; time.sleep(60)", Outcome.TIMED_OUT, None),
    ],
    ids=["pass", "fail", "other", "signal", "flood", "sleep"],
)
def test_only_the_exit_status_of_tests_leaves(
    carry_out: CarryOut, code: bytes, outcome: Outcome, status: int | None
) -> None:
    plan, files = plan_of_tests(code)
    found = carry_out(plan, files, entry=replace(ENTRY, test_seconds=1.5)).tests["t0"]
    assert (found.outcome, found.exit_status) == (outcome, status)


def test_tests_of_a_service_that_does_not_start_are_not_run(carry_out: CarryOut) -> None:
    plan, files = plan_of_tests(b"", Service("broken", {"app.py": b"1 / 0"}, {}))
    assert carry_out(plan, files).tests["t0"].outcome is Outcome.NOT_RUN


def test_tests_can_neither_change_nor_read_the_service_they_talk_to(carry_out: CarryOut) -> None:
    variants = [
        Service(
            name,
            {"app.py": SERVICE, "name.txt": name.encode(), "the-reference.txt": b"secret"},
            {"corpus.txt": b"held-out words"},
        )
        for name in ("reference", "untouched")
    ]
    tests = b"""
import os
from client import ask
before = ask({'n': 1})
trouble = []
def attempt(what, function):
    try: trouble.append((what, function()))
    except OSError: pass
for path in ('/repo/app.py', '/repo/new', '/run/jobtwin/new', '/env/new', '/data/new'):
    attempt(path, lambda: open(path, 'w'))
attempt('unlink', lambda: os.unlink('/run/jobtwin/service.sock'))
attempt('rename', lambda: os.rename('/run/jobtwin/service.sock', '/run/jobtwin/x'))
attempt('chmod', lambda: os.chmod('/run/jobtwin/service.sock', 0))
for path in ('/repo/the-reference.txt', '/repo/name.txt', '/data/corpus.txt'):
    attempt(path, lambda: open(path).read())
for pid in filter(str.isdigit, os.listdir('/proc')):
    line = open('/proc/' + pid + '/cmdline').read()
    if 'app.py' in line: trouble.append(line)
for root, folders, names in os.walk('/'):
    folders[:] = [f for f in folders if os.path.join(root, f) not in ('/proc', '/usr', '/opt')]
    trouble += [os.path.join(root, n) for n in names if n in ('the-reference.txt', 'corpus.txt')]
for line in open('/proc/self/mountinfo'):
    if 'reference' in line or 'untouched' in line: trouble.append(line)
assert sorted(os.environ).count('JOBTWIN_DATA') == 0
assert ask({'n': 1}) == before
assert not trouble, trouble
"""
    plan, files = plan_of_tests(tests, *variants)
    found = carry_out(plan, files).tests
    assert {test.outcome for test in found.values()} == {Outcome.OK}


def test_each_test_run_has_a_service_of_its_own(carry_out: CarryOut) -> None:
    counting = SERVICE.replace(b"'me': NAME}", b"'me': COUNT.append(1) or len(COUNT)}")
    counting = b"COUNT = []" + counting
    service = Service("a", {"app.py": counting}, {}, ({}, {}))
    files = {"client.py": CLIENT, "tests.py": b"from client import ask; assert ask({})['me'] == 1"}
    plan = Plan((service,), (TestRun("t0", "a"), TestRun("t1", "a")))
    returned = carry_out(plan, files)
    assert [answer.body["me"] for answer in returned.services["a"].answers] == [1, 2]
    assert {test.outcome for test in returned.tests.values()} == {Outcome.OK}


def test_a_conftest_that_ends_the_run_looks_the_same_on_every_variant(sandbox: Sandbox) -> None:
    site_packages = Path(sysconfig.get_paths()["purelib"])
    entry = replace(ENTRY, test_command=EntryPoints(("python",)).test_command, test_seconds=20)
    variants = tuple(
        Service(name, {"app.py": SERVICE, "name.txt": name.encode()}, {})
        for name in ("good", "bad")
    )
    real = CLIENT + b"def test_it():\n    assert ask({})['me'] == 'good'\n"
    plan = Plan(variants, tuple(TestRun(f"on {service.id}", service.id) for service in variants))
    outcomes = []
    for files in (
        {"test_it.py": real},
        {"test_it.py": real, "conftest.py": b"import os; os._exit(0)"},
    ):
        returned = run(plan, Submission(files), entry, sandbox, site_packages, LIMITS)
        outcomes.append([test.outcome for test in returned.tests.values()])
    assert outcomes == [[Outcome.OK, Outcome.FAILED], [Outcome.OK, Outcome.OK]]


def test_progress_is_told_in_the_order_of_the_plan(sandbox: Sandbox, tmp_path: Path) -> None:
    told: list[str] = []
    plan, files = plan_of_tests(b"", Service("b", None, {}), Service("a", None, {}))
    run(plan, Submission(files), ENTRY, sandbox, tmp_path, LIMITS, told.append)
    assert told == ["service b: ok", "service a: ok", "tests t0: ok", "tests t1: ok"]


def test_a_submission_that_would_write_elsewhere_is_refused(carry_out: CarryOut) -> None:
    with pytest.raises(Refused) as caught:
        carry_out(asked(), {"../outside": b"", "/etc/passwd": b"", "a": b"", "a/b": b""})
    assert len(caught.value.findings) == 3


def test_a_sandbox_that_cannot_start_is_our_trouble_and_not_an_outcome(tmp_path: Path) -> None:
    for binary in ("/nowhere/bwrap", "/bin/false"):
        with pytest.raises(EngineError):
            run(
                asked({}),
                Submission({"app.py": SERVICE}),
                ENTRY,
                Bubblewrap(Path(binary)),
                tmp_path,
                LIMITS,
            )


def test_a_plan_that_contradicts_itself_is_our_trouble(carry_out: CarryOut) -> None:
    service = Service("a", None, {})
    for plan in (Plan((service, service)), Plan((), (TestRun("t", "a"),))):
        with pytest.raises(EngineError, match="the plan"):
            carry_out(plan)


def test_what_came_back_travels_as_bytes(carry_out: CarryOut) -> None:
    from jobtwin.harness.wire import decode, encode

    returned = carry_out(asked({"n": 1}, {"do": "die"}, {}))
    assert decode(Returned, encode(returned)) == returned
    assert json.loads(encode(returned))["kind"] == "returned"
    assert os.environ  # nothing of ours went along
