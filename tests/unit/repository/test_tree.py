"""A commit's files through one git process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import GitError
from jobtwin.repository import append
from jobtwin.repository.git import Git, create
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FILES = {"a.yml": b"1\n", "d/b.yml": b"", "d/e/c.bin": bytes(range(256)) * 300, "caf\xe9 x": b"c"}


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    git = create(tmp_path / "origin.git", bare=True)
    empty = git.text("hash-object", "-w", "-t", "tree", "/dev/null")
    env = append.BOT.environment(AT)
    git.run("update-ref", "refs/heads/main", git.text("commit-tree", empty, "-m", "x", env=env))
    append.add(git, FILES, "files", AT)
    with Tree(git, "refs/heads/main") as made:
        yield made


def test_every_file_is_read_as_it_is_however_often_and_in_any_order(tree: Tree) -> None:
    for path in (*FILES, *reversed(FILES)):
        assert tree.read(path) == FILES[path]


@pytest.mark.parametrize(
    "path", ["none", "d", "d/none", "../a.yml", "a.yml\nd/b.yml", "", "a.yml/"]
)
def test_what_is_no_file_is_none_and_does_not_disturb_the_next_read(tree: Tree, path: str) -> None:
    assert tree.read(path) is None
    assert tree.read("a.yml") == b"1\n"


def test_a_blob_is_read_by_its_id_and_a_missing_one_is_an_error(tree: Tree) -> None:
    blob = tree.git.text("rev-parse", f"{tree.commit}:d/e/c.bin")
    assert tree.blob(blob) == FILES["d/e/c.bin"]
    with pytest.raises(GitError):
        tree.blob("1" * 40)
    with pytest.raises(GitError):
        tree.blob(tree.tree_id("d"))


def test_paths_are_sorted_and_a_folder_is_not_another_that_begins_alike(tree: Tree) -> None:
    assert tree.paths() == sorted(FILES)
    assert tree.paths("d") == ["d/b.yml", "d/e/c.bin"]
    assert tree.paths("d/") == tree.paths("d")
    assert tree.paths("none") == []


def test_names_are_those_directly_in_a_folder(tree: Tree) -> None:
    assert tree.names("d") == ["b.yml", "e"]
    assert tree.names("none") == []
    assert tree.names("a.yml") == tree.names("../d") == tree.names("") == []


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_names_are_those_that_git_lists_whatever_the_ids_are_made_of(
    tmp_path: Path, kind: str
) -> None:
    (tmp_path / "work" / "d").mkdir(parents=True)
    git = Git(tmp_path / "work")
    git.run("init", "-q", f"--object-format={kind}")
    for number in range(300):
        (git.path / "d" / f"{number} caf\xe9\n{number}").write_text(f"{number}")
    git.run("add", "-A")
    git.run("commit", "-q", "-m", "x", env=append.BOT.environment(AT))
    listed = git.lines("ls-tree", "-z", "--name-only", "HEAD", "--", "d/")
    with Tree(git) as made:
        assert made.names("d") == sorted(path.removeprefix("d/") for path in listed)
        assert len(made.names("d")) == 300


def test_a_tree_stays_at_its_commit_when_main_moves(tree: Tree) -> None:
    append.add(tree.git, {"a.yml": b"2\n"}, "change", AT)
    assert tree.read("a.yml") == b"1\n"


def test_a_closed_tree_can_be_read_again(tree: Tree) -> None:
    tree.read("a.yml")
    tree.close()
    assert tree.read("a.yml") == b"1\n"


def test_a_commit_that_is_not_there_is_an_error(tree: Tree) -> None:
    with pytest.raises(GitError):
        Tree(Git(tree.git.path), "refs/heads/none")
