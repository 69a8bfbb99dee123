"""jobtwin claim: draw the next attempt for the mentor who commented; enrol a mentor."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import files, options
from jobtwin.cli.subcommands import OrDefault

if TYPE_CHECKING:
    from datetime import datetime

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ACCOUNT = click.IntRange(min=1)
_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%SZ"])


class _Claim(OrDefault):
    default = "draw"


@click.group("claim", cls=_Claim)
def command() -> None:
    """Draw an attempt for a mentor (`draw`, meant when left out), or enrol a mentor."""


@command.command("draw")
@options.job
def draw(job: options.Job) -> None:
    """Draw an attempt for the mentor whose comment says `/claim <twin>`."""
    from jobtwin.acts.claim import claim

    job.perform(lambda forge, ledger, holders: claim(forge.event, ledger, holders))


@command.command("enrol")
@click.argument("mentor")
@click.option("--name", required=True, help="As it stands on the mentors' page.")
@click.option("--key", required=True, type=_FILE, help="Public SSH key, a plain Ed25519 one.")
@click.option(
    "--account",
    "accounts",
    type=_ACCOUNT,
    multiple=True,
    required=True,
    help="Number of a forge account; the first one is that which claims.",
)
@click.option("--mail", "mails", multiple=True, help="An address that the mentor commits with.")
@click.option("--employer", help="By its domain, such as example.com.")
@click.option("--knows", type=_ACCOUNT, multiple=True, help="Account number of a learner.")
@click.option("--since", type=_MOMENT, required=True, help="UTC, such as 2026-11-21T09:00:00Z.")
@options.secrets
def enrol(key: Path, since: datetime, secrets: Path | None, **given: Any) -> None:
    """Print the file of a MENTOR: whatever says who it is goes in as a keyed hash."""
    from jobtwin.acts.claim import Enrolment, enrolled
    from jobtwin.records.base import write

    public = " ".join(files.read(key).decode("ascii", "replace").split()[:2])
    wish = Enrolment(key=public, since=since.replace(tzinfo=UTC), **given)
    schema = "../docs/reference/schemas/mentor.json"
    click.echo(write(enrolled(wish, options.holders(secrets).subject), schema), nl=False)
