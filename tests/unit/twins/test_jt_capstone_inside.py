"""Our scripts beside learner code: emptying a program, copying, carrying, recording."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jobtwin.harness import twin_code
from jobtwin.harness.twin_code import load

TWIN = Path(__file__).parents[3] / "twins" / "jt-capstone"
HARNESS: Any = load(TWIN)
INSIDE = TWIN / "harness" / "inside"


def script(name: str) -> Any:
    return twin_code.part(HARNESS, f"inside.{name}")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A program with a function and a method, what tests it, and a file that is no Python."""
    files = {
        "app/work.py": "LIMIT = 3\n\ndef work():\n    return LIMIT\n\nclass A:\n"
        "    async def do(self):\n        return 1\n",
        "app/broken.py": "def (:\n",
        "tests/help.py": "def given():\n    return 7\n",
        "app/test_near.py": "def test_near():\n    assert True\n",
        "conftest.py": "def here():\n    return 1\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_functions_of_the_program_are_emptied_and_what_tests_it_stays(project: Path) -> None:
    before = {path: path.read_text() for path in project.rglob("*.py")}
    assert script("gutting").gut(project) == 2
    changed = {path.name for path, text in before.items() if path.read_text() != text}
    assert changed == {"work.py"}
    found: dict[str, Any] = {}
    exec((project / "app/work.py").read_text(), found)
    assert (found["LIMIT"], found["work"]()) == (3, None)


def test_a_copy_may_be_written_and_is_what_python_imports_from(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "app/work.py").chmod(0o444)
    monkeypatch.chdir(project)
    monkeypatch.setenv("PYTHONPATH", f"{project}:{project}/src:/env")
    copy, environment = script("copying").writable_copy()
    assert environment["PYTHONPATH"] == f"{copy}:{copy}/src:/env"
    (copy / "app/work.py").write_text("LIMIT = 4\n")
    assert "LIMIT = 3" in (project / "app/work.py").read_text()


SAID = b"hello" * 50_000
CARRY = """
import gc, sys
sys.path.insert(0, sys.argv[1])
from carrying import port_to_socket, socket_to_port
socket_to_port(sys.argv[2], int(sys.argv[3]))
print(port_to_socket(sys.argv[2]), flush=True)
while sys.stdin.readline():
    print(gc.collect(), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A connection through two carriers of one process, by both its ends."""

    near: socket.socket
    """The end that asked for the connection."""
    far: socket.socket
    carrier: subprocess.Popen[str]

    def collect(self) -> None:
        """Have the carriers' process collect its garbage, as it does by itself now and then."""
        assert self.carrier.stdin
        assert self.carrier.stdout
        self.carrier.stdin.write("\n")
        self.carrier.stdin.flush()
        assert self.carrier.stdout.readline()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """A line on which nothing was said yet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        words = [str(INSIDE), str(tmp_path / "s.sock"), str(server.getsockname()[1])]
        with subprocess.Popen(
            [sys.executable, "-c", CARRY, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as carrier:
            assert carrier.stdout
            port = int(carrier.stdout.readline())
            with socket.create_connection(("127.0.0.1", port), 30) as near:
                far, _ = server.accept()
                with far:
                    far.settimeout(30)
                    yield Line(near, far, carrier)


@pytest.mark.parametrize("first", ["near", "far"])
def test_bytes_are_carried_both_ways_until_one_side_ends(line: Line, first: str) -> None:
    for speaker, listener in ((line.near, line.far), (line.far, line.near)):
        speaking = threading.Thread(target=speaker.sendall, args=(SAID,))
        speaking.start()
        line.collect()
        with listener.makefile("rb") as heard:
            assert heard.read(len(SAID)) == SAID
        speaking.join()
        line.collect()
    ended, other = (line.near, line.far) if first == "near" else (line.far, line.near)
    ended.close()
    assert other.recv(1) == b""


def test_who_has_said_all_still_hears_the_answer(line: Line) -> None:
    line.near.sendall(b"hello")
    line.near.shutdown(socket.SHUT_WR)
    with line.far.makefile("rb") as heard:
        assert heard.read() == b"hello"
    # The far end hears it a moment before the carriers have put down what they held.
    for _ in range(100):
        line.collect()
    line.far.sendall(b"HELLO")
    line.far.close()
    assert line.near.recv(5) == b"HELLO"


def test_the_recording_keeps_the_worst_of_a_tests_three_parts(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef torn():\n    yield\n    assert 0\n\n"
        "def test_torn(torn):\n    pass\n\ndef test_well():\n    pass\n\n"
        "@pytest.mark.skip(reason='later')\ndef test_later():\n    pass\n"
    )
    out = tmp_path / "nodes.json"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "jobtwin_recording", "-c", "/dev/null"],
        cwd=tmp_path,
        env={"GATE_NODES": str(out), "PYTHONPATH": str(INSIDE)},
        check=False,
        capture_output=True,
    )
    ended = {name.rpartition("::")[2]: how for name, how in json.loads(out.read_text()).items()}
    assert ended == {"test_torn": "failed", "test_well": "passed", "test_later": "skipped"}
