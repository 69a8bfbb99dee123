"""jobtwin review endorse: a mentor stands by a credential, with his own SSH key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from jobtwin.cli import files, options, ssh_key


@click.command("endorse")
@click.argument("credential")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The private half of the SSH key in your mentor file.",
)
@click.option("--comment", help="Your own words about the work; published for ever.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="grades/inbox/endorsement.json",
    show_default=True,
)
@options.repo
def command(credential: str, key: Path, comment: str | None, out: Path, repo: Path) -> None:
    """Endorse CREDENTIAL, an id or a URL, that rests on a review of yours."""
    from jobtwin.acts.endorse import credential_named, endorse
    from jobtwin.credential.endorsing import STANDS_BY

    name = credential_named(credential)
    signer = ssh_key.signer(key)
    with options.ledger(repo) as ledger:
        content = endorse(ledger, name, signer, comment or STANDS_BY, datetime.now(UTC))
    files.write_new(out, content)
    click.echo(f"wrote {out}; hand it in alone, by a pull request as grades/inbox/endorsement.json")
