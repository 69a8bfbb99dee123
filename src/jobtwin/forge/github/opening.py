"""A person's way to a pull request by GitHub's API: their fork, then the pull request.

Each step may be repeated: a fork that is there and a pull request that is open are found again.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from github.Repository import Repository

    from github import Github
    from jobtwin.forge.github.patience import Patience

TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Opened:
    """A pull request that is open."""

    number: int
    url: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Person:
    """GitHub as a person's token sees it; each call raises `EngineError` where it fails."""

    client: Github = field(repr=False)
    repository: Repository = field(repr=False)
    patience: Patience = field(repr=False)

    def fork(self) -> str:
        """Return `owner/name` of the person's fork, which is made where there is none."""
        made = self.patience.ask("make a fork", self.repository.create_fork)
        return str(made.full_name)

    def open(self, fork: str, branch: str, title: str, body: str) -> Opened:
        """Return the pull request of a fork's branch to main, opened where there is none."""

        def step() -> Opened:
            return self._open(fork, branch, title, body)

        return self.patience.ask("open a pull request", step)

    def _open(self, fork: str, branch: str, title: str, body: str) -> Opened:
        owner = fork.partition("/")[0]
        listed = self.repository.get_pulls("open", base="main", head=f"{owner}:{branch}")
        # Where GitHub does not know the head it lists all.
        mine = (pull for pull in listed if (pull.head.user.login, pull.head.ref) == (owner, branch))
        if (there := next(mine, None)) is not None:
            return Opened(there.number, there.html_url, is_new=False)
        made = self.repository.create_pull(
            base="main", head=f"{owner}:{branch}", title=title, body=body
        )
        return Opened(made.number, made.html_url, is_new=True)


def connect(token: str, repository: str, api: str, patience: Patience) -> Person:
    """Return GitHub for a person's token; `repository` is `owner/name`. Nothing is asked yet."""
    from github import Auth, Github

    client = Github(
        base_url=api,
        auth=Auth.Token(token),
        timeout=TIMEOUT,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
    )
    return Person(client, client.get_repo(repository), patience)


def name_of(url: str) -> str:
    """Return `owner/name` of a repository's URL; raises `UsageError` where it has none."""
    parts = [part for part in urlsplit(url).path.removesuffix(".git").split("/") if part]
    if len(parts) < 2:
        raise UsageError(f"{url} names no owner and repository", "like https://github.com/org/name")
    return "/".join(parts[-2:])


def compare_link(repository: str, fork: str, branch: str) -> str:
    """Return the page on which a pull request of a fork's branch is opened by one press."""
    owner, _, name = fork.partition("/")
    own = name_of(repository).partition("/")[2]
    head = f"{owner}:{branch}" if name == own else f"{owner}:{name}:{branch}"
    return f"{repository}/compare/main...{quote(head, safe=':/')}?expand=1"


def fork_link(repository: str) -> str:
    """Return the page on which a fork is made by one press."""
    return f"{repository}/fork"


def let_in(fork: str, repository: str, token: str) -> dict[str, str]:
    """Return what lets git in at a fork, by its environment alone.

    Nothing where the fork is not on the repository's own server, by https: no token goes there.
    """
    parts = urlsplit(fork)
    if parts.scheme != "https" or parts.netloc != urlsplit(repository).netloc:
        return {}
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.https://{parts.netloc}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"Authorization: basic {basic}",
    }
