"""Dockerfiles and images that misbehave, each built and started for real where an engine is there.

The base image is made of Debian's `busybox-static` alone, and nothing is fetched. Without an engine
that passes its self-test, or without that package, these tests are skipped.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import EngineError, SandboxUnavailable
from jobtwin.harness import container, solutions
from jobtwin.harness.container import admission, building, starting
from jobtwin.harness.container.engine import Engine
from jobtwin.records.twin import Container

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="containers are for Linux"),
]

BASE = "localhost/jobtwin-tests:base"
GOOD = "trap 'exit 0' TERM\nhttpd -f -p $PORT -h /www &\nwait\n"
DOCKERFILE = f"FROM {BASE}\nCOPY serve.sh /serve.sh\n"
AS_NOBODY = "USER 65534:65534\n"
START = 'CMD ["sh", "/serve.sh"]\n'
SLIM = "docker.io/library/python:3.11-slim"
"""What the sample capstone's Dockerfile is built from; here one of Debian's own packages."""
ASKED = Container(ready_seconds=3, stop_seconds=2, build_seconds=30)


def base_tar() -> bytes:
    """Return a root of busybox and one page."""
    binary = shutil.which("busybox")
    content = Path(binary).read_bytes() if binary else b""
    if b"/ld-linux" in content[:4096] or not content:
        pytest.skip("the package busybox-static is not installed")
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for path, body, mode in (("bin/busybox", content, 0o755), ("www/healthz", b"ok", 0o644)):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(body), mode
            archive.addfile(entry, io.BytesIO(body))
        for name in ("sh", "httpd", "sleep", "yes", "dd", "nc", "touch", "wget", "cat"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
        for name in ("tmp", "etc", "proc", "dev", "sys"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(folder)
    return target.getvalue()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that passed its self-test; podman with a storage of its own."""
    # pytest's own folders have longer paths than podman takes.
    with tempfile.TemporaryDirectory(prefix="jt-", ignore_cleanup_errors=True) as folder:
        yield from _admitted(Path(folder))


def _admitted(folder: Path) -> Iterator[Engine]:
    tar = base_tar()
    own = ("--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs")
    podman = Engine("podman", own, is_rootless=os.geteuid() != 0)
    try:
        found = admission.admit([podman, Engine("docker")])
    except SandboxUnavailable as unavailable:
        pytest.skip(unavailable.message[:300])
    (folder / "base.tar").write_bytes(tar)
    found.require("import", str(folder / "base.tar"), BASE)
    yield found
    found.ask("rmi", "--force", BASE)


def looked(engine: Engine, serve: str = GOOD, **more: Any) -> tuple[Any, Any]:
    dockerfile = more.pop("dockerfile", DOCKERFILE + AS_NOBODY + START)
    files = {"Dockerfile": dockerfile.encode(), "serve.sh": serve.encode()}
    found = container.look(files, ASKED.model_copy(update=more), lambda: engine)
    assert set(found) == {"container_builds", "container_starts"}
    return found["container_builds"], found["container_starts"]


def leftovers(engine: Engine) -> str:
    """Return the containers and tagged images that are still there."""
    images = engine.require("images", "--format", "{{.Repository}}:{{.Tag}}").decode()
    ours = [line for line in images.split() if "jobtwin-" in line and line != BASE]
    return engine.require("ps", "--all", "--quiet").decode() + "".join(ours)


def test_a_good_image_is_built_started_asked_and_stopped_and_leaves_nothing(
    engine: Engine,
) -> None:
    before = leftovers(engine)
    builds, starts = looked(engine)
    assert (builds.outcome, starts.outcome) == ("passed", "passed"), (builds, starts)
    assert re.fullmatch("sha256:[0-9a-f]{64}", builds.evidence["image"])
    assert (starts.evidence["user"], starts.evidence["exit_status"]) == ("65534", "0")
    assert float(starts.evidence["stop_seconds"]) <= ASKED.stop_seconds
    assert leftovers(engine) == before


def test_inside_there_is_no_network_nothing_to_write_and_no_right(engine: Engine) -> None:
    serve = """
ok=yes
touch /anywhere 2>/dev/null && ok=wrote
wget -T 1 -q -O /dev/null http://169.254.169.254/ 2>/dev/null && ok=reached
while read name value; do [ "$name" = CapEff: ] && [ "$value" != 0000000000000000 ] && ok=able
done < /proc/self/status
touch /tmp/here || ok=no-tmp
[ $ok = yes ] || exit 9
"""
    assert looked(engine, serve + GOOD)[1].outcome == "passed"


@pytest.mark.parametrize(
    ("dockerfile", "words"),
    [
        (DOCKERFILE + START, "names no USER"),
        (DOCKERFILE + "USER 0:0\n" + START, "runs as root"),
        (
            DOCKERFILE + "RUN echo 'app:x:0:0::/:/bin/sh' > /etc/passwd\n" + "USER app\n" + START,
            "runs as root",
        ),
        (DOCKERFILE + AS_NOBODY + 'CMD ["/no/such/program"]\n', "could not start"),
    ],
    ids=["nobody named", "root by number", "root by another name", "no program"],
)
def test_an_image_that_would_not_start_as_an_ordinary_user_fails(
    engine: Engine, dockerfile: str, words: str
) -> None:
    builds, starts = looked(engine, dockerfile=dockerfile)
    assert (builds.outcome, starts.outcome) == ("passed", "failed")
    assert words in starts.detail


