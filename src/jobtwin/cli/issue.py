"""jobtwin issue: sign the credentials that are due."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options


@click.command("issue")
@options.event
@options.repo
@options.secrets
@options.as_json
def command(event_file: Path, repo: Path, secrets: Path | None, as_json: bool) -> None:
    """Sign every credential that is due, and the status list."""
    from jobtwin.acts.issue import issue
    from jobtwin.forge.local import carry_out

    event = options.read_event(event_file)
    with options.ledger(repo) as ledger:
        effects = issue(event, ledger, options.holders(secrets))
        new = carry_out(ledger.tree.git, effects, event.at)
    options.print_effects(effects.comment, new, as_json)
