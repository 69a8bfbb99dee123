"""jobtwin receive: write the receipt for a push."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("receive")
@options.job
def command(job: options.Job) -> None:
    """Write the receipt for a push, by the server's clock."""
    from jobtwin.acts.receive import receive

    job.perform(lambda forge, ledger, holders: receive(forge.event, ledger, holders, forge.rewrite))
