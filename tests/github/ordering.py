"""What a runner is told about a job: where it is, what it may do, and which secrets it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.github import tokens
from tests.github.running import Before, Order
from tests.github.runs import Job, Run
from tests.github.used_actions import used

from jobtwin.forge.events import Account

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub

NAME = "academy/credentials"
APP_KEY = "-----BEGIN NOT A KEY-----\nbut the App's secret all the same\n-----END NOT A KEY-----"
APP_PERMISSIONS = {
    "actions": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}
"""What the App is installed with: no `workflows`."""
ACTIONS = Account(41898282, "github-actions[bot]")
ACTIONS_KEY = "what GitHub signs the tokens of jobs with"


def order(
    github: LocalGitHub, run: Run, job: Job, environment: str, before: Mapping[str, Before]
) -> Order:
    """Return what a runner is told about a job: its environment's secrets, and no others."""
    permissions = granted(run, job)
    grant = tokens.Grant(ACTIONS.login, NAME, permissions, run.id, job.name)
    secrets = {"GITHUB_TOKEN": tokens.mint(ACTIONS_KEY, grant)}
    if not run.from_fork:
        secrets |= github.environments[environment].secrets if environment else {}
    return Order(
        workflow=run.workflow.data,
        job=job.name,
        event=run.event,
        payload=run.payload,
        before=before,
        secrets=secrets,
        variables=github.variables,
        github=_github(github, run),
        actor=run.actor,
        uses=used(github.repositories, NAME, run.workflow, job.name),
        told=_told(github, run, environment, permissions),
    )


def _github(github: LocalGitHub, run: Run) -> dict[str, str]:
    return {
        "GITHUB_API_URL": github.api.url,
        "GITHUB_SERVER_URL": github.git.url,
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_REPOSITORY_OWNER": NAME.partition("/")[0],
        "GITHUB_RUN_ID": str(run.id),
        "GITHUB_RUN_ATTEMPT": str(run.attempt),
        "GITHUB_REF": run.ref,
        "SHA_REF": run.sha,
        # Learners' own repositories are fetched from here; they have no address of their own.
        "JOBTWIN_LOCAL_FORGE": str(github.hosted),
        "JOBTWIN_MIRROR": str(github.folder / "site"),
    }


def _told(
    github: LocalGitHub, run: Run, environment: str, permissions: Mapping[str, str]
) -> dict[str, Any]:
    pulls = github.repository.pulls.values()
    cache = github.cache or github.folder / "commits"
    cache.mkdir(parents=True, exist_ok=True)
    return {
        "repository": NAME,
        "sha": run.sha,
        "ref": run.ref,
        "event": run.event,
        "run": run.id,
        "environment": environment,
        "permissions": dict(permissions),
        "fork_commits": [pull.head for pull in pulls if pull.source != NAME],
        "cache": str(cache),
        "artifacts": str(github.folder / "artifacts"),
        "site": str(github.folder / "site"),
        "pages": "https://credentials.example/",
        "app": {
            "id": str(github.api.app),
            "actor": github.api.bot.login,
            "slug": github.api.slug,
            "installation": 1,
            "permissions": APP_PERMISSIONS,
        },
    }


def granted(run: Run, job: Job) -> dict[str, str]:
    """Return what a job's own token may do; a fork's may only read."""
    asked = job.data.get("permissions", run.workflow.data.get("permissions", {"contents": "read"}))
    if not isinstance(asked, Mapping):
        raise TypeError(f"{run.workflow.path}: permissions are to be named one by one")
    level = {"write": "read"} if run.from_fork else {}
    return {
        str(name).replace("-", "_"): level.get(value, str(value)) for name, value in asked.items()
    }
