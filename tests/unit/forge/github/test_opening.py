"""A learner's pull request from a terminal: fork and pull request are made once, found after."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.github import fake_persons  # noqa: F401 - its routes
from tests.github.fake_api import FakeGitHub
from tests.github.repositories import Repositories

from jobtwin.acts import submit
from jobtwin.errors import UsageError
from jobtwin.forge.github import opening, sending
from jobtwin.forge.github.patience import Patience
from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
ORGANISATION = "academy/credentials"
REPOSITORY = f"https://github.com/{ORGANISATION}"
FILES = {"live.yml": b"format: 1\n"}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    repositories = Repositories(tmp_path / "repositories")
    repositories.create(ORGANISATION)
    repositories.commit(ORGANISATION, "main", {"README.md": b"# Twins\n"}, "Begin", "ada", AT)
    fake = FakeGitHub(repositories, AT)
    fake.add_repository(ORGANISATION)
    with fake:
        yield fake


@pytest.fixture
def learner(github: FakeGitHub) -> opening.Person:
    token = github.mint(by=github.account(1001, "lea"))
    return opening.connect(token, ORGANISATION, github.url, Patience(sleep=lambda _: None))


def fork_of(github: FakeGitHub) -> str:
    return f"file://{github.repositories.git('lea/credentials').path}"


def send(
    github: FakeGitHub, files: dict[str, bytes], learner: opening.Person | None, **more: Any
) -> list[str]:
    whole = {"fork": fork_of(github), "branch": "attempt", "token": "t", **more}
    return submit.send(files, sending.Address(REPOSITORY, **whole), learner, AT, {})


def test_a_fork_is_made_once_and_found_after(github: FakeGitHub, learner: opening.Person) -> None:
    assert learner.fork() == learner.fork() == "lea/credentials"
    assert github.repositories.exists("lea/credentials")


def test_the_first_push_opens_the_pull_request_and_the_next_comes_to_it(
    github: FakeGitHub, learner: opening.Person
) -> None:
    learner.fork()
    first = send(github, FILES, learner)
    again = send(github, {"post-mortem.yml": b"format: 1\n"}, learner)
    (pull,) = github.state[ORGANISATION].pulls.values()
    assert first[-1].startswith("opened ")
    assert again[-1].startswith("brought to ")
    assert first[-1].endswith(f"/{pull.number}")
    git = github.repositories.git("lea/credentials")
    changed = git.text("diff", "--name-only", "main", "attempt").split()
    assert changed == ["submissions/inbox/live.yml", "submissions/inbox/post-mortem.yml"]
    assert git.text("log", "-1", "--format=%an", "attempt") == "learner"


def test_the_same_files_again_push_nothing(github: FakeGitHub, learner: opening.Person) -> None:
    learner.fork()
    assert send(github, FILES, None) == send(github, FILES, None)


def test_an_upload_replaces_the_one_before_and_nothing_else(
    github: FakeGitHub, learner: opening.Person
) -> None:
    learner.fork()
    send(github, {**FILES, "upload/old.py": b"1", "upload/kept.py": b"2"}, None)
    send(github, {"updates/01.yml": b"x"}, None)
    send(github, {**FILES, "upload/kept.py": b"3"}, None)
    git = github.repositories.git("lea/credentials")
    there = git.text("ls-tree", "-r", "--name-only", "attempt", "submissions/inbox/").split()
    names = [path.removeprefix("submissions/inbox/") for path in there]
    assert names == ["live.yml", "updates/01.yml", "upload/kept.py"]


def test_somebody_elses_pull_request_from_a_branch_of_that_name_is_not_taken_for_ours(
    github: FakeGitHub, learner: opening.Person
) -> None:
    other = github.account(1002, "otto")
    github.fork(ORGANISATION, other)
    github.repositories.commit("otto/credentials", "attempt", {"x": b""}, "x", "otto", AT)
    github.open_pull(ORGANISATION, other, "otto/credentials", "attempt")
    learner.fork()
    assert send(github, FILES, learner)[-1].startswith("opened ")
    assert len(github.state[ORGANISATION].pulls) == 2


def test_without_a_token_the_link_that_opens_it_is_given(
    github: FakeGitHub, learner: opening.Person
) -> None:
    learner.fork()
    said = send(github, FILES, None)
    assert said[-1].endswith(f"{REPOSITORY}/compare/main...lea:attempt?expand=1")
    assert not github.state[ORGANISATION].pulls


def test_a_fork_under_another_name_is_named_in_the_link() -> None:
    link = opening.compare_link(REPOSITORY, "lea/my-twins", "attempt/1")
    assert link == f"{REPOSITORY}/compare/main...lea:my-twins:attempt/1?expand=1"


def test_without_a_fork_it_is_said_where_one_is_made(github: FakeGitHub) -> None:
    for fork in ("", f"file://{github.repositories.root}/nobody/credentials.git"):
        with pytest.raises(UsageError) as error:
            send(github, FILES, None, fork=fork)
        assert f"{REPOSITORY}/fork" in error.value.hint


@pytest.mark.parametrize("branch", ["main", "", "-f", "a..b", "a b", "refs:x", "+x"])
def test_a_branch_that_would_be_something_else_is_not_pushed(
    github: FakeGitHub, learner: opening.Person, branch: str
) -> None:
    learner.fork()
    with pytest.raises(UsageError, match="branch"):
        send(github, FILES, None, branch=branch)


def test_a_push_never_replaces_what_came_in_between(tmp_path: Path, github: FakeGitHub) -> None:
    from jobtwin.repository import outgoing

    github.fork(ORGANISATION, github.account(1001, "lea"))
    fork = outgoing.Fork(fork_of(github), {})
    git = create(tmp_path / "mine", bare=True)
    fork.fetch(git, "main", "refs/heads/work")
    old = git.text("rev-parse", "work")
    github.repositories.commit("lea/credentials", "attempt", {"y": b"1"}, "y", "lea", AT)
    with pytest.raises(UsageError, match="did not take `git push`"):
        fork.push(git, old, "attempt")


def test_the_token_goes_to_the_organisations_own_server_by_https_alone() -> None:
    ours = "https://github.com/lea/credentials"
    told = opening.let_in(ours, REPOSITORY, "secret")
    assert told["GIT_CONFIG_KEY_0"] == "http.https://github.com/.extraheader"
    for other in ("https://github.com.evil.example/a/b", "http://github.com/a/b", "file:///a/b"):
        assert opening.let_in(other, REPOSITORY, "secret") == {}
    assert "secret" not in repr(sending.Address(REPOSITORY, "attempt", ours, "secret"))


def test_where_a_token_may_not_open_it_the_link_that_does_is_told_with_githubs_words(
    github: FakeGitHub,
) -> None:
    token = github.mint({"contents": "write"}, by=github.account(1001, "lea"))
    learner = opening.connect(token, ORGANISATION, github.url, Patience(sleep=lambda _: None))
    learner.fork()
    said = send(github, FILES, learner)
    assert "could not be asked to open a pull request" in said[-2]
    assert said[-1].endswith(f"{REPOSITORY}/compare/main...lea:attempt?expand=1")
    assert "attempt" in Git(Path(fork_of(github).removeprefix("file://"))).text("branch")


def test_where_a_token_may_not_make_a_fork_it_is_said_where_one_is_made(
    github: FakeGitHub,
) -> None:
    learner = opening.connect("no token", ORGANISATION, github.url, Patience(sleep=lambda _: None))
    with pytest.raises(UsageError, match="your fork is not named") as error:
        send(github, FILES, learner, fork="")
    assert f"{REPOSITORY}/fork" in error.value.hint
