"""jobtwin sweep: look for what an event should have done and did not."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options


@click.command("sweep")
@options.event
@options.repo
@options.secrets
@options.as_json
def command(event_file: Path, repo: Path, secrets: Path | None, as_json: bool) -> None:
    """Say what is due, and end the attempts that nothing was handed in for."""
    from jobtwin.acts.sweep import sweep
    from jobtwin.forge.local import carry_out

    event = options.read_event(event_file)
    with options.ledger(repo) as ledger:
        swept = sweep(event, ledger, options.holders(secrets))
        new = carry_out(ledger.tree.git, swept.effects, event.at)
    options.print_effects(swept.effects.comment, new, as_json)
