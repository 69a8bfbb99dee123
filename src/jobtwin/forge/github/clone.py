"""The organisation's repository beside the job: a bare clone that only this edge fills and pushes.

The token reaches git by its environment alone: it stands in no argument, no URL, no file, and is
taken out of whatever git says.
"""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, GitError, Refused
from jobtwin.findings import Code
from jobtwin.forge.local import carry_out
from jobtwin.repository import bounded
from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jobtwin.forge.events import Effects, PullRequest
    from jobtwin.forge.github.patience import Patience
    from jobtwin.forge.github.place import Place
    from jobtwin.repository.tree import Tree

HEAD_GONE = Code(
    "HUB-001",
    "the commit that was pushed is not there any more",
    why="Only what can be fetched can be taken in; a branch that is replaced takes its past along.",
    fix="Push again.",
)
HEAD_TOO_LARGE = Code(
    "HUB-002",
    "the pull request is too large to be fetched",
    why="A pull request brings a few small files, or an upload within the brief's limits.",
    fix="Take large files out of the branch's whole history, and push again.",
)

HEAD_MALFORMED = Code(
    "HUB-003",
    "the pull request holds an object that git does not accept",
    why="What cannot be checked cannot be kept as it was.",
    fix="Make the branch anew from main with an ordinary git, and push again.",
)

MAIN = "refs/heads/main"
MIB = 1024 * 1024
HEAD = bounded.Bounds(seconds=180, file_bytes=512 * MIB)
"""More than the largest upload that a brief may allow."""
# One pack whatever its size, checked as a stream, so that the bounds hold for the whole.
_STRICTLY = tuple(
    "-c transfer.fsckObjects=true -c fetch.unpackLimit=1 -c core.bigFileThreshold=1m".split()
)
_SECONDS = 300
_TRIES = 4
_GONE = re.compile(r"not our ref|unadvertised object|couldn't find remote ref")
_MALFORMED = re.compile(r"fsck error|object \S+: (bad|missing|zeroPadded|hasDot|fullPath|unterm)")
_KILLED = re.compile(r"invalid index-pack output|index-pack (died|failed)")
_FORBIDDEN = re.compile(
    r"GH0\d\d|rule violations|hook declined|Permission to|returned error: 40[13]|Authentication"
)


