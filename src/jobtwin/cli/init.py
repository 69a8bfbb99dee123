"""jobtwin init: set an organisation's copy up."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.acts.init import Applied, Live, Place
    from jobtwin.acts.init.files import Wish

TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_DAY = click.DateTime(["%Y-%m-%d"])
_LARGEST_KEY = 16_384


@click.command("init")
@options.repo
@click.option("--name", help="The organisation's name, as it stands in credentials.")
@click.option(
    "--repository",
    help="ORG/NAME on GitHub; else what keys/issuer.yml says, if anything.",
)
@click.option("--url", help="https URL of the site; else that of the repository's Pages.")
@click.option("--description", help="One sentence about the organisation.")
@click.option("--email", help="Where people can ask about a credential.")
@click.option("--cohort", help="Id of the first cohort; else made of this year.")
@click.option("--track", default="production-ai-engineer", show_default=True)
@click.option("--opens", type=_DAY, help="The cohort's first day; else today.")
@click.option("--closes", type=_DAY, help="The day after its last; else half a year later.")
@click.option("--days", type=click.IntRange(1, 365), default=14, show_default=True,
              help="For twins whose time box is in days.")  # fmt: skip
@click.option(
    "--sealed", is_flag=True, help="A cohort whose work is encrypted; docs/how-to/seal.md."
)
@click.option("--secrets", type=click.Path(file_okay=False, path_type=Path),
              help="Where the secrets are kept, outside of the clone.")  # fmt: skip
@click.option("--reviewer", "reviewers", multiple=True,
              help="Login of who approves credentials; may be repeated.")  # fmt: skip
@click.option("--bot", default="", help="The GitHub App's name in its address, once it is made.")
@click.option("--bot-key", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The App's private key, as GitHub gave it.")  # fmt: skip
@click.option("--replace", multiple=True, metavar="NAME",
              help="Upload this secret although it is there; may be repeated.")  # fmt: skip
@click.option("--local", is_flag=True, help="Only write files; ask GitHub nothing.")
@click.option("--dry-run", is_flag=True, help="Print every file and every request; do nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what is derived.")
def command(**given: Any) -> int:
    """Set an organisation's copy up: keys, secrets, and everything on GitHub.

    Run it in a clone, as an owner of the organisation. A second run changes nothing; one that was
    cut off is completed by the next. The token comes from GH_TOKEN or GITHUB_TOKEN.
    """
    from jobtwin.acts import init

    asked = Asked(given)
    wish, live, place = asked.wish(), asked.live(), asked.place()
    if given["dry_run"]:
        click.echo(init.preview(place, wish, live))
        _say_what_is_left(init.what_is_left(place, wish, live))
        return 0
    new = init.found_here(place, wish, init.files.from_the_system)
    for line in new:
        click.echo(f"wrote {line}")
    if not new:
        click.echo("files and keys: as they are")
    applied = _set_up(asked, live, place) if live and not given["local"] else init.Applied()
    if new or applied.changed or applied.findings or (live and not live.bot):
        _say_what_is_left(init.what_is_left(place, wish, live))
    return 1 if applied.findings or (live and not live.bot and not given["local"]) else 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says, completed by what can be derived or asked."""

    given: dict[str, Any]

    def wish(self) -> Wish:
        """Return what the founder wants; an organisation that is there is not asked again."""
        from jobtwin.acts.init import files

        there = files.issuer_of(self.given["repo"])
        repository = self._repository()
        now = datetime.now(UTC)
        opens = self._day("opens", now.replace(hour=0, minute=0, second=0, microsecond=0))
        name = self._text("name", "Name of the organisation", there.name if there else "")
        url = self._text("url", "URL of the site", there.url if there else _pages(repository))
        return files.Wish(
            name=name,
            url=url.rstrip("/"),
            description=self.given["description"] or f"{name} awards these credentials.",
            email=self.given["email"],
            repository=f"{_server()}/{repository}" if repository else None,
            cohort=self.given["cohort"] or self._cohort(now.year),
            track=self.given["track"],
            opens=opens,
            closes=self._day("closes", opens + timedelta(days=182)),
            days=self.given["days"],
            sealed=self.given["sealed"],
        )

    def live(self) -> Live | None:
        """Return what is wanted on GitHub; None without a repository there."""
        from jobtwin.acts.init import Live
        from jobtwin.forge.trust_model import ENVIRONMENTS

        repository, known = (
            self._repository(),
            {s for e in ENVIRONMENTS.values() for s in e.secrets},
        )
        if unknown := sorted(set(self.given["replace"]) - known):
            raise UsageError(f"there is no secret {unknown[0]}", f"there are {', '.join(known)}")
        if self.given["bot_key"] and not self.given["bot"]:
            raise UsageError("whose key it is is not said", "name the App: --bot SLUG")
        if not repository:
            return None
        replace = frozenset(self.given["replace"])
        return Live(repository, self.given["reviewers"], self.given["bot"], replace, _server())

    def place(self) -> Place:
        """Return where things are on this machine."""
        from jobtwin.acts.init import Place

        repo = self.given["repo"].resolve()
        name = (self._repository() or repo.name).replace("/", "-")
        folder = self.given["secrets"] or Path.home() / "jobtwin-secrets" / name
        return Place(repo, folder, datetime.now(UTC).replace(microsecond=0))

    def secrets(self, folder: Path) -> dict[str, str]:
        """Return what is uploaded: name as GitHub keeps it → value."""
        from jobtwin import keys
        from jobtwin.forge.trust_model import BOT_KEY

        held = keys.from_folder(folder).secrets
        found = {keys.VARIABLES[name]: value for name, value in held.items()}
        path: Path | None = self.given["bot_key"]
        if path is not None:
            text = path.read_text("utf-8", "replace")[:_LARGEST_KEY]
            if not re.match(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n", text):
                raise UsageError(f"{path} is no private key", "name the .pem file of the App")
            found[BOT_KEY] = text
        if lacking := sorted(set(self.given["replace"]) - set(found)):
            how = "name the App's new key: --bot SLUG --bot-key FILE.pem"
            other = f"bring the folder that has it back: {folder}, or --secrets"
            raise UsageError(
                f"there is no {lacking[0]} to upload", how if lacking == [BOT_KEY] else other
            )
        return found

    def _repository(self) -> str:
        from jobtwin.acts.init import files
        from jobtwin.forge.github.administration import named

        if found := self.given["repository"]:
            return named(found)
        there = None if self.given["local"] else files.issuer_of(self.given["repo"])
        return there.repository.split("/", 3)[3] if there and there.repository else ""

    def _cohort(self, year: int) -> str:
        there = sorted((self.given["repo"] / "cohorts").glob("*.yml"))
        own = [path.stem for path in there if "." not in path.stem]
        return own[-1] if own else f"cohort-{year}-1"

    def _day(self, name: str, otherwise: datetime) -> datetime:
        found: datetime | None = self.given[name]
        return found.replace(tzinfo=UTC) if found else otherwise

    def _text(self, option: str, question: str, otherwise: str) -> str:
        found: str | None = self.given[option]
        if found:
            return found
        if otherwise and (self.given["yes"] or not sys.stdin.isatty() or self.given["dry_run"]):
            return otherwise
        if self.given["yes"] or not sys.stdin.isatty():
            raise UsageError(f"--{option} is not given", "name it, or run in a terminal")
        asked: str = click.prompt(question, default=otherwise or None, err=True)
        return asked


def _set_up(asked: Asked, live: Live, place: Place) -> Applied:
    from jobtwin.acts import init
    from jobtwin.forge.github import administration

    connected = administration.connect(live.repository, token(), api())
    applied = init.set_up(connected, live, asked.secrets(place.secrets), options.talk)
    for what in applied.changed:
        click.echo(f"set up: {what}")
    for finding in applied.findings:
        click.echo(f"{finding}\n  hint: {finding.hint}")
    for what in applied.not_checked:
        click.echo(f"not checked: {what}")
    if not applied.changed and not applied.findings:
        click.echo(f"{live.repository}: {applied.kept} settings as they are, nothing changed")
    return applied


def token() -> str:
    """Return the administrator's token; raises `UsageError` without one."""
    found = next((os.environ[name] for name in TOKENS if os.environ.get(name)), "")
    if not found:
        raise UsageError(
            "no token is set", "export GH_TOKEN=$(gh auth token), of an owner of the organisation"
        )
    return found


def api() -> str:
    """Return where GitHub's API is."""
    return os.environ.get("GITHUB_API_URL") or "https://api.github.com"


def _server() -> str:
    return (os.environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")


def _pages(repository: str) -> str:
    if not repository:
        return ""
    owner, _, name = repository.partition("/")
    site = f"https://{owner.lower()}.github.io"
    return site if name.lower() == f"{owner.lower()}.github.io" else f"{site}/{name}"


def _say_what_is_left(steps: tuple[str, ...]) -> None:
    click.echo("\nWhat is left for you:")
    for number, step in enumerate(steps, start=1):
        click.echo(f"{number}. {step}")
