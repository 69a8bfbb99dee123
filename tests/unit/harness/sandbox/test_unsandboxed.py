from pathlib import Path

import pytest

from jobtwin.errors import EngineError, SandboxUnavailable
from jobtwin.harness.contract import Outcome, Plan, Service, Submission, TestRun
from jobtwin.harness.run import EntryPoints, run
from jobtwin.harness.sandbox import Exit, Limits, Mount, choose
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

SERVICE = b"""
import http.server, os, socketserver
from words import WORD

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        body = open(os.environ['JOBTWIN_DATA'] + '/answer.json', 'rb').read()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

socketserver.UnixStreamServer(os.environ['JOBTWIN_SOCKET'], Handler).serve_forever()
"""
TESTS = b"""
import os, socket
socket.socket(socket.AF_UNIX).connect(os.environ['JOBTWIN_SOCKET'])
"""


def test_a_plan_runs_the_same_way_without_walls(tmp_path: Path) -> None:
    plan = Plan(
        (Service("a", None, {"answer.json": b'{"n": 1}'}, ({},)),),
        (TestRun("t", "a"),),
    )
    files = {"app.py": SERVICE, "src/words.py": b"WORD = 1", "tests.py": TESTS}
    entry = EntryPoints(("python", "app.py"), test_command=("python", "tests.py"))
    returned = run(plan, Submission(files), entry, Unsandboxed(), tmp_path, Limits())
    assert returned.services["a"].answers[0].body == {"n": 1}
    assert returned.tests["t"].outcome is Outcome.OK


def test_a_path_behind_a_name_is_in_place_as_well(tmp_path: Path) -> None:
    words = ["python", "-c", "import sys; print(*sys.argv[1:])", "OUT=/out/x", "/out/a=b", "A=1"]
    result = Unsandboxed().run(words, [Mount(tmp_path, "/out")])
    assert result.stdout.split() == [
        f"OUT={tmp_path}/x".encode(),
        f"{tmp_path}/a=b".encode(),
        b"A=1",
    ]


def test_mount_targets_become_their_sources_in_words_and_variables(tmp_path: Path) -> None:
    result = Unsandboxed().run(
        [
            "python",
            "-c",
            "import os, sys; print(os.getcwd(), sys.argv[1], os.environ['P'])",
            "/w/a",
        ],
        [Mount(tmp_path, "/w")],
        {"P": "/w:/w/src:/wide"},
        workdir="/w",
    )
    assert result.stdout.decode().split() == [
        str(tmp_path), f"{tmp_path}/a", f"{tmp_path}:{tmp_path}/src:/wide"
    ]  # fmt: skip


def test_time_and_output_are_bounded_there_too() -> None:
    slow = Unsandboxed().run(["sleep", "60"], limits=Limits(wall_seconds=0.2))
    flood = Unsandboxed().run(["yes"], limits=Limits(output_bytes=1000))
    assert (slow.outcome, flood.outcome) == (Exit.TIMED_OUT, Exit.OUTPUT_LIMIT)
    assert len(flood.stdout) == 1000


def test_a_command_that_does_not_exist_is_reported() -> None:
    with pytest.raises(EngineError, match="could not be started"):
        Unsandboxed().run(["/nowhere/to/be/found"])


def test_it_cannot_be_chosen() -> None:
    with pytest.raises(SandboxUnavailable):
        choose("unsandboxed")
