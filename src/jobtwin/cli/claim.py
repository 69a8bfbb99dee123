"""jobtwin claim: draw the next attempt for the mentor who commented."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("claim")
@options.job
def command(job: options.Job) -> None:
    """Draw an attempt for the mentor whose comment says `/claim <twin>`."""
    from jobtwin.acts.claim import claim

    job.perform(lambda forge, ledger, holders: claim(forge.event, ledger, holders))
