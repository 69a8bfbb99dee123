"""jobtwin revoke: say that a credential no longer holds."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options


@click.command("revoke")
@click.argument("credential")
@click.option("--reason", required=True, help="Why, in words that anybody may read.")
@options.event
@options.repo
@options.secrets
@options.as_json
def command(
    credential: str,
    reason: str,
    event_file: Path,
    repo: Path,
    secrets: Path | None,
    as_json: bool,
) -> None:
    """Revoke CREDENTIAL, named by its id."""
    from jobtwin.acts.revoke import revoke
    from jobtwin.forge.local import carry_out

    event = options.read_event(event_file)
    with options.ledger(repo) as ledger:
        effects = revoke(event, ledger, options.holders(secrets), credential, reason, event.at)
        new = carry_out(ledger.tree.git, effects, event.at)
    options.print_effects(effects.comment, new, as_json)
