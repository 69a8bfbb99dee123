"""The bot's GitHub App: how a person makes it, since no API can, with exactly what it may do."""

from __future__ import annotations

from urllib.parse import urlencode

from jobtwin.forge.trust_model import BOT_PERMISSIONS

_LONGEST_NAME = 34


def name_for(repository: str) -> str:
    """Return a name for an organisation's App; names are taken once on all of GitHub."""
    return f"jobtwin-{repository.partition('/')[0]}"[:_LONGEST_NAME].rstrip("-").lower()


def link(repository: str, site: str, server: str = "https://github.com") -> str:
    """Return the page where an organisation's owner makes the App, filled in.

    It is for this organisation only, hears no webhook, and has the permissions of the trust model
    (docs.github.com, “Registering a GitHub App using URL parameters”).
    """
    owner = repository.partition("/")[0]
    asked = {
        "name": name_for(repository),
        "description": "Writes the records of Job Twins. It cannot change a workflow.",
        "url": site,
        "public": "false",
        "webhook_active": "false",
        **BOT_PERMISSIONS,
    }
    return f"{server}/organizations/{owner}/settings/apps/new?{urlencode(asked)}"


def steps(repository: str, site: str, server: str = "https://github.com") -> tuple[str, ...]:
    """Return what a person does to make the App and to give it to the jobs."""
    owner, _, name = repository.partition("/")
    slug = name_for(repository)
    may = ", ".join(f"{what} {level}" for what, level in BOT_PERMISSIONS.items())
    make = (
        f"Make the GitHub App: open {link(repository, site, server)} and press “Create GitHub App”."
    )
    return (
        f"{make} It may do {may}; never workflows.",
        "On the App's page press “Generate a private key”; keep the .pem file with the secrets.",
        f"On the App's page, “Install App”: in {owner}, for “Only select repositories”: {name}.",
        f"jobtwin init --repository {repository} --bot {slug} --bot-key FILE.pem --yes",
    )