@pytest.mark.parametrize(
    ("serve", "words"),
    [
        ("sleep 60", "last it answered nothing"),
        ("httpd -f -p $PORT -h /etc", "last it answered 404"),
        ("exit 3", "ended by itself with status 3"),
        ("while :; do (while :; do echo -n H; sleep 0.3; done) | nc -l -p $PORT; done", "nothing"),
        ("trap '' TERM\nhttpd -f -p $PORT -h /www", "did not stop within 2 seconds"),
        ("trap 'exit 7' TERM\nhttpd -f -p $PORT -h /www & wait", "stopped with status 7"),
    ],
    ids=["silent", "not found", "dies", "a byte at a time", "deaf to SIGTERM", "falls over"],
)
def test_a_service_that_is_not_healthy_or_does_not_stop_cleanly_fails(
    engine: Engine, serve: str, words: str
) -> None:
    starts = looked(engine, serve)[1]
    assert starts.outcome == "failed"
    assert words in starts.detail


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("RUN exit 3", "ended with status"),
        ("RUN yes", "printed more than 4 MiB"),
        ("RUN sleep 61", "did not end within 3 seconds"),
        ("RUN dd if=/dev/zero of=/big bs=1M count=900; sleep 60", "MiB of disk"),
    ],
    ids=["fails", "floods the log", "never ends", "fills the disk"],
)
def test_a_dockerfile_that_cannot_be_built_within_its_bounds_fails_both_gates(
    engine: Engine, line: str, words: str
) -> None:
    seconds, image = (3, 2048) if "61" in line else (30, 64)
    dockerfile = DOCKERFILE + line + "\n" + AS_NOBODY + START
    builds, starts = looked(engine, dockerfile=dockerfile, build_seconds=seconds, image_mib=image)
    assert (builds.outcome, starts.outcome) == ("failed", "failed")
    assert words in builds.detail


def test_an_image_that_is_too_large_fails(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_DISK_TIMES", 100)
    dockerfile = DOCKERFILE + "RUN dd if=/dev/zero of=/big bs=1M count=20\n" + AS_NOBODY + START
    builds, starts = looked(engine, dockerfile=dockerfile, image_mib=10)
    assert (builds.outcome, starts.outcome) == ("failed", "failed")
    assert "larger than 10 MiB" in builds.detail


@pytest.mark.deep
def test_the_sample_capstones_own_dockerfile_builds_and_its_service_holds(
    engine: Engine, tmp_path: Path
) -> None:
    if not shutil.which("mmdebstrap"):
        pytest.skip("the package mmdebstrap, which makes the base image, is not installed")
    tar = tmp_path / "python.tar"
    words = ["mmdebstrap", "--variant=minbase", "--include=python3", "bookworm", str(tar)]
    hook = '--customize-hook=ln -s python3 "$1/usr/bin/python"'
    made = subprocess.run([*words, hook], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"no base image: {made.stderr.decode()[-200:]}")
    engine.require("import", str(tar), SLIM, seconds=300)
    capstone = Path(__file__).parents[2] / "twins/jt-capstone"
    files = solutions.folder(capstone / "scaffold")
    files |= solutions.folder(capstone / "proofs/reference")
    found = container.look(files, Container(), lambda: engine)
    engine.ask("rmi", "--force", SLIM)
    assert {gate.outcome for gate in found.values()} == {"passed"}, found


def test_a_machine_that_fails_while_it_looks_costs_nobody_the_gate(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise EngineError("nsenter: not permitted")

    monkeypatch.setattr(starting, "ask", broken)
    builds, starts = looked(engine)
    assert (builds.outcome, starts.outcome) == ("passed", "not_run")
    assert "This machine failed" in starts.detail


FILES = {"Dockerfile": b"FROM x\n"}


def test_without_an_engine_the_gates_are_not_run_and_never_passed() -> None:
    found = container.look(FILES, ASKED, lambda: admission.admit([Engine("no-such-engine")]))
    assert {gate.outcome for gate in found.values()} == {"not_run"}
    assert "no-such-engine: not installed" in found["container_builds"].detail


def test_an_engine_that_keeps_nothing_in_is_passed_over_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    leaky = tmp_path / "leaky"
    leaky.write_text("#!/bin/sh\nexit 0\n")
    leaky.chmod(0o755)
    monkeypatch.setattr(admission, "breaches", lambda _: ("it reached 1.1.1.1",))
    found = container.look(FILES, ASKED, lambda: admission.admit([Engine(str(leaky))]))
    assert {gate.outcome for gate in found.values()} == {"not_run"}
    assert "it reached 1.1.1.1" in found["container_starts"].detail


def test_without_a_dockerfile_nothing_is_asked_of_the_machine() -> None:
    found = container.look({"README.md": b""}, ASKED, pytest.fail)
    assert {gate.outcome for gate in found.values()} == {"failed"}


def test_a_path_that_leads_out_of_the_context_is_never_written() -> None:
    found = container.look({**FILES, "../up": b""}, ASKED, pytest.fail)
    assert {gate.outcome for gate in found.values()} == {"failed"}


@pytest.mark.parametrize(
    ("ids", "ranges", "smallest"),
    [
        ("1000 1000 1000 1000", "0 0 4294967295", 1000),
        ("101000 101000 101000 101000", "0 1000 1\n1 100000 65536", 1001),
        ("1000 1000 1000 1000", "0 1000 1\n1 100000 65536", 0),
        ("1000 0 1000 1000", "0 0 4294967295", 0),
    ],
    ids=["as it is", "rootless, ordinary", "rootless, root", "effectively root"],
)
def test_root_is_root_inside_of_its_own_namespace(ids: str, ranges: str, smallest: int) -> None:
    status = f"Name:\tx\nUid:\t{ids}\n"
    assert starting._smallest_inside(status, ranges) == smallest
