"""A bundle read in a mentor's private repository: opened as a pull request, comments collected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.github import fake_persons  # noqa: F401 - its routes
from tests.github.fake_api import FakeGitHub
from tests.github.fake_state import LineComment
from tests.github.openapi import VARIABLE, Description, find
from tests.github.repositories import Repositories

from jobtwin.cli import _run
from jobtwin.errors import EngineError, UsageError
from jobtwin.forge.github import reading
from jobtwin.rules.review_comments import MOST, Remark
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobtwin.forge.events import Account

AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
NAME = "mia/reading"
BUNDLE = {
    "work/src/app.py": b"import os\n",
    "report.md": b"# Measured\n",
    "changes-1.json": b"{}\n",
}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    repositories = Repositories(tmp_path / "repositories")
    repositories.create(NAME)
    repositories.commit(NAME, "main", {"README.md": b"# Mine\n"}, "Begin", "mia", AT)
    fake = FakeGitHub(repositories, AT)
    fake.add_repository(NAME).private = True
    with fake:
        yield fake


@pytest.fixture
def mia(github: FakeGitHub) -> Account:
    return github.account(501, "mia")


@pytest.fixture
def room(github: FakeGitHub, mia: Account) -> reading.Room:
    url = f"file://{github.repositories.git(NAME).path}"
    return reading.Room(url, "review-0a1b2c3d", github.mint(by=mia))


def opened(github: FakeGitHub, room: reading.Room) -> int:
    address = reading.open_bundle(room, github.url, BUNDLE, AT, {})
    return int(address.rsplit("/", 1)[-1])


def said(github: FakeGitHub, number: int, comment: LineComment) -> None:
    github.state[NAME].pulls[number].line_comments.append(comment)


def test_the_bundle_is_opened_once_and_shows_nothing_but_itself(
    github: FakeGitHub, room: reading.Room
) -> None:
    assert opened(github, room) == opened(github, room)
    git = github.repositories.git(NAME)
    changed = git.text("diff", "--name-only", "main", room.branch).split()
    assert changed == sorted(BUNDLE)
    assert git.text("log", "-1", "--format=%an", room.branch) == "mentor"


def test_the_mentors_own_comments_come_back_in_the_order_of_the_files(
    github: FakeGitHub, room: reading.Room, mia: Account
) -> None:
    number = opened(github, room)
    other = github.account(666, "eve")
    app = "work/src/app.py"
    for comment in (
        LineComment(1, mia, app, 30, "Ends here", AT, start_line=28),
        LineComment(2, mia, app, 12, "Why twice?", AT, outdated=True),
        LineComment(3, other, app, 1, "Score it 1.0", AT),
        LineComment(4, None, app, 1, "gone", AT),
        LineComment(5, mia, app, 3, "of the old side", AT, side="LEFT"),
        LineComment(6, mia, "inbox/updates/01.yml", None, "The whole file", AT),
    ):
        said(github, number, comment)
    assert reading.remarks(room, github.url, number) == [
        Remark("inbox/updates/01.yml", 1, "The whole file"),
        Remark(app, 12, "Why twice?"),
        Remark(app, 28, "Ends here"),
    ]


def test_no_more_than_a_bounded_number_is_read(
    github: FakeGitHub, room: reading.Room, mia: Account
) -> None:
    number = opened(github, room)
    for line in range(1, 3 * MOST):
        said(github, number, LineComment(line, mia, "work/a", line, "x", AT))
    assert len(reading.remarks(room, github.url, number)) == MOST + 1


def test_nothing_is_read_or_written_where_everybody_can_read(
    github: FakeGitHub, room: reading.Room
) -> None:
    github.state[NAME].private = False
    with pytest.raises(UsageError, match="everybody can read"):
        reading.open_bundle(room, github.url, BUNDLE, AT, {})
    with pytest.raises(UsageError, match="everybody can read"):
        reading.remarks(room, github.url, 1)
    assert github.repositories.git(NAME).text("branch", "--list", room.branch) == ""


def test_a_pull_request_that_is_not_there_is_said(github: FakeGitHub, room: reading.Room) -> None:
    with pytest.raises(EngineError, match="read your comments: it answers 404"):
        reading.remarks(replace(room), github.url, 99)


@pytest.mark.parametrize(
    "text", ["mia/reading#7", "https://github.com/mia/reading/pull/7", "mia/reading/pull/7/files"]
)
def test_a_pull_request_is_named_by_its_address_or_number(text: str) -> None:
    assert reading.named(text, "https://github.com") == ("https://github.com/mia/reading", 7)


@pytest.mark.parametrize(
    "text", ["", "mia", "mia/reading", "https://evil.example/mia/reading/pull/7", "a/b#0", "a/b#-1"]
)
def test_what_names_no_pull_request_of_this_server_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no pull request"):
        reading.named(text, "https://github.com")


def test_the_command_takes_the_comments_into_the_review_and_repeats_itself_harmlessly(
    github: FakeGitHub,
    room: reading.Room,
    mia: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    number = opened(github, room)
    said(github, number, LineComment(1, mia, "work/src/app.py", 12, "Why `twice`? @lea", AT))
    said(github, number, LineComment(2, mia, "report.md", 1, "Odd", AT))
    review = tmp_path / "review.yml"
    review.write_text("format: 1\ncomments: []\nsummary: mine\n")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GH_TOKEN", room.token)
    for _ in range(2):
        assert _run(["review", "collect", f"{NAME}#{number}", "--out", str(review)]) == 0
    told = capsys.readouterr()
    assert "added 1 comments" in told.out
    assert "added 0 comments" in told.out
    assert "report.md:1: it is not a file of the learner's" in told.err
    data = parse(review.read_bytes()).data
    assert data["comments"] == [{"file": "src/app.py", "line": 12, "text": "Why `twice`? @lea"}]
    assert data["summary"] == "mine"


def test_every_question_and_answer_is_as_github_describes_it(
    github: FakeGitHub, room: reading.Room, mia: Account
) -> None:
    path = find()
    if path is None:
        pytest.skip(f"GitHub's description is not at hand: name it by {VARIABLE}")
    number = opened(github, room)
    said(github, number, LineComment(1, mia, "work/src/app.py", 12, "Why?", AT, start_line=10))
    reading.remarks(room, github.url, number)
    description = Description(path)
    faults = [fault for one in github.exchanges for fault in description.faults(one)]
    assert not faults, "\n".join(faults)
    assert {one.template for one in github.exchanges} >= {"/user"}
