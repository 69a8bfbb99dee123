"""What a pull request brings: read from git objects, and judged before a byte of it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import Refused
from jobtwin.repository import inbox
from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from pathlib import Path

WHO = {
    "GIT_AUTHOR_NAME": "lea",
    "GIT_AUTHOR_EMAIL": "lea@people.invalid",
    "GIT_COMMITTER_NAME": "lea",
    "GIT_COMMITTER_EMAIL": "lea@people.invalid",
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository whose main has one file that is no record."""
    made = create(tmp_path / "origin.git", bare=True)
    made.run("update-ref", "refs/heads/main", commit(made, {"README.md": b"hello"}))
    return made


def entry(git: Git, path: str, content: bytes, mode: str = "100644") -> str:
    if mode == "160000":
        return f"{mode} {'1' * 40}\t{path}"
    blob = git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    return f"{mode} {blob}\t{path}"


def commit(
    git: Git, files: dict[str, bytes], parent: str | None = None, mode: str = "100644"
) -> str:
    index = {"GIT_INDEX_FILE": str(git.path / "an-index")}
    git.run("read-tree", *([parent] if parent else ["--empty"]), env=index)
    lines = "\0".join(entry(git, path, body, mode) for path, body in files.items())
    git.run("update-index", "-z", "--index-info", stdin=lines.encode() + b"\0", env=index)
    parents = ["-p", parent] if parent else []
    tree = git.text("write-tree", env=index)
    return git.text("commit-tree", tree, *parents, "-m", "work", env=WHO)


def main(git: Git) -> str:
    return git.text("rev-parse", "refs/heads/main")


def refused(git: Git, head: str) -> list[str]:
    with pytest.raises(Refused) as found:
        inbox.read(git, head)
    assert found.value.exit_code == 1
    assert all(finding.hint for finding in found.value.findings)
    assert all(str(finding).isprintable() for finding in found.value.findings)
    return [finding.code for finding in found.value.findings]


def test_files_of_the_inbox_are_returned_by_their_place_below_it(git: Git) -> None:
    head = commit(
        git,
        {"submissions/inbox/start.yml": b"a", "submissions/inbox/updates/01.yml": b"b"},
        main(git),
    )
    assert inbox.read(git, head) == {"start.yml": b"a", "updates/01.yml": b"b"}


def test_what_was_added_to_main_meanwhile_is_not_held_against_the_learner(git: Git) -> None:
    begun = main(git)
    git.run("update-ref", "refs/heads/main", commit(git, {"README.md": b"new"}, begun))
    head = commit(git, {"submissions/inbox/start.yml": b"a"}, begun)
    assert inbox.read(git, head) == {"start.yml": b"a"}


def test_a_push_that_brings_nothing_is_an_empty_inbox(git: Git) -> None:
    assert inbox.read(git, main(git)) == {}


def test_a_branch_of_another_history_has_nothing_to_compare_with(git: Git) -> None:
    assert refused(git, commit(git, {"submissions/inbox/start.yml": b"a"})) == ["INB-001"]


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "submissions/jt-incident-4/ab/started.yml",
        ".github/workflows/act.yml",
        "submissions/inboxes/start.yml",
        "keys/acts.yml",
    ],
)
def test_a_change_outside_the_inbox_is_refused(git: Git, path: str) -> None:
    assert refused(git, commit(git, {path: b"mine"}, main(git))) == ["INB-001"]


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_a_symlink_or_a_submodule_in_the_inbox_is_refused(git: Git, mode: str) -> None:
    head = commit(git, {"submissions/inbox/start.yml": b"/etc/passwd"}, main(git), mode)
    assert refused(git, head) == ["INB-002"]


@pytest.mark.parametrize(
    "name",
    ["café.yml", "a\u202eb.yml", ".hidden", "deep/.git-x/a", "a\nb", "a b", "`a`", "-a", "x" * 241],
)
def test_a_name_that_is_not_plain_is_refused_and_shown_escaped(git: Git, name: str) -> None:
    head = commit(git, {f"submissions/inbox/{name}": b"x"}, main(git))
    assert refused(git, head) == ["INB-005"]


def test_a_name_that_is_not_utf_8_is_refused_and_not_a_traceback(git: Git) -> None:
    blob = bytes.fromhex(entry(git, "x", b"x").split(" ")[1].split("\t")[0])
    tree = git.run(
        "hash-object", "-w", "-t", "tree", "--stdin", stdin=b"100644 caf\xe9.yml\0" + blob
    )
    inner = git.run("mktree", stdin=b"040000 tree " + tree.strip() + b"\tinbox\n").strip()
    outer = git.run("mktree", stdin=b"040000 tree " + inner + b"\tsubmissions\n").decode().strip()
    head = git.text("commit-tree", outer, "-p", main(git), "-m", "x", env=WHO)
    assert sorted(refused(git, head)) == ["INB-001", "INB-005"]


def test_more_files_than_an_inbox_has_are_refused_unread(git: Git) -> None:
    files = {f"submissions/inbox/updates/{n}.yml": b"x" for n in range(201)}
    assert refused(git, commit(git, files, main(git))) == ["INB-003"]


def test_ten_megabytes_of_yaml_are_refused_unread(git: Git) -> None:
    files = {"submissions/inbox/start.yml": b"a: b\n" * (2 << 20)}
    assert refused(git, commit(git, files, main(git))) == ["INB-003"]


def test_all_findings_come_at_once(git: Git) -> None:
    files = {"README.md": b"x", "submissions/inbox/.hidden": b"x"}
    assert sorted(refused(git, commit(git, files, main(git)))) == ["INB-001", "INB-005"]


def test_a_file_of_the_inbox_that_is_taken_back_is_not_there(git: Git) -> None:
    begun = main(git)
    files = {"README.md": b"hello", "submissions/inbox/README.md": b"x"}
    git.run("update-ref", "refs/heads/main", commit(git, files, begun))
    tree = git.text("rev-parse", f"{begun}^{{tree}}")
    head = git.text("commit-tree", tree, "-p", main(git), "-m", "take it back", env=WHO)
    assert inbox.read(git, head) == {}
