"""The sandbox made by docker or podman from a local image that holds Python.

Both clients take the same flags. The image is never pulled: what runs is what is there.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.harness.sandbox.protocol import BASE_ENVIRONMENT, STANDARD, Limits, Mount, Sandbox
from jobtwin.harness.sandbox.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SPARE_USER = 65533
_NEVER_STARTED = "0001-01-01"
_CLIENT_ERRORS = (125, 126, 127)
"""What the clients return for their own failures; a command may return them too."""
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Container(Sandbox):
    """Runs commands in containers of `image` through the command `client`."""

    client: str
    image: str
    options: tuple[str, ...] = ()
    """Of the client itself, before its verb: `("--runtime", "runc")`, `("--host", …)`."""

    @property
    def name(self) -> str:
        """The client's name: docker or podman."""
        return self.client

    @contextmanager
    def start(
        self,
        command: Sequence[str],
        mounts: Sequence[Mount] = (),
        env: Mapping[str, str] = MappingProxyType({}),
        limits: Limits = STANDARD,
        workdir: str = "/tmp",  # noqa: S108
    ) -> Iterator[Running]:
        """Start a command; see `Sandbox.start`."""
        label = f"jobtwin-{os.getpid()}-{os.urandom(6).hex()}-{next(_numbers)}"
        writable = [mount.source for mount in mounts if mount.writable]
        if os.geteuid() == 0:
            for source in writable:
                os.chown(source, _SPARE_USER, _SPARE_USER)
        argv = [self.client, *self.options, "run", "--name", label]
        argv += [*walls(self.client, limits), *_user(self.client)]
        program, *arguments = _interpreted(command)
        argv += ["--workdir", workdir, *_passed(mounts, {**BASE_ENVIRONMENT, **env})]
        argv += ["--entrypoint", program, self.image, *arguments]
        # podman's monitor leaves a file in its working directory when memory runs out
        with tempfile.TemporaryDirectory(prefix="jobtwin-") as scratch:
            process = spawn(argv, scratch)
            running = Running(
                process,
                limits,
                stop=lambda: self._remove(label, process),
                status=lambda returned: self._status(label, returned),
                watched=writable,
            )
            try:
                yield running
            finally:
                running.kill()

    def _remove(self, label: str, process: subprocess.Popen[bytes]) -> None:
        process.kill()  # while it waits for us to read a flood, nothing can be removed
        self._ask("kill", label)  # `rm` alone first waits ten seconds for a polite end
        gone = self._ask("rm", "--force", "--volumes", label)
        if gone.returncode != 0 and self._ask("inspect", label).returncode == 0:
            words = gone.stderr.decode("utf-8", "replace").strip()[-300:]
            raise EngineError(f"{self.client} could not remove the container {label}: {words}")

    def _status(self, label: str, returned: int) -> int | None:
        own = returned not in _CLIENT_ERRORS or self._started(label)
        return returned if own else None

    def _started(self, label: str) -> bool:
        said = self._ask("inspect", "--format", "{{.State.StartedAt}}", label)
        return said.returncode == 0 and not said.stdout.decode().startswith(_NEVER_STARTED)

    def _ask(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return ask([self.client, *self.options, *words])


def ask(argv: Sequence[str], seconds: float = 60) -> subprocess.CompletedProcess[bytes]:
    """Return what a client's command says that ends by itself; raises `EngineError`."""
    try:
        return subprocess.run(argv, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"{argv[0]} does not answer: {error}") from error


def spawn(argv: Sequence[str], scratch: str) -> subprocess.Popen[bytes]:
    """Start a client's command with its output to be read; raises `EngineError`."""
    try:
        return subprocess.Popen(
            argv,
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(f"{argv[0]} could not be started: {error}") from error


def walls(client: str, limits: Limits) -> list[str]:
    """Return the options that keep a container in, but for whom it runs as."""
    memory, tmp = str(limits.memory_bytes), str(limits.tmp_bytes)
    options = ["--pull=never", "--network=none", "--read-only", "--cap-drop=ALL"]
    options += ["--security-opt=no-new-privileges", "--hostname=sandbox", "--log-driver=none"]
    options += ["--no-healthcheck", "--memory", memory, "--memory-swap", memory]
    options += [f"--pids-limit={limits.processes}", f"--shm-size={tmp}"]
    options += ["--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777,size={tmp}"]  # noqa: S108
    for name, value in _ulimits(limits):
        options += ["--ulimit", f"{name}={value}:{value}"]
    if client == "podman":
        options += ["--read-only-tmpfs=false"]  # it would add an unbounded /var/tmp and /run
    return options


def _ulimits(limits: Limits) -> list[tuple[str, int]]:
    """nproc counts the user's processes everywhere, so it only bounds; the pids limit bites."""
    return [
        ("nofile", limits.open_files),
        ("fsize", limits.file_bytes),
        ("cpu", limits.cpu_seconds),
        ("nproc", 4096),
        ("core", 0),
    ]


def _user(client: str) -> list[str]:
    if os.geteuid() == 0:
        return [f"--user={_SPARE_USER}:{_SPARE_USER}"]
    keep = ["--userns=keep-id"] if client == "podman" else []
    return [*keep, f"--user={os.getuid()}:{os.getgid()}"]


def _passed(mounts: Sequence[Mount], env: Mapping[str, str]) -> list[str]:
    options: list[str] = []
    for mount in mounts:
        access = "" if mount.writable else ",readonly"
        options += ["--mount", f"type=bind,source={mount.source},target={mount.target}{access}"]
    for name, value in env.items():
        options += ["--env", f"{name}={value}"]
    return options


def _interpreted(command: Sequence[str]) -> list[str]:
    """Debian's images call the interpreter `python3` only."""
    program = "python3" if command[0] == "python" else command[0]
    return [program, *command[1:]]
