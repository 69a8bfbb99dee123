"""Adding to main: one commit, nothing changed that is write-once, no race lost in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import GitError, RaceLost
from jobtwin.repository import append
from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
RECORD = "submissions/jt-a/ab/ab1/started.yml"
REF = "refs/archive/jt-a/ab1/snapshot-1"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    made = create(tmp_path / "origin.git", bare=True)
    tree = made.text("hash-object", "-w", "-t", "tree", "/dev/null")
    env = append.BOT.environment(AT)
    made.run("update-ref", "refs/heads/main", made.text("commit-tree", tree, "-m", "x", env=env))
    return made


def read(git: Git, path: str) -> bytes:
    return git.run("cat-file", "blob", f"refs/heads/main:{path}")


def test_files_are_added_in_one_commit_at_the_given_moment_by_the_bot(git: Git) -> None:
    before = git.text("rev-parse", "refs/heads/main")
    made = append.add(git, {RECORD: b"a", "keys/x": b"b"}, "Start", AT)
    assert (read(git, RECORD), read(git, "keys/x")) == (b"a", b"b")
    said = git.text("log", "-1", "--format=%P %an %cI %s", made)
    assert said == f"{before} jobtwin[bot] 2026-11-02T09:00:00Z Start".replace("Z", "+00:00")


def test_what_was_there_stays(git: Git) -> None:
    append.add(git, {"a": b"1"}, "one", AT)
    append.add(git, {"b": b"2"}, "two", AT)
    assert (read(git, "a"), read(git, "b")) == (b"1", b"2")


def test_an_effect_carried_out_twice_changes_nothing(git: Git) -> None:
    first = append.add(git, {RECORD: b"a"}, "Start", AT)
    assert append.add(git, {RECORD: b"a"}, "Start again", AT) == first


def test_a_record_that_would_change_is_refused_and_nothing_is_added(git: Git) -> None:
    before = append.add(git, {RECORD: b"a"}, "Start", AT)
    with pytest.raises(GitError, match="never changed"):
        append.add(git, {RECORD: b"changed", "credentials/new": b"x"}, "Change", AT)
    assert git.text("rev-parse", "refs/heads/main") == before


def test_a_file_that_is_no_record_may_change(git: Git) -> None:
    append.add(git, {"keys/acts.yml": b"1"}, "one", AT)
    append.add(git, {"keys/acts.yml": b"2"}, "two", AT)
    assert read(git, "keys/acts.yml") == b"2"


def test_a_race_is_lost_aloud(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = append._commit

    def overtaken(*arguments: object) -> str:
        made = committed(*arguments)  # type: ignore[arg-type]
        if len(git.lines("rev-list", "-z", "refs/heads/main")) == 1:
            other = git.text(
                "commit-tree",
                "refs/heads/main^{tree}",
                "-m",
                "first",
                env=append.BOT.environment(AT),
            )
            git.run("update-ref", "refs/heads/main", other)
        return made

    monkeypatch.setattr(append, "_commit", overtaken)
    with pytest.raises(RaceLost):
        append.add(git, {RECORD: b"a"}, "Start", AT)
    assert git.attempt("cat-file", "-e", f"refs/heads/main:{RECORD}").returncode != 0


def test_an_archive_is_kept_under_a_ref_of_its_own_and_not_on_main(git: Git) -> None:
    append.keep(git, REF, "snapshot.tar", b"tar", AT)
    assert git.run("cat-file", "blob", f"{REF}:snapshot.tar") == b"tar"
    assert git.attempt("cat-file", "-e", "refs/heads/main:snapshot.tar").returncode != 0


def test_an_archive_may_be_kept_twice_and_never_replaced(git: Git) -> None:
    append.keep(git, REF, "snapshot.tar", b"tar", AT)
    append.keep(git, REF, "snapshot.tar", b"tar", AT)
    with pytest.raises(GitError, match="something else"):
        append.keep(git, REF, "snapshot.tar", b"other", AT)


def test_a_commit_is_never_dated_before_main_however_late_its_event_comes(git: Git) -> None:
    append.add(git, {RECORD: b"a"}, "Start", AT)
    made = append.add(git, {"keys/x": b"b"}, "An older event", AT - timedelta(hours=1))
    assert git.text("log", "-1", "--format=%cI", made) == AT.isoformat()


def test_the_same_file_is_kept_again_whenever_that_is(git: Git) -> None:
    append.keep(git, REF, "snapshot.tar", b"tar", AT)
    append.keep(git, REF, "snapshot.tar", b"tar", AT + timedelta(hours=1))
    assert git.run("cat-file", "blob", f"{REF}:snapshot.tar") == b"tar"
