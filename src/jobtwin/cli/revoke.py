"""jobtwin revoke: say that a credential no longer holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from jobtwin.cli import approval, options, outputs
from jobtwin.cli.subcommands import OrDefault

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.acts.revoke import Proposal

_CREDENTIAL = click.argument("credential")
_REASON = click.option("--reason", required=True, help="Why, in words that anybody may read.")


@click.group("revoke", cls=OrDefault)
def command() -> None:
    """Say that a credential no longer holds; `jobtwin revoke …` is `jobtwin revoke sign …`."""


@command.command("show")
@_CREDENTIAL
@_REASON
@options.repo
@options.as_json
@outputs.option
def show(credential: str, reason: str, repo: Path, as_json: bool, output: Path | None) -> None:
    """Show what revoking CREDENTIAL would do, as Markdown; needs no secret.

    The outputs are `batch`, the digest to approve, and `commit`.
    """
    from jobtwin.acts.revoke import propose

    with options.ledger(repo) as ledger:
        found, commit = propose(ledger, credential, reason), ledger.tree.commit
        url = f"{ledger.issuer.url}/credentials/{credential[:2]}/{credential}/"
    outputs.add(output, batch=found.digest, commit=commit)
    if as_json:
        data = {"format": 1, "ok": True, "commit": commit, "batch": found.digest}
        data |= {"credential": credential, "reason": reason}
        click.echo(json.dumps(data | {"falls": [name for name, _ in found.falls]}, indent=2))
        return
    quoted = "\n".join(f"    {line}" for line in reason.splitlines())
    click.echo(
        f"**Approving revokes the credential `{credential}`** ({url}), as issued by the record "
        f"`{found.issued}`. Everybody may read the reason:\n\n{quoted}\n\n{_falling(found)}"
        f"Batch: `{found.digest}`"
    )


def _falling(found: Proposal) -> str:
    if not found.falls:
        return ""
    rows = [f"- `{name}`, as issued by `{tip}`" for name, tip in found.falls]
    return "\n".join(["A track's credential cites it, and falls with it:", "", *rows, "", ""])


@command.command("sign")
@_CREDENTIAL
@_REASON
@approval.batch
@options.job
def sign(job: options.Job, credential: str, reason: str, batch: str | None) -> None:
    """Revoke CREDENTIAL, named by its id."""
    from jobtwin.acts.revoke import revoke

    approval.perform(
        job,
        batch,
        lambda forge, ledger, holders: revoke(
            forge.event, ledger, holders, credential, reason, forge.event.at, batch
        ),
    )
