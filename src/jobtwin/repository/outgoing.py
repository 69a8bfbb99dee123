"""A person's files on a branch of their fork, without a clone or a work tree.

Runs with the person's own git configuration where the fork is asked or changed: it is theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.errors import GitError, UsageError
from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from jobtwin.repository.append import Author

SECONDS = 300
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,99}")
SETTINGS = (
    *("-c", "protocol.allow=never", "-c", "protocol.https.allow=always"),
    *("-c", "protocol.ssh.allow=always", "-c", "protocol.file.allow=always"),
    *("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"),
)


def own(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what git runs in as the person would run it: their settings, credentials, prompts."""
    theirs = {"GIT_CONFIG_GLOBAL": f"{environment.get('HOME', '')}/.gitconfig", **environment}
    return {**theirs, "GIT_CONFIG_NOSYSTEM": "0", "GIT_TERMINAL_PROMPT": "1"}


@dataclass(frozen=True, slots=True)
class Fork:
    """A person's fork of the organisation's repository, and how it is reached."""

    url: str
    environment: Mapping[str, str]
    """The person's own, with what lets git in where that is a token."""

    def heads(self, git: Git) -> dict[str, str]:
        """Return the branches with their commits; raises `UsageError` where it is not reached."""
        listed = self._ask(git, "ls-remote", "--heads", "--", self.url)
        lines = (line.split("\t", 1) for line in listed.splitlines() if "\t" in line)
        return {ref.removeprefix("refs/heads/"): commit for commit, ref in lines}

    def fetch(self, git: Git, branch: str, to: str) -> None:
        """Fetch the newest commit of a branch."""
        spec = f"+refs/heads/{branch}:{to}"
        self._ask(git, "fetch", "-q", "--no-tags", "--depth=1", "--", self.url, spec)

    def push(self, git: Git, commit: str, branch: str) -> None:
        """Push a commit to a branch, never over what somebody else pushed meanwhile."""
        self._ask(git, "push", "-q", "--", self.url, f"{commit}:refs/heads/{branch}")

    def _ask(self, git: Git, *arguments: str) -> str:
        env = own(self.environment)
        try:
            done = git.attempt(*SETTINGS, *arguments, env=env, timeout=SECONDS)
        except GitError as error:
            raise UsageError(f"{self.url} did not answer", "try again") from error
        if done.returncode != 0:
            words = " ".join(done.stderr.decode("utf-8", "replace").split())[-300:]
            raise UsageError(f"{self.url} did not take `git {arguments[0]}`: {words}")
        return done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Brought:
    """Files by their paths; what else lies below the folder `instead_of` goes, if it is named."""

    files: Mapping[str, bytes]
    instead_of: str = ""


def bring(
    fork: Fork, branch: str, brought: Brought, by: Author, at: datetime, scratch: Path
) -> str:
    """Commit files to a branch of a fork and push it; return the commit's id.

    The branch begins at the fork's main where it is not there yet; the same files again push
    nothing. `scratch` is an empty folder. Raises `UsageError` with git's words.
    """
    if not _BRANCH.fullmatch(branch) or ".." in branch or branch == "main":
        raise UsageError(f"a branch cannot be called {branch!r}", "name another by --branch")
    git = create(scratch / "outgoing", bare=True)
    heads = fork.heads(git)
    start = branch if branch in heads else "main"
    if start not in heads:
        raise UsageError(f"{fork.url} has no branch main", "is it your fork?")
    fork.fetch(git, start, "refs/heads/work")
    commit = _commit(git, brought, by, at, scratch)
    if heads.get(branch) != commit:
        fork.push(git, commit, branch)
    return commit


def _commit(git: Git, brought: Brought, by: Author, at: datetime, scratch: Path) -> str:
    head = git.text("rev-parse", "refs/heads/work")
    env = {"GIT_INDEX_FILE": str(scratch / "index"), **by.environment(at)}
    git.run("read-tree", head, env=env)
    entries = []
    if brought.instead_of:
        listed = git.lines("ls-tree", "-r", "-z", "--name-only", head, "--", brought.instead_of)
        # Mode 0 takes a path away (git-update-index).
        entries += [f"0 {'0' * 40}\t{path}\0" for path in listed if path not in brought.files]
    for path, content in sorted(brought.files.items()):
        blob = git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        entries.append(f"100644 {blob}\t{path}\0")
    index = "".join(entries).encode("utf-8")
    git.run("update-index", "-z", "--add", "--index-info", stdin=index, env=env)
    tree = git.text("write-tree", env=env)
    if tree == git.text("rev-parse", f"{head}^{{tree}}"):
        return head
    names = ", ".join(path.rsplit("/", 1)[-1] for path in sorted(brought.files))
    message = f"Hand in {names}"[:72]
    return git.text("commit-tree", tree, "-p", head, "-m", message, env=env)
