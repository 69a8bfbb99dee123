"""Twins from a repository elsewhere: fetched once a commit, bounded, and nothing of it is run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.kit import kit
from jobtwin.cli import _run
from jobtwin.errors import UsageError
from jobtwin.repository import bounded, copies
from jobtwin.repository.append import Author
from jobtwin.repository.definitions import read_twin, twin_ids
from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from tests.conftest import Organisation

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"
SEED = bytes(range(32))
AT = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.fixture
def origin(organisation: Organisation) -> Git:
    return organisation.forge.origin


@pytest.fixture
def url(origin: Git) -> str:
    return f"file://{origin.path}"


def change(origin: Git, folder: Path, path: str, old: str, new: str) -> None:
    """Commit a change of a file to main, as the organisation would."""
    work = folder / "elsewhere"
    origin.run("clone", "-q", str(origin.path), str(work))
    file = work / path
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    env = Author("A Founder", "founder@people.invalid").environment(AT)
    Git(work).run("commit", "-qam", "Change a twin", env=env)
    Git(work).run("push", "-q", "origin", "main")


def test_a_kit_from_a_url_is_the_kit_from_a_clone(url: str, tmp_path: Path) -> None:
    twins = copies.twins_at(url, tmp_path)
    assert twin_ids(twins) == twin_ids(PROJECT)
    assert kit(twins, TWIN, SEED) == kit(PROJECT, TWIN, SEED)


def test_a_commit_is_kept_once_and_nothing_half_written_is_left(url: str, tmp_path: Path) -> None:
    first = copies.twins_at(url, tmp_path)
    written = (first / "twins" / TWIN / "twin.yml").stat().st_mtime_ns
    assert copies.twins_at(url, tmp_path) == first
    assert (first / "twins" / TWIN / "twin.yml").stat().st_mtime_ns == written
    assert [path.name for path in (tmp_path / "twins").iterdir()] == [first.name]


def test_an_attempt_keeps_the_twin_that_it_was_started_with(
    origin: Git, url: str, tmp_path: Path
) -> None:
    before = origin.text("rev-parse", f"main:twins/{TWIN}")
    change(origin, tmp_path, f"twins/{TWIN}/twin.yml", 'version: "1.0"', 'version: "2.0"')
    origin.run("config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub has it
    now, then = copies.twins_at(url, tmp_path), copies.twin_of_tree(url, TWIN, before, tmp_path)
    assert read_twin(now, TWIN).version == "2.0"
    assert read_twin(then, TWIN).version == "1.0"
    assert kit(then, TWIN, SEED) == kit(PROJECT, TWIN, SEED)


@pytest.mark.parametrize(
    "bad",
    [
        "http://github.com/academy/credentials",
        "ext::sh -c 'touch it' ://",
        "ssh://github.com/academy/credentials",
        "https://lea:word@github.com/academy/credentials",
        "https://github.com/academy/credentials?token=1",
        "https://[",
        "file:///no/such/folder",
        "file://elsewhere/etc",
        "--upload-pack=touch://it",
    ],
)
def test_only_https_and_folders_here_are_fetched_from(bad: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="https://host/owner/name"):
        copies.twins_at(bad, tmp_path)


def test_a_repository_without_twins_is_told_so(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    git = Git(plain)
    plain.mkdir()
    git.run("init", "-q", "-b", "main")
    with pytest.raises(UsageError, match="has no branch main"):
        copies.twins_at(f"file://{plain}", tmp_path)
    env = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    git.run("commit", "-q", "--allow-empty", "-m", "nothing", env=env)
    with pytest.raises(UsageError, match="has no twins"):
        copies.twins_at(f"file://{plain}", tmp_path)


def test_a_tree_that_is_not_there_is_told_so(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gave no 1111"):
        copies.twin_of_tree(url, TWIN, "1" * 40, tmp_path)
    with pytest.raises(UsageError, match="40 hexadecimal digits"):
        copies.twin_of_tree(url, TWIN, "main", tmp_path)


def test_what_is_larger_than_the_bound_is_not_kept(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "BOUNDS", bounded.Bounds(seconds=60, file_bytes=10_000))
    with pytest.raises(UsageError, match="gave no"):
        copies.twins_at(url, tmp_path)
    assert not (tmp_path / "twins").exists()


def test_the_command_takes_a_url(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out = tmp_path / "work"
    arguments = ["kit", TWIN, "--seed", SEED.hex(), "--out", str(out)]
    assert _run([*arguments, "--repo", url]) == 0
    assert (out / "BRIEF.md").is_file()
    assert (tmp_path / "cache" / "jobtwin" / "twins").is_dir()
    tree = ["--twin-tree", "0" * 40]
    assert _run([*arguments, "--repo", str(PROJECT), *tree]) == 2
    assert "needs the URL" in capsys.readouterr().err
