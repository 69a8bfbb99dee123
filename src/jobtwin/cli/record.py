"""jobtwin record: every attempt of a learner, with its times and scores."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from jobtwin.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("record")
@click.argument("attempt")
@options.repo
@options.as_json
def command(attempt: str, repo: Path, as_json: bool) -> None:
    """List every attempt of the learner who made ATTEMPT, passed or not.

    Needs a clone of the organisation's repository and no secret: it reads what is public.
    """
    from jobtwin.acts.record import data, record, text

    with options.ledger(repo) as ledger:
        found = record(ledger, attempt, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"format": 1, "ok": True, "attempts": data(found)}, indent=2))
    else:
        click.echo(text(found))
