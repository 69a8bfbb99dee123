"""A person's clone of the organisation's repository: what is new at its origin.

The clone's own branches and work tree are left as they are. Runs with the person's git
configuration where the origin is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import GitError, UsageError
from jobtwin.repository import outgoing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobtwin.repository.git import Git

HERE, THERE = "refs/heads/main", "refs/remotes/origin/main"


def newest(git: Git) -> str:
    """Return the ref of main to read: the origin's as it was fetched last, where it is ahead."""
    ahead = git.attempt("merge-base", "--is-ancestor", HERE, THERE)
    return THERE if ahead.returncode == 0 else HERE


def refresh(git: Git, environment: Mapping[str, str]) -> None:
    """Fetch the origin's main, where there is an origin; raises `UsageError` where it is silent."""
    if git.attempt("remote", "get-url", "origin").returncode == 0:
        _fetch(git, [f"+{HERE}:{THERE}"], environment)


def bring(git: Git, refs: Iterable[str], environment: Mapping[str, str]) -> None:
    """Fetch refs that a default clone does not bring, those that are not here; raises likewise."""
    absent = [f"{ref}:{ref}" for ref in refs if not git.text("for-each-ref", ref)]
    if absent and git.attempt("remote", "get-url", "origin").returncode == 0:
        _fetch(git, absent, environment)


def _fetch(git: Git, specs: list[str], environment: Mapping[str, str]) -> None:
    words = ["fetch", "-q", "--no-tags", "--no-write-fetch-head", "origin", *specs]
    try:
        env = outgoing.own(environment)
        done = git.attempt(*outgoing.SETTINGS, *words, env=env, timeout=outgoing.SECONDS)
    except GitError as error:
        raise UsageError("the clone's origin did not answer", "try again") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[-300:]
        raise UsageError(f"the clone's origin did not give what is new: {said}")
