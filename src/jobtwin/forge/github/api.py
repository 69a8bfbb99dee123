"""GitHub's API for one repository, by PyGithub: few questions, each of which may be repeated."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from github import Auth, Github, GithubException
from jobtwin.errors import EngineError
from jobtwin.forge.github.payload import pull_request
from jobtwin.forge.trust_model import QUEUE_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.NamedUser import NamedUser
    from github.Organization import Organization
    from github.PullRequest import PullRequest as GithubPullRequest
    from github.Repository import Repository

    from jobtwin.forge.events import PullRequest
    from jobtwin.forge.github.patience import Patience
    from jobtwin.forge.github.place import Place

TIMEOUT = 30
PAGE = 100


@dataclass(frozen=True, slots=True)
class Run:
    """A workflow's run, as GitHub says."""

    event: str
    created_at: datetime
    actor: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenPullRequest:
    """A pull request that is open, and when."""

    pull_request: PullRequest
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Api:
    """What the edge asks of GitHub; each call raises `EngineError` when patience has an end."""

    repository: Repository
    bot: str
    patience: Patience

    def run(self, number: int) -> Run:
        """Return a workflow's run."""
        data = self.patience.ask(
            "name the run", lambda: self.repository.get_workflow_run(number).raw_data
        )
        try:
            return Run(str(data["event"]), _moment(data["created_at"]), data["actor"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(f"GitHub does not say when run {number} was created") from error

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request as it is now."""
        return self.patience.ask("show a pull request", lambda: _seen(self._pull(number)))

    def open_pull_requests(self, folder: str) -> tuple[OpenPullRequest, ...]:
        """Return every open pull request to main that touches a folder, the oldest first."""
        return self.patience.ask("list the pull requests", lambda: tuple(self._touching(folder)))

    def _touching(self, folder: str) -> Iterator[OpenPullRequest]:
        listed = self.repository.get_pulls("open", base="main", sort="created", direction="asc")
        for pull in listed:
            with suppress(EngineError):  # one that cannot be read does not hide the others
                seen = _seen(pull)
                if any(file.filename.startswith(f"{folder}/") for file in pull.get_files()):
                    yield OpenPullRequest(seen, _moment(pull.created_at))

    def pushed_at(self, found: PullRequest) -> datetime | None:
        """Return when the head first came to its branch, as the learner's repository says.

        None where it does not say: the fork is gone, or the push is older than what is kept.
        """
        if not found.repository or not found.branch:
            return None
        parameters = {"ref": f"refs/heads/{found.branch}", "per_page": PAGE}
        url = f"/repos/{found.repository}/activity"
        try:
            _, entries = self.patience.ask(
                "say when a branch was pushed",
                lambda: self.repository.requester.requestJsonAndCheck(
                    "GET", url, parameters=parameters
                ),
            )
            moments = [_moment(one["timestamp"]) for one in entries if one["after"] == found.head]
        except (EngineError, KeyError, TypeError, ValueError):
            return None
        return min(moments, default=None)

    def say(self, number: int, marker: str, text: str) -> None:
        """Make one comment of the bot that begins with a marker say a text."""
        self.patience.ask("write a comment", lambda: self._say(number, marker, text))

    def _say(self, number: int, marker: str, text: str) -> None:
        issue = self._issue(number)
        mine = next((c for c in issue.get_comments() if self._is_ours(c, marker)), None)
        if mine is None:
            issue.create_comment(text)
        elif mine.body.replace("\r\n", "\n").strip() != text.strip():
            mine.edit(text)

    def _is_ours(self, comment: IssueComment, marker: str) -> bool:
        # Anybody may write the marker; nobody else has the App's login.
        author: NamedUser | Organization | None = (
            comment.user
        )  # PyGithub leaves out that accounts end
        is_bot = author is not None and (author.login, author.type) == (self.bot, "Bot")
        return is_bot and (comment.body or "").startswith(marker)

    def queue_issue(self) -> int:
        """Return the number of the issue on which mentors claim."""
        return self.patience.ask("find the queue's issue", self._queue_issue)

    def _queue_issue(self) -> int:
        for issue in self.repository.get_issues(state="open", labels=[QUEUE_LABEL]):
            return issue.number
        raise EngineError(
            f"no open issue has the label `{QUEUE_LABEL}`", "run `jobtwin doctor`, it can open one"
        )

    def label(self, number: int, wanted: tuple[str, ...], ours: frozenset[str]) -> None:
        """Give a pull request the labels that are wanted, and take others of ours away."""
        self.patience.ask("set the labels", lambda: self._label(number, wanted, ours))

    def _label(self, number: int, wanted: tuple[str, ...], ours: frozenset[str]) -> None:
        issue = self._issue(number)
        there = {label.name for label in issue.get_labels()}
        if missing := [name for name in wanted if name not in there]:
            # PyGithub sends a bare list, which GitHub takes and does not describe.
            asked = ("POST", f"{issue.url}/labels")
            self.repository.requester.requestJsonAndCheck(*asked, input={"labels": missing})
        for name in sorted((there & ours) - set(wanted)):
            try:
                issue.remove_from_labels(name)
            except GithubException as error:
                if error.status != 404:  # somebody else took it away meanwhile
                    raise

    def set_open(self, number: int, *, is_open: bool) -> bool:
        """Close a pull request or open it again; return False where it cannot be opened again."""
        what = "open a pull request again" if is_open else "close a pull request"
        return self.patience.ask(what, lambda: self._set_open(number, is_open))

    def _set_open(self, number: int, is_open: bool) -> bool:
        pull, state = self._pull(number), "open" if is_open else "closed"
        if pull.state == state:
            return True
        try:
            pull.edit(state=state)
        except GithubException as error:
            if error.status != 422:
                raise
            return False  # merged, or the branch is gone
        return True

    def dispatch(self, workflow: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow on main."""
        found = self.repository.get_workflow(workflow)
        self.patience.ask(
            f"start {workflow}", lambda: found.create_dispatch("main", dict(inputs), throw=True)
        )

    def _issue(self, number: int) -> Issue:
        return self.repository.get_issue(number)

    def _pull(self, number: int) -> GithubPullRequest:
        return self.repository.get_pull(number)


def connect(place: Place, patience: Patience) -> Api:
    """Return the API of the job's repository; nothing is asked yet."""
    client = Github(
        base_url=place.api,
        auth=Auth.Token(place.token),
        timeout=TIMEOUT,
        per_page=PAGE,
        retry=None,  # `Patience` asks again, where asking twice does no harm
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
    )
    return Api(client.get_repo(place.repository), place.bot, patience)


def _seen(pull: GithubPullRequest) -> PullRequest:
    """Return a pull request, read as strictly as that of an event; raises `EngineError`."""
    # PyGithub leaves out that an account and a fork may be gone.
    author: NamedUser | None = pull.user
    source: Repository | None = pull.head.repo
    return pull_request(
        {
            "number": pull.number,
            "user": {"id": author.id, "login": author.login} if author is not None else None,
            "head": {
                "sha": pull.head.sha,
                "ref": pull.head.ref,
                "repo": {"full_name": source.full_name} if source is not None else None,
            },
        }
    )


def _moment(text: str | datetime) -> datetime:
    found = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return found.astimezone(UTC)