@dataclass(frozen=True, slots=True)
class Clone:
    """A bare clone with main, and what an event needs of the rest."""

    git: Git
    remote: str
    patience: Patience
    _environment: dict[str, str] = field(repr=False)
    _hidden: tuple[str, ...] = field(repr=False)

    def fetch_main(self) -> None:
        """Make our main the forge's; raises `GitError`."""
        self._fetch(f"+{MAIN}:{MAIN}")

    def fetch_archives(self, folder: str) -> None:
        """Fetch what is kept in a folder of refs, for example `refs/archive/jt-rag-1/…`."""
        self._fetch(f"+{folder}/*:{folder}/*")

    def fetch_head(self, pull_request: PullRequest) -> None:
        """Fetch exactly the head that the event announced; raises `Refused` and `GitError`."""
        wanted = pull_request.head
        if self.git.attempt("cat-file", "-e", f"{wanted}^{{commit}}").returncode == 0:
            return
        refspec = f"+{wanted}:refs/pull/{pull_request.number}/head"
        asked = (*_STRICTLY, "fetch", "-q", "--no-tags", self.remote, refspec)
        for number in range(1, _TRIES + 1):
            ended = bounded.run(self.git, asked, HEAD, self._environment)
            if ended.status == 0:
                return
            if _GONE.search(ended.words):
                raise Refused([HEAD_GONE.at(f"{wanted} cannot be had")])
            if _MALFORMED.search(ended.words):
                raise Refused([HEAD_MALFORMED.at("`git fsck` finds fault with it")])
            if _KILLED.search(ended.words):
                most = f"{HEAD.file_bytes // MIB} MiB"
                raise Refused([HEAD_TOO_LARGE.at(f"it takes more than {most}")])
            if ended.is_late:  # the server is the forge's: nothing that a learner is to blame for
                raise GitError(f"a pull request was not fetched in {HEAD.seconds} s")
            if number < _TRIES:
                self.patience.wait(2.0**number)
        raise GitError(f"the pull request could not be fetched: {self._said(ended.words)}")

    def add(self, effects: Effects, at: datetime, tree: Tree) -> tuple[list[str], list[str]]:
        """Add an act's records to our main; return the new paths, and what is to be pushed."""
        new = carry_out(self.git, effects, at, tree.commit)
        refs = [*effects.archives, *([MAIN] if new else [])]
        return new, [f"{ref}:{ref}" for ref in refs]

    def forget(self, effects: Effects) -> None:
        """Drop what was kept here for effects that did not come to be."""
        for ref in effects.archives:
            self.git.run("update-ref", "-d", ref)

    def push(self, refspecs: Sequence[str], onto: str) -> bool:
        """Push all of it or nothing; return False where main is no longer `onto`.

        Raises `EngineError` where the forge does not let us, or cannot be reached.
        """
        for number in range(1, _TRIES + 1):
            words = self._push(refspecs)
            there = onto if words is None else self._there()
            if words is None or there == self.git.text("rev-parse", MAIN) != onto:
                return True  # taken, though the answer may have been lost
            if there not in (None, onto):
                return False
            if _FORBIDDEN.search(words):
                hint = "the App needs `contents: write` and must be exempt from the ruleset of main"
                raise EngineError(f"GitHub does not take the records: {self._said(words)}", hint)
            if number < _TRIES:
                self.patience.wait(2.0**number)
        raise GitError(f"the records could not be pushed: {self._said(words or '')}")

    def _push(self, refspecs: Sequence[str]) -> str | None:
        """Push; return None when it is done, else git's words."""
        # Atomic, so that no archive is ever kept whose record is not there.
        asked = ("push", "-q", "--atomic", self.remote, *refspecs)
        try:
            done = self.git.attempt(*asked, env=self._environment, timeout=_SECONDS)
        except GitError as error:
            return error.message
        return None if done.returncode == 0 else done.stderr.decode("utf-8", "replace")

    def _there(self) -> str | None:
        """Return the forge's main; None where it does not say."""
        listed = self.git.attempt("ls-remote", self.remote, MAIN, env=self._environment)
        return listed.stdout.decode("ascii", "replace")[:40] or None

    def _fetch(self, refspec: str) -> None:
        asked = ("fetch", "-q", "--no-tags", self.remote, refspec)
        words = ""
        for number in range(1, _TRIES + 1):
            try:
                done = self.git.attempt(*asked, env=self._environment, timeout=_SECONDS)
                if done.returncode == 0:
                    return
                words = done.stderr.decode("utf-8", "replace")
            except GitError as error:
                words = error.message
            if number < _TRIES:
                self.patience.wait(2.0**number)
        raise GitError(f"the repository could not be fetched: {self._said(words)}")

    def _said(self, words: str) -> str:
        for hidden in self._hidden:
            words = words.replace(hidden, "***")
        return " ".join(words.split())[-600:]


def clone(place: Place, patience: Patience) -> Clone:
    """Return an empty clone beside the job, or the one that an earlier step made."""
    path = place.temporary / "jobtwin" / "repository.git"
    git = Git(path) if (path / "HEAD").is_file() else create(path, bare=True)
    basic = base64.b64encode(f"x-access-token:{place.token}".encode()).decode()
    scheme = place.server.partition(":")[0]
    settings = {
        f"http.{place.server}/.extraheader": f"Authorization: basic {basic}",
        "http.followRedirects": "false",
        "protocol.allow": "never",
        f"protocol.{scheme}.allow": "always",
        "credential.helper": "",
        "core.hooksPath": "/dev/null",
        "core.askPass": "",
        "gc.auto": "0",
    }
    return Clone(git, place.remote, patience, _as_environment(settings), (place.token, basic))


def _as_environment(settings: dict[str, str]) -> dict[str, str]:
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def pause(number: int) -> float:
    """Return how many seconds to wait after a race was lost for the nth time: growing, uneven."""
    return float(min(15.0, 0.5 * 1.6**number) * (0.5 + secrets.randbelow(1000) / 1000))
