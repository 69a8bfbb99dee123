"""A person's SSH key file: who may read it, and where its passphrase is asked for."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import click

from jobtwin.cli import files
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.credential.keys import SeedSigner


def signer(path: Path) -> SeedSigner:
    """Return the signer in a key file; its passphrase is asked for here and kept nowhere.

    Raises `Refused` for every key but a plain Ed25519 one, `UsageError` where it lies open.
    """
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
