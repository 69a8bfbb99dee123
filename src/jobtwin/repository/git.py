"""Running git: one place, no shell, no user configuration, no prompts."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True, slots=True)
class Git:
    """A repository, and git run in it."""

    path: Path

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> bytes:
        """Return what git prints; raises `GitError` with git's own words."""
        done = self.attempt(*arguments, stdin=stdin, env=env, timeout=timeout)
        if done.returncode != 0:
            words = done.stderr.decode("utf-8", "replace").strip()[-2000:]
            raise GitError(f"git {arguments[0]} failed: {words or done.returncode}")
        return done.stdout

    def attempt(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git and return how it ended, whatever that is; raises `GitError` on a time-out."""
        command = ["git", "-C", str(self.path), "-c", "core.fsmonitor=false", *arguments]
        try:
            return subprocess.run(
                command,
                input=stdin,
                capture_output=True,
                env=environment(env),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} did not finish in {timeout:.0f} s") from error

    def text(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Return what git prints as one stripped text."""
        return self.run(*arguments, env=env).decode("utf-8", "replace").strip()

    def lines(self, *arguments: str) -> Sequence[str]:
        """Return what git prints, NUL-separated by `-z`, as texts."""
        return [item for item in self.run(*arguments).decode("utf-8").split("\0") if item]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment that git runs in: a PATH, a HOME, and nothing of the user's."""
    own = os.environ  # noqa: TID251 - only to pass on what git cannot run without
    kept = {name: own[name] for name in ("PATH", "HOME", "TMPDIR") if name in own}
    return {**kept, **_QUIET, **(extra or {})}


def create(path: Path, *, bare: bool) -> Git:
    """Make an empty repository with the branch main."""
    path.mkdir(parents=True, exist_ok=True)
    git = Git(path)
    git.run("init", "-q", "-b", "main", *(["--bare"] if bare else []))
    return git
