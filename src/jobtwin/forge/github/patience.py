"""Asking GitHub again: what is worth it, how long to wait before, and when to give up.

Only steps that may be repeated are asked again, so that an answer that was lost does no harm.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from requests.exceptions import RequestException

from github import GithubException
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    T = TypeVar("T")

TRIES = 8
SECONDS = 420.0
"""How long one job waits for GitHub in all: less than a workflow gives it, so that it can say what
was not done. A job that gives up can be run again."""
_Failure: TypeAlias = GithubException | RequestException | JSONDecodeError
_FAILURES = (GithubException, RequestException, JSONDecodeError)
_HINT = "run the job again: what is done already is not done twice"
_NOT_YET = 3
"""So often something is asked for that is not there: GitHub's copies lag behind one another."""


@dataclass(slots=True)
class Patience:
    """How long a job still waits; each step takes from the same time."""

    left: float = SECONDS
    sleep: Callable[[float], None] = time.sleep

    def ask(self, what: str, step: Callable[[], T]) -> T:
        """Return what a step returns, tried again while that may help; raises `EngineError`."""
        number = 1
        while True:
            try:
                return step()
            except _FAILURES as error:
                pause = _pause(error, number)
                if pause is None or number == TRIES or pause > self.left:
                    message = f"GitHub could not be asked to {what}: {_words(error)}"
                    raise EngineError(message, _HINT) from None
                self.wait(pause)
                number += 1

    def wait(self, seconds: float) -> None:
        """Wait, and count it."""
        self.left -= seconds
        self.sleep(seconds)


def _pause(error: _Failure, number: int) -> float | None:
    """Return how many seconds to wait before another try; None when another would not help."""
    growing = min(60.0, 2.0 ** (number - 1))
    if not isinstance(error, GithubException):
        return growing
    headers = error.headers or {}
    if error.status >= 500:
        return _named(headers) or growing
    if error.status == 404:
        return growing if number < _NOT_YET else None
    if error.status == 429 or (error.status == 403 and _is_limit(error, headers)):
        # GitHub asks for a minute at least where it names no time.
        return _named(headers) or 60.0 * number
    return None


def _is_limit(error: GithubException, headers: Mapping[str, str]) -> bool:
    return "retry-after" in headers or _is_spent(headers) or "rate limit" in _told(error).lower()


def _is_spent(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining") == "0"


def _named(headers: Mapping[str, str]) -> float | None:
    """Return how long GitHub says to wait, by its own clock."""
    after = headers.get("retry-after", "")
    if after.isdecimal():
        return float(after)
    reset, now = headers.get("x-ratelimit-reset", ""), headers.get("date", "")
    if not _is_spent(headers) or not reset.isdecimal():
        return None
    try:
        return max(1.0, int(reset) - parsedate_to_datetime(now).timestamp() + 1)
    except ValueError:
        return None


def _told(error: GithubException) -> str:
    # PyGithub keeps the message of a rate limit among the data only.
    return str(error.data.get("message", "")) if isinstance(error.data, dict) else ""


def _words(error: _Failure) -> str:
    if isinstance(error, GithubException):
        return f"it answers {error.status} {_told(error)[:300]}".strip()
    return f"there is no answer ({type(error).__name__})"
