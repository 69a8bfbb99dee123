"""Objects through one process: all of them, in order, and an end that waits for nobody."""

from __future__ import annotations

import fcntl
import gc
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from jobtwin.repository.batch import Batch
from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(60)
SMALLEST = 4096


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    return Git(tmp_path)


def _blob(git: Git, content: bytes) -> str:
    return git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()


def _process(batch: Batch) -> subprocess.Popen[bytes]:
    detached = batch.end.peek()
    assert detached is not None
    process: subprocess.Popen[bytes] = detached[2][0]
    return process


def test_objects_come_in_the_order_of_their_names_and_none_for_what_is_not_there(git: Git) -> None:
    one, other = _blob(git, b"one"), _blob(git, b"other\n")
    batch = Batch(git)
    names = [other, "0" * 40, one, f"{one}:with blanks in it", other]
    found = [item.content if item else None for item in batch.found(names)]
    assert found == [b"other\n", None, b"one", None, b"other\n"]
    assert batch.find("a\nb") is None
    again = batch.find(one)
    assert again is not None
    assert (again.id, again.kind) == (one, "blob")
    batch.end()


def test_more_is_asked_for_than_the_smallest_pipe_holds_in_both_directions(git: Git) -> None:
    large = _blob(git, b"x" * 100_000)
    batch = Batch(git)
    stdin = _process(batch).stdin
    assert stdin is not None
    fcntl.fcntl(stdin, fcntl.F_SETPIPE_SZ, SMALLEST)
    names = [large if n % 2 else f"{large}:{'a' * 150}{n}" for n in range(200)]
    assert [item is not None for item in batch.found(names)] == [bool(n % 2) for n in range(200)]
    batch.end()


def test_it_ends_with_its_last_holder_though_another_process_holds_the_pipe(git: Git) -> None:
    batch = Batch(git)
    process = _process(batch)
    assert process.stdin is not None
    with subprocess.Popen(["sleep", "100"], pass_fds=[process.stdin.fileno()]) as other:
        del batch
        gc.collect()
        assert process.returncode is not None
        other.kill()


def test_a_forked_process_that_lets_go_of_it_waits_for_nobody_and_ends_nothing(git: Git) -> None:
    one = _blob(git, b"one")
    held = [Batch(git)]
    child = os.fork()
    if child == 0:
        held.clear()
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert held[0].find(one) is not None
    held[0].end()
