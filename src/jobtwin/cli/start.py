"""jobtwin start: write start.yml (learner), or open the attempt that a pull request asks for."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError


@click.command("start")
@options.repo
@options.secrets
@options.as_json
@click.option(
    "--event",
    "event_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A pull request was opened: start its attempt.",
)
@click.option("--twin", help="Learner: write start.yml for this twin.")
@click.option("--name", help="Learner: your name, hashed with a salt that stays with you.")
@click.option("--public-name", help="Learner: your name in the open, only if you want that.")
def command(
    repo: Path,
    secrets: Path | None,
    as_json: bool,
    event_file: Path | None,
    twin: str | None,
    name: str | None,
    public_name: str | None,
) -> None:
    """Start the clock of an attempt, or prepare the file that starts it."""
    if (event_file is None) == (twin is None):
        raise UsageError("name either --event or --twin", "learners name --twin")
    if twin is not None:
        from jobtwin.acts.submit import write_start_request

        click.echo(write_start_request(repo, twin, name=name, public_name=public_name))
        return
    from jobtwin.acts.start import start
    from jobtwin.forge.local import carry_out

    event = options.read_event(event_file or Path())
    with options.ledger(repo) as ledger:
        effects = start(event, ledger, options.holders(secrets))
        new = carry_out(ledger.tree.git, effects, event.at)
    options.print_effects(effects.comment, new, as_json)
