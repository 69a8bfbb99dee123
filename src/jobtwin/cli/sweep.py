"""jobtwin sweep: look for what an event should have done and did not."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("sweep")
@options.job
def command(job: options.Job) -> None:
    """Mend what may be mended: pushes without a receipt, attempts whose time is over.

    Says what follows or waits for somebody. Exit 0 also where something failed: the summary says.
    """
    from jobtwin.acts.sweep import sweep

    summary = sweep(job.forge(), job.holders())
    options.print_effects(summary.text(), summary.records, job.as_json)
