"""jobtwin claim: draw the next attempt for the mentor who commented."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options


@click.command("claim")
@options.event
@options.repo
@options.secrets
@options.as_json
def command(event_file: Path, repo: Path, secrets: Path | None, as_json: bool) -> None:
    """Draw an attempt for the mentor whose comment says `/claim <twin>`."""
    from jobtwin.acts.claim import claim
    from jobtwin.forge.local import carry_out

    event = options.read_event(event_file)
    with options.ledger(repo) as ledger:
        effects = claim(event, ledger, options.holders(secrets))
        new = carry_out(ledger.tree.git, effects, event.at)
    options.print_effects(effects.comment, new, as_json)
