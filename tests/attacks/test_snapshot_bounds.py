"""A hostile repository or server: bounded in time, in size and in names, and never a way inside."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import Refused
from jobtwin.records.twin import SnapshotLimits
from jobtwin.repository import bounded, snapshot
from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = SnapshotLimits(files=50, mib=1, file_mib=1)
HOST = "https://forge.invalid/"


@pytest.fixture
def work(tmp_path: Path) -> Git:
    return create(tmp_path / "hosted" / "work", bare=True)


def _blob(git: Git, content: bytes) -> bytes:
    return bytes.fromhex(git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip())


def _tree(git: Git, *entries: tuple[bytes, bytes, bytes]) -> bytes:
    body = b"".join(mode + b" " + name + b"\0" + found for mode, name, found in entries)
    made = git.run("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=body)
    return bytes.fromhex(made.decode().strip())


def _commit(git: Git, tree: bytes) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@people.invalid")
    made = git.text(*who, "commit-tree", tree.hex(), "-m", "work")
    git.run("update-ref", "refs/heads/main", made)
    return made


def _refused(git: Git, commit: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        snapshot.fetch(f"{HOST}work", commit, LIMITS, {HOST: f"{git.path.parent}/"})
    return [finding.code for finding in refused.value.findings]


@pytest.mark.slow
def test_a_tree_that_unfolds_into_a_hundred_million_names_is_refused(work: Git) -> None:
    tree = _tree(work, *((b"100644", b"f%d" % n, _blob(work, b"x")) for n in range(10)))
    for _ in range(7):
        tree = _tree(work, *((b"40000", b"d%d" % n, tree) for n in range(10)))
    assert _refused(work, _commit(work, tree)) == ["SNP-005"]


def test_a_server_that_sends_more_than_the_bound_is_cut_off(work: Git) -> None:
    noise = _tree(work, (b"100644", b"noise", _blob(work, os.urandom(12 << 20))))
    assert _refused(work, _commit(work, noise)) == ["SNP-006"]


def test_what_a_lying_server_leaves_out_is_never_asked_for_later(work: Git) -> None:
    work.run("config", "uploadpack.allowFilter", "true")
    large = _tree(work, (b"100644", b"large", _blob(work, b"\0" * (3 << 20))))
    assert _refused(work, _commit(work, large)) == ["SNP-006"]


@pytest.mark.parametrize("commit", ["--upload-pack=touch owned", "main", "HEAD", "", "0" * 39])
def test_a_commit_is_never_read_as_an_option_or_a_name(work: Git, commit: str) -> None:
    assert _refused(work, commit) == ["SNP-002"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_public_name_that_leads_inside_is_not_asked(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(Refused) as refused:
        snapshot.fetch("https://innocent.example.org/a/b", "0" * 40, LIMITS)
    assert refused.value.findings[0].code == "SNP-001"


def test_a_name_that_nobody_knows_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Refused) as refused:
        snapshot.fetch("https://innocent.example.org/a/b", "0" * 40, LIMITS)
    assert refused.value.findings[0].code == "SNP-002"


def test_a_helper_of_git_that_hangs_does_not_keep_us_waiting(work: Git) -> None:
    sleeper = "alias.hang=!sleep 60 & sleep 60"
    began = time.monotonic()
    ended = bounded.run(work, ["-c", sleeper, "hang"], bounded.Bounds(1, snapshot.MIB))
    assert ended.is_late
    assert time.monotonic() - began < 10


def test_output_without_end_is_cut(work: Git) -> None:
    flood = ["-c", "alias.flood=!yes", "flood"]
    ended = bounded.run(work, flood, bounded.Bounds(20, snapshot.MIB, output_bytes=1000))
    assert ended.is_cut
    assert len(ended.output) == 1000


def test_words_without_end_are_cut_too(work: Git) -> None:
    flood = ["-c", "alias.flood=!yes >&2", "flood"]
    ended = bounded.run(work, flood, bounded.Bounds(20, snapshot.MIB))
    assert ended.status not in (0, None)
    assert len(ended.words) <= 4000


def test_a_file_with_a_long_name_is_kept_like_any_other() -> None:
    files = {f"docs/{'n' * 150}.md": b"x", "docs/ärger.md": b"y"}
    fetched = snapshot.from_files(files, "0" * 40, LIMITS)
    assert snapshot.untar(fetched.tar) == files


def test_a_folder_in_an_ignored_corner_of_another_repository_is_still_seen(tmp_path: Path) -> None:
    create(tmp_path, bare=False)
    (tmp_path / ".gitignore").write_text("work\n")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "serve.py").write_text("pass\n")
    assert set(snapshot.from_folder(tmp_path / "work", LIMITS)) == {"serve.py"}


@pytest.mark.parametrize("target", ["/etc", "nowhere"])
def test_a_symlink_to_a_folder_or_to_nothing_is_named(tmp_path: Path, target: str) -> None:
    git = create(tmp_path, bare=False)
    (tmp_path / "link").symlink_to(target)
    subprocess.run(["git", "-C", str(git.path), "add", "link"], check=True)
    with pytest.raises(Refused) as refused:
        snapshot.from_folder(tmp_path, LIMITS)
    assert [finding.code for finding in refused.value.findings] == ["SNP-003"]
