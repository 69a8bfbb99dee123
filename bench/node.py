"""The Node side: `bench/node`, installed by its lock file, never a reason to crash."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Say

FOLDER = Path(__file__).parent / "node"


class NoNode(Exception):  # noqa: N818 - a state of this machine, not an error of ours
    """The Node side cannot run; the message says why and what would help."""


def pinned(folder: Path = FOLDER) -> dict[str, str]:
    """Return the packages that the Node side names, with their versions."""
    package = json.loads((folder / "package.json").read_text("utf-8"))
    return dict(package["dependencies"])


def version() -> str | None:
    """Return the version of Node on this machine, None if there is none."""
    if shutil.which("node") is None:
        return None
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip().lstrip("v") or None


def is_installed(folder: Path = FOLDER) -> bool:
    """Say whether the packages lie there as the lock file has them."""
    kept = folder / "node_modules" / ".package-lock.json"
    if not kept.is_file():
        return False
    wanted, found = (
        {
            name: entry["version"]
            for name, entry in json.loads(path.read_text("utf-8"))["packages"].items()
            if name and not entry.get("optional")
        }
        for path in (folder / "package-lock.json", kept)
    )
    return wanted.items() <= found.items()


def install(say: Say, folder: Path = FOLDER) -> None:
    """Install the locked packages if they are not there; raises `NoNode`."""
    if version() is None:
        raise NoNode("node is not installed (Debian: apt-get install nodejs npm)")
    if is_installed(folder):
        return
    if shutil.which("npm") is None:
        raise NoNode("npm is not installed, and it brings the packages")
    say(f"installing the Node packages of {folder.relative_to(FOLDER.parents[1])}")
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or "it said nothing").splitlines()[0]
        raise NoNode(f"npm ci failed: {last}")


class Worker:
    """A Node process that answers one JSON line for each it is given."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, command: str, **given: object) -> Any:
        """Return the answer to a command; raises `NoNode` when the process has died."""
        if self.process.stdin is None or self.process.stdout is None:
            raise NoNode("the Node process has no pipes")
        self.process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise NoNode("the Node process ended; what it said stands above")
        return json.loads(answer)


@contextmanager
def worker(script: str) -> Iterator[Worker]:
    """Start a script of `bench/node`, and end it afterwards."""
    with subprocess.Popen(
        ["node", script], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Worker(process)
        finally:
            process.terminate()


def run(script: str, given: object, folder: Path = FOLDER) -> Any:
    """Run a script of a Node folder once, JSON in, JSON out; raises `NoNode`."""
    done = subprocess.run(
        ["node", script],
        cwd=folder,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NoNode(f"{script} failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)
