"""A local GitHub with an organisation's repository, a learner's fork, and jobs that act on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.github.fake_api import FakeGitHub
from tests.github.fake_state import Comment, Pull
from tests.github.repositories import Repositories

from jobtwin.forge.events import Account
from jobtwin.forge.github import patience, place
from jobtwin.forge.github.job import GithubJob, join

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NAME = "academy/credentials"
WORKFLOW = dict.fromkeys(
    (".github/workflows/evaluate.yml", ".github/workflows/decide.yml"), b"on: workflow_dispatch\n"
)


@dataclass
class Hub:
    """A GitHub on this machine, and jobs of its workflows."""

    github: FakeGitHub
    folder: Path
    lea: Account
    token: str
    waited: list[float]
    """How long jobs would have waited."""

    @property
    def repositories(self) -> Repositories:
        return self.github.repositories

    def pull(self, files: Mapping[str, bytes] | None = None) -> Pull:
        """Open lea's pull request to the inbox."""
        fork = self.github.fork(NAME, self.lea)
        before = self.repositories.head(fork, "attempt")
        told = files or {"submissions/inbox/start.yml": b"twin: jt-rag-1\n"}
        self.repositories.commit(fork, "attempt", told, "Start", "lea", self.github.now)
        self.github.pushed(fork, "attempt", self.lea, before)
        return self.github.open_pull(NAME, self.lea, fork, "attempt")

    def environment(self, event: str, payload: Any, run: int | None = None) -> dict[str, str]:
        """Return what the runner gives to a job that is started now."""
        if run is None:
            run = self.github.start_run(NAME, event, "intake.yml", self.lea).id
        told = self.folder / f"event-{run}.json"
        told.write_text(json.dumps(payload), "utf-8")
        return {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(told),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": f"file://{self.repositories.root}",
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_RUN_ID": str(run),
            "RUNNER_TEMP": str(self.folder / f"temp-{run}"),
            "JOBTWIN_BOT_TOKEN": self.token,
            "JOBTWIN_BOT_SLUG": self.github.slug,
            "JOBTWIN_LOCAL_FORGE": str(self.folder / "hosted"),
        }

    def job(self, event: str, payload: Any, run: int | None = None) -> GithubJob:
        """Start a job."""
        return join(place.read(self.environment(event, payload, run)))

    def pushed(self, pull: Pull, action: str = "opened") -> GithubJob:
        """Start the job of a push."""
        payload = self.github.pull_payload(NAME, pull, action, self.lea)
        return self.job("pull_request_target", payload)

    def commented(self, number: int, words: str) -> GithubJob:
        """Start the job of a comment by lea."""
        made = self.github.comment(NAME, number, self.lea, words)
        payload = self.github.comment_payload(NAME, number, made, "created", self.lea)
        return self.job("issue_comment", payload)

    def dispatched(self, by: Account, **inputs: str) -> GithubJob:
        """Start the job of a dispatch."""
        sender = {"id": by.number, "login": by.login}
        payload = {"inputs": inputs, "repository": {"full_name": NAME}, "sender": sender}
        return self.job("workflow_dispatch", payload)

    def comments(self, number: int) -> list[Comment]:
        """Return the bot's comments."""
        issue = self.github.state[NAME].issue(number)
        assert issue is not None
        return [one for one in issue.comments if one.author == self.github.bot]

    def asked(self, method: str, tail: str = "") -> int:
        """Return how often the API was asked for something."""
        return sum(
            1 for one in self.github.exchanges if one.method == method and one.path.endswith(tail)
        )

    def main(self, path: str) -> bytes | None:
        """Return a file of the organisation's main."""
        return self.repositories.read(NAME, "main", path)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A GitHub with the repository `academy/credentials`, whose jobs wait in thought only."""
    waited: list[float] = []
    thoughtful = partial(patience.Patience, sleep=waited.append)
    monkeypatch.setattr(patience, "Patience", thoughtful)
    repositories = Repositories(tmp_path / "git")
    repositories.create(NAME)
    files = {"README.md": b"An academy\n", **WORKFLOW}
    repositories.commit(NAME, "main", files, "Found it", "founder", NOW)
    with FakeGitHub(repositories, NOW) as github:
        lea = github.account(1001, "lea")
        github.add_repository(NAME)
        yield Hub(github, tmp_path, lea, github.mint(), waited)
