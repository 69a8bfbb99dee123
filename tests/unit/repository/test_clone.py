"""A mentor's clone: what is new at its origin is read, and nothing of the clone is moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import UsageError
from jobtwin.repository import append, clone
from jobtwin.repository.append import Author
from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 2, tzinfo=UTC)
ARCHIVE = "refs/archive/jt-x/0/blinded-1"


@pytest.fixture
def both(tmp_path: Path) -> tuple[Git, Git]:
    """An origin, and a clone of it that is one commit behind."""
    origin = create(tmp_path / "origin.git", bare=True)
    tree = origin.run("hash-object", "-t", "tree", "-w", "--stdin").decode().strip()
    person = Author("a", "a@b.invalid").environment(AT)
    first = origin.text("commit-tree", tree, "-m", "begin", env=person)
    origin.run("update-ref", "refs/heads/main", first)
    here = Git(tmp_path / "here")
    origin.run("clone", "-q", str(origin.path), str(here.path))
    append.add(origin, {"a.txt": b"new"}, "New", AT)
    origin.run("update-ref", ARCHIVE, "refs/heads/main")
    return origin, here


def test_what_is_new_is_read_and_the_clones_own_main_stays(both: tuple[Git, Git]) -> None:
    origin, here = both
    before = here.text("rev-parse", "main")
    clone.refresh(here, {})
    assert clone.newest(here) == clone.THERE
    assert here.text("rev-parse", clone.THERE) == origin.text("rev-parse", "main")
    assert here.text("rev-parse", "main") == before
    assert here.text("status", "--porcelain") == ""


def test_a_main_that_is_ahead_of_its_origin_is_read_itself(both: tuple[Git, Git]) -> None:
    _, here = both
    append.add(here, {"b.txt": b"mine"}, "Mine", AT)
    clone.refresh(here, {})
    assert clone.newest(here) == clone.HERE


def test_archives_are_brought_that_are_not_here(both: tuple[Git, Git]) -> None:
    origin, here = both
    clone.bring(here, [ARCHIVE], {})
    assert here.text("rev-parse", ARCHIVE) == origin.text("rev-parse", "main")
    here.run("remote", "set-url", "origin", "/nowhere")
    clone.bring(here, [ARCHIVE], {})
    with pytest.raises(UsageError, match="did not give what is new"):
        clone.bring(here, ["refs/archive/jt-x/0/blinded-2"], {})


def test_a_repository_without_an_origin_is_read_as_it_is(both: tuple[Git, Git]) -> None:
    origin, _ = both
    clone.refresh(origin, {})
    clone.bring(origin, ["refs/archive/none"], {})
    assert clone.newest(origin) == clone.HERE
