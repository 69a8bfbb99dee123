"""A forge on this machine: bare git repositories, numbered pull requests, and a clock of its own.

The embedded default for the demo and the tests. Everything that matters is real git; what is left
out is the network. The clock stands still until somebody waits, so that hours can be played in
seconds and come out the same each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import RaceLost
from jobtwin.forge.events import Account, Effects, Event, PullRequest
from jobtwin.forge.performing import Done
from jobtwin.records.layout import INBOX
from jobtwin.repository import append
from jobtwin.repository.append import Author
from jobtwin.repository.git import Git, create
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOST = "https://forge.invalid"
"""Where the forge says its repositories are; `.invalid` never resolves (RFC 2606)."""
BOT = Account(1, "jobtwin[bot]")
TRIES = 8
"""How often an act is asked again when somebody else adds records at the same moment."""


def carry_out(git: Git, effects: Effects, at: datetime, onto: str | None = None) -> list[str]:
    """Add an act's records to main and keep its archives; return the paths that are new.

    `onto` is the commit that the act read; raises `RaceLost` when main is another by now.
    """
    for ref, content in effects.archives.items():
        name = "snapshot.tar" if "/snapshot-" in ref else "answers.json.gz"
        append.keep(git, ref, name, content, at)
    if not effects.records:
        return []
    before = git.text("rev-parse", "refs/heads/main")
    after = append.add(git, effects.records, effects.message, at, onto=onto)
    return list(git.lines("diff-tree", "-r", "-z", "--name-only", before, after))


@dataclass(frozen=True, slots=True)
class OnThisMachine:
    """A repository here as a forge: the event was handed over, comments are printed."""

    git: Git
    event: Event
    rewrite: Mapping[str, str] = field(default_factory=dict)

    def open_pull_requests(self) -> tuple[Event, ...]:
        """Return none: this machine keeps no pull requests between two events."""
        return ()

    def perform(self, act: Callable[[Ledger], Effects], event: Event | None = None) -> Done:
        """Ask the act on main and carry its effects out; raises `Refused` and `RaceLost`."""
        at = (event or self.event).at
        for _ in range(TRIES - 1):
            try:
                return self._once(act, at)
            except RaceLost:
                continue
        return self._once(act, at)

    def _once(self, act: Callable[[Ledger], Effects], at: datetime) -> Done:
        with Tree(self.git, "refs/heads/main") as tree:
            effects = act(Ledger(tree))
            new = carry_out(self.git, effects, at, tree.commit)
            return Done(effects, tuple(new))


@dataclass(slots=True)
class _OpenPullRequest:
    author: Account
    clone: Path
    comments: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass(slots=True)
class LocalForge:
    """The organisation's repository, the learners' repositories, and what happens to them."""

    root: Path
    now: datetime
    pull_requests: dict[int, _OpenPullRequest] = field(default_factory=dict)
    events: int = 0

    @property
    def origin(self) -> Git:
        """The organisation's repository."""
        return Git(self.root / "origin.git")

    @property
    def rewrite(self) -> dict[str, str]:
        """Which https prefix means which folder, for fetching what learners submit."""
        return {f"{HOST}/": f"{self.root / 'hosted'}/"}

    def found(self, files: Mapping[str, bytes], message: str, author: Author) -> None:
        """Make the organisation's repository with its first commit."""
        work = create(self.root / "founding", bare=False)
        _write(work.path, files)
        work.run("add", "-A", "-f")
        work.run("commit", "-q", "-m", message, env=author.environment(self.now))
        create(self.root / "origin.git", bare=True)
        work.run("push", "-q", str(self.origin.path), "main")

    def wait(self, **length: float) -> None:
        """Let time pass: `wait(minutes=12)`."""
        self.now += timedelta(**length)

    def host(self, account: Account, name: str) -> Git:
        """Make an empty repository of somebody's own, with a work tree."""
        return create(self.root / "hosted" / account.login / name, bare=False)

    def url(self, account: Account, name: str) -> str:
        """Return where a hosted repository is, as a learner would write it."""
        return f"{HOST}/{account.login}/{name}"

    def commit(self, git: Git, account: Account, files: Mapping[str, bytes], message: str) -> str:
        """Commit files to a work tree as their author would, and return the commit id."""
        _write(git.path, files)
        git.run("add", "-A", "-f")
        author = Author(account.login, f"{account.login}@people.invalid")
        git.run("commit", "-q", "--allow-empty", "-m", message, env=author.environment(self.now))
        return git.text("rev-parse", "HEAD")

    def open_pull_request(self, account: Account, inbox: Mapping[str, bytes]) -> Event:
        """Open a pull request that brings files to the inbox."""
        number = len(self.pull_requests) + 1
        clone = self.root / "clones" / f"{account.login}-{number}"
        clone.parent.mkdir(parents=True, exist_ok=True)
        self.origin.run("clone", "-q", "--no-hardlinks", str(self.origin.path), str(clone))
        Git(clone).run("switch", "-q", "-c", "attempt")
        self.pull_requests[number] = _OpenPullRequest(account, clone)
        return self._pushed(number, inbox, "opened")

    def push(self, number: int, inbox: Mapping[str, bytes]) -> Event:
        """Push more files of the inbox to a pull request."""
        return self._pushed(number, inbox, "synchronize")

    def comment(self, account: Account, text: str) -> Event:
        """Write a comment on the queue's issue."""
        return Event(self._event_id("issue_comment.created"), self.now, account, comment=text)

    def dispatch(self) -> Event:
        """Start a workflow by hand or by the bot."""
        return Event(self._event_id("workflow_dispatch"), self.now, BOT)

    def apply(self, effects: Effects, event: Event) -> list[str]:
        """Carry an act's effects out; return the paths that are new on main."""
        new = carry_out(self.origin, effects, event.at)
        if event.pull_request:
            pull_request = self.pull_requests[event.pull_request.number]
            pull_request.closed = pull_request.closed or effects.close
            if effects.comment:
                pull_request.comments.append(effects.comment)
        return new

    def _pushed(self, number: int, inbox: Mapping[str, bytes], kind: str) -> Event:
        pull_request = self.pull_requests[number]
        git = Git(pull_request.clone)
        files = {f"{INBOX}/{path}": content for path, content in inbox.items()}
        head = self.commit(git, pull_request.author, files, f"Attempt: {', '.join(inbox)}"[:72])
        git.run("push", "-q", "--force", str(self.origin.path), f"HEAD:refs/pull/{number}/head")
        return Event(
            self._event_id(f"pull_request.{kind}"),
            self.now,
            pull_request.author,
            PullRequest(number, pull_request.author, head),
        )

    def _event_id(self, kind: str) -> str:
        self.events += 1
        return f"{kind}:{self.events}"


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
