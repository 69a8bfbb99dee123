"""jobtwin receive: write the receipt for a push."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options


@click.command("receive")
@options.event
@options.repo
@options.secrets
@options.as_json
@click.option(
    "--hosted",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the local forge keeps people's repositories.",
)
def command(
    event_file: Path, repo: Path, secrets: Path | None, as_json: bool, hosted: Path | None
) -> None:
    """Write the receipt for a push, by the server's clock."""
    from jobtwin.acts.receive import receive
    from jobtwin.forge.local import HOST, carry_out

    event = options.read_event(event_file)
    rewrite = {f"{HOST}/": f"{hosted.resolve()}/"} if hosted else {}
    with options.ledger(repo) as ledger:
        effects = receive(event, ledger, options.holders(secrets), rewrite)
        new = carry_out(ledger.tree.git, effects, event.at)
    options.print_effects(effects.comment, new, as_json)
