"""jobtwin review endorse: a mentor stands by a credential, with his own SSH key."""

from __future__ import annotations

import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import files, options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.credential.keys import Signer


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
    signer = _signer(key)
    with options.ledger(repo) as ledger:
        content = endorse(ledger, name, signer, comment or STANDS_BY, datetime.now(UTC))
    files.write_new(out, content)
    click.echo(f"wrote {out}; hand it in alone, by a pull request as grades/inbox/endorsement.json")


def _signer(path: Path) -> Signer:
    """Return the signer in a key file; its passphrase is asked for here and kept nowhere."""
    from jobtwin.credential.endorser import is_encrypted, signer_from_ssh

    content = files.read(path)
    encrypted = is_encrypted(content)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"{path} can be read by others", f"chmod 600 {path}, as ssh asks for too")
    if not encrypted:
        return signer_from_ssh(content)
    if not sys.stdin.isatty():
        raise UsageError(
            f"{path} has a passphrase", "run this in a terminal, where it is asked for"
        )
    return signer_from_ssh(content, click.prompt("Passphrase", hide_input=True, err=True))
