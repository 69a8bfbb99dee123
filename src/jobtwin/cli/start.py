"""jobtwin start: write start.yml (learner), or open the attempt that a pull request asks for."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError


@click.command("start")
@options.job
@click.option("--twin", help="Learner: write start.yml for this twin.")
@click.option("--name", help="Learner: your name, hashed with a salt that stays with you.")
@click.option("--public-name", help="Learner: your name in the open, only if you want that.")
@click.option("--relation", multiple=True, metavar="MENTOR", help="Learner: you know them.")
@click.option("--employer", help="Learner: where you work, by its domain.")
def command(
    job: options.Job,
    twin: str | None,
    name: str | None,
    public_name: str | None,
    relation: tuple[str, ...],
    employer: str | None,
) -> None:
    """Start the clock of an attempt, or prepare the file that starts it."""
    if twin is None and job.event_file is None and job.on == "local":
        raise UsageError("name either --event or --twin", "learners name --twin")
    if twin is not None:
        from jobtwin.acts.submit import write_start_request

        names = {"name": name, "public_name": public_name, "employer": employer}
        now = datetime.now(UTC)
        click.echo(write_start_request(job.repo, twin, now, relations=relation, **names))
        return
    from jobtwin.acts.start import start

    job.perform(lambda forge, ledger, holders: start(forge.event, ledger, holders))
