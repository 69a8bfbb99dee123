"""Where a job runs: what the runner's environment says, checked before anything is done with it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL_FORGE = "JOBTWIN_LOCAL_FORGE"
"""For tests: the folder of hosted repositories. Only with it anything but https is used, and then
only files and loopback."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_SLUG = re.compile(r"[a-z0-9-]{1,100}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Place:
    """The job that we are part of."""

    event: str
    """GitHub's name of the event."""
    payload: Path
    api: str
    server: str
    repository: str
    """`owner/name`."""
    run: int
    temporary: Path
    bot: str
    """Login of the App, by which its own comments are known."""
    token: str = field(repr=False)
    hosted: Path | None = None
    """Where a local forge keeps learners' repositories."""

    @property
    def remote(self) -> str:
        """URL of the organisation's repository for git."""
        return f"{self.server}/{self.repository}.git"


def read(environment: Mapping[str, str]) -> Place:
    """Return where this job runs; raises `UsageError` for what is missing or cannot be."""
    hosted = environment.get(LOCAL_FORGE, "")
    return Place(
        event=_need(environment, "GITHUB_EVENT_NAME"),
        payload=Path(_need(environment, "GITHUB_EVENT_PATH")),
        api=_url(environment, "GITHUB_API_URL", ("http",) if hosted else ()),
        server=_url(environment, "GITHUB_SERVER_URL", ("http", "file") if hosted else ()),
        repository=_need(environment, "GITHUB_REPOSITORY", _REPOSITORY),
        run=int(_need(environment, "GITHUB_RUN_ID", re.compile(r"[1-9][0-9]{0,15}"))),
        temporary=Path(_need(environment, "RUNNER_TEMP")),
        bot=f"{_need(environment, 'JOBTWIN_BOT_SLUG', _SLUG)}[bot]",
        token=_need(environment, "JOBTWIN_BOT_TOKEN", _TOKEN),
        hosted=Path(hosted) if hosted else None,
    )


def is_private(environment: Mapping[str, str]) -> bool:
    """Say whether GitHub says that this job's repository is private; False where it says nothing.

    Of a public repository anybody can read logs and artifacts.
    """
    try:
        content = Path(environment.get("GITHUB_EVENT_PATH", "")).read_bytes()
        return json.loads(content)["repository"]["private"] is True
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _need(environment: Mapping[str, str], name: str, form: re.Pattern[str] | None = None) -> str:
    found = environment.get(name, "")
    if not found:
        raise UsageError(f"{name} is not set", "`--on github` is for the jobs of the workflows")
    if form and not form.fullmatch(found):
        # The value is not shown: it may be the token.
        raise UsageError(f"{name} is not in the form that it must have")
    return found


def _url(environment: Mapping[str, str], name: str, more: tuple[str, ...]) -> str:
    found = _need(environment, name).rstrip("/")
    parts = urlsplit(found)
    is_https = parts.scheme == "https" and bool(parts.hostname)
    is_here = parts.scheme in more and (parts.scheme == "file" or parts.hostname in _LOOPBACK)
    if parts.username or parts.query or parts.fragment or not (is_https or is_here):
        raise UsageError(f"{name} must be an https URL")
    return found
