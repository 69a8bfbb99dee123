"""jobtwin revoke: say that a credential no longer holds."""

from __future__ import annotations

import click

from jobtwin.cli import options


@click.command("revoke")
@click.argument("credential")
@click.option("--reason", required=True, help="Why, in words that anybody may read.")
@options.job
def command(job: options.Job, credential: str, reason: str) -> None:
    """Revoke CREDENTIAL, named by its id."""
    from jobtwin.acts.revoke import revoke

    job.perform(
        lambda forge, ledger, holders: revoke(
            forge.event, ledger, holders, credential, reason, forge.event.at
        )
    )
