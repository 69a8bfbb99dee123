# One plain file that any Python runs; what it prints is its report.
# ruff: noqa: PTH108, PTH110, PTH112, PTH118, PTH123, PTH208, S108, T201
"""What the self-test runs inside a sandbox: tries what must not work and reports what did.

Standard library only, any Python from 3.10; its one argument is a JSON object with `canary`,
`hidden` (paths that must not exist), `processes`, `file_bytes` and `tmp_bytes`. It prints one
JSON list of sentences, empty when every wall held.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time

BREACHES: list[str] = []
# Its own, and bounded: sized file systems, and message queues within the kernel's limits.
FREE = ("/tmp", "/dev/shm", "/dev/mqueue", "/proc")


def network() -> None:
    """Nothing but loopback may be reachable, the clouds' metadata address least of all."""
    for address in ("169.254.169.254", "1.1.1.1", "10.0.0.1", "172.17.0.1"):
        try:
            socket.create_connection((address, 80), timeout=0.3).close()
            BREACHES.append(f"it reached {address} over the network")
        except TimeoutError:
            BREACHES.append(f"packets to {address} leave it")
        except OSError:
            pass


def identity() -> None:
    """Code inside must have no rights to lose."""
    if 0 in (os.getuid(), os.geteuid()):
        BREACHES.append("it is root inside")
    with open("/proc/self/status") as status:
        if not any(line.split() == ["CapEff:", "0000000000000000"] for line in status):
            BREACHES.append("it holds capabilities")


def secrets(canary: str) -> None:
    """No process that is visible inside may have our environment."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                if canary.encode() in environ.read():
                    BREACHES.append(f"/proc/{pid}/environ holds our environment")
        except OSError:
            pass
    strange = [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 2]
    open_ones = [fd for fd in strange if os.path.exists("/proc/self/fd/" + fd)]
    if open_ones:
        BREACHES.append(f"descriptors {open_ones} are open inside")


def files(hidden: list[str]) -> None:
    """Paths of this machine that were not mounted must not exist."""
    for path in hidden:
        try:
            seen = os.listdir(path) if os.path.isdir(path) else os.path.exists(path)
        except OSError:
            seen = False
        if seen:
            BREACHES.append(f"{path} is visible")


def writes() -> None:
    """Every mount and every directory of the root is tried."""
    with open("/proc/self/mountinfo") as mounts:
        places = {line.split()[4] for line in mounts}
    places |= {"/"} | {"/" + name for name in os.listdir("/")}
    places |= {"/proc/sys/kernel", "/usr/lib", "/var/tmp", "/run", "/sys"}
    for place in sorted(places):
        if place.startswith(FREE) and place != "/proc/sys/kernel":
            continue
        trace = os.path.join(place, "jobtwin-probe")
        try:
            os.close(os.open(trace, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            os.unlink(trace)
        except OSError:
            continue
        BREACHES.append(f"{place} is writable")


def fill(folder: str, allowed: int, step: int) -> None:
    """Write files of `step` bytes until it fails or far more than `allowed` was taken."""
    written = 0
    names: list[str] = []
    try:
        while written <= allowed * 2 + step:
            names.append(f"{folder}/fill-{len(names)}")
            with open(names[-1], "wb", 0) as file:
                written += file.write(b"\0" * step)
    except OSError:
        return
    finally:
        for name in names:
            os.unlink(name)
    BREACHES.append(f"{folder} takes more than its {allowed} bytes")


def large_file(allowed: int) -> None:
    """One file may not grow over the limit, whatever room there is."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        fd = os.open("/tmp/large", os.O_CREAT | os.O_WRONLY)
        os.pwrite(fd, b"x", allowed)
        BREACHES.append(f"a file may be larger than {allowed} bytes")
    except OSError:
        pass
    finally:
        os.close(fd)
        os.unlink("/tmp/large")


def forks(allowed: int) -> None:
    """Children are counted until the kernel refuses one."""
    children: list[int] = []
    try:
        while len(children) <= allowed:
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            children.append(pid)
        BREACHES.append(f"more than {allowed} processes may run")
    except OSError:
        pass
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def main() -> None:
    """Try everything and report."""
    given = json.loads(sys.argv[1])
    network()
    identity()
    secrets(given["canary"])
    files(given["hidden"])
    writes()
    large_file(given["file_bytes"])
    for folder in ("/tmp", "/dev/shm"):
        fill(folder, given["tmp_bytes"], given["file_bytes"] // 2)
    forks(given["processes"])
    print(json.dumps(BREACHES))


if __name__ == "__main__":
    main()
