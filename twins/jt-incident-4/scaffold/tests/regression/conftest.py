"""`ask`: the running assistant as a function. Starts yours when no socket is given."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.socket_path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.socket_path)


def call(path, method, target, body=None):
    connection = UnixConnection(path)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, target, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def started(path, process):
    for _ in range(100):
        try:
            if call(path, "GET", "/healthz")[0] == 200:
                return
        except OSError:
            if process.poll() is not None:
                break
        time.sleep(0.05)
    pytest.exit("the assistant did not start", returncode=3)


@pytest.fixture(scope="session")
def service_socket():
    given = os.environ.get("JOBTWIN_SOCKET")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "s")
        environment = {
            **os.environ,
            "JOBTWIN_SOCKET": path,
            "JOBTWIN_DATA": str(ROOT / "data"),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        }
        process = subprocess.Popen([sys.executable, "-m", "serve"], cwd=ROOT, env=environment)
        try:
            started(path, process)
            yield path
        finally:
            process.terminate()
            process.wait(5)


@pytest.fixture(scope="session")
def ask(service_socket):
    """`ask(product=…, ask="dose", weight_kg=20)` → the answer object."""

    def send(**request):
        status, answer = call(service_socket, "POST", "/ask", request)
        assert status == 200, answer
        return answer

    return send


@pytest.fixture(scope="session")
def table():
    """`table("dosing")` → the rows of data/dosing.json."""

    def read(stem):
        return json.loads((ROOT / "data" / f"{stem}.json").read_text(encoding="utf-8"))

    return read
