"""jobtwin sweep: look for what an event should have done and did not."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("sweep")
@options.job
def command(job: options.Job) -> None:
    """Say what is due, and end the attempts that nothing was handed in for."""
    from jobtwin.acts.sweep import sweep

    job.perform(lambda forge, ledger, holders: sweep(forge.event, ledger, holders).effects)
