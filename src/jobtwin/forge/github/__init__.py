"""GitHub as the forge: what a workflow's job was started for, and where its effects go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.forge.performing import Forge


def connect(environment: Mapping[str, str]) -> Forge:
    """Return the forge that a job runs on, by the environment that the runner gives it.

    Reads GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_API_URL, GITHUB_SERVER_URL,
    GITHUB_REPOSITORY, GITHUB_RUN_ID and RUNNER_TEMP, and of the App JOBTWIN_BOT_TOKEN (an
    installation token) and JOBTWIN_BOT_SLUG. Raises `UsageError` where this is no such job, and
    `EngineError` where GitHub does not answer or its event cannot be believed.
    """
    from jobtwin.forge.github import job, place  # PyGithub is imported where it is needed only

    return job.join(place.read(environment))
