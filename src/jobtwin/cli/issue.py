"""jobtwin issue: sign the credentials that are due."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("issue")
@options.job
def command(job: options.Job) -> None:
    """Sign every credential that is due, and the status list."""
    from jobtwin.acts.issue import issue

    job.perform(lambda forge, ledger, holders: issue(forge.event, ledger, holders))
