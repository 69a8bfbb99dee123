"""jobtwin decide: judge an attempt whose reviews are all in."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("decide")
@click.argument("twin")
@click.argument("attempt")
@options.job
def command(job: options.Job, twin: str, attempt: str) -> None:
    """Judge ATTEMPT at TWIN by its bar and its reviews, and print the full feedback."""
    from jobtwin.acts.decide import decide

    job.perform(lambda forge, ledger, holders: decide(forge.event, ledger, holders, twin, attempt))
