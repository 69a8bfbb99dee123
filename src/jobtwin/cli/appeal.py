"""jobtwin appeal: bring another pair of mentors."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("appeal")
@options.job
def command(job: options.Job) -> None:
    """Put an attempt that was not cleared before another pair of mentors."""
    from jobtwin.acts.appeal import appeal

    job.perform(lambda forge, ledger, holders: appeal(forge.event, ledger, holders))
