"""jobtwin rekey: add, retire or withdraw a key of the issuer's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin import multikey
from jobtwin.cli import options
from jobtwin.errors import UsageError
from jobtwin.records import layout
from jobtwin.rules.signature import ISSUER_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.repository.ledger import Ledger

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEY = click.argument("key")


@click.group("rekey")
def command() -> None:
    """Change the issuer's keys: the files in keys/ of your clone, for you to commit and push."""


@command.command("add")
@_KEY
@click.option("--new", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Draw a key and write it to FOLDER, outside of every repository.")  # fmt: skip
@click.option("--public-key", metavar="MULTIKEY", help="The z6Mk… of a key that lies elsewhere.")
@options.repo
def add(key: str, new: Path | None, public_key: str | None, repo: Path) -> None:
    """Add KEY, an id that no key has had: key-2026-2."""
    from jobtwin.acts import rekey

    if not _ID.fullmatch(key) or len(key) > 64:
        raise UsageError(f"{ascii(key)[:80]} cannot be a key's id", "for example key-2026-2")
    if (new is None) == (public_key is None):
        raise UsageError("whose public half is it?", "say either --new FOLDER or --public-key")
    seed = _drawn(new, repo) if new else b""
    given = _public(seed) if new else _multikey(public_key or "")

    def changed(ledger: Ledger, at: datetime) -> dict[str, bytes]:
        files = rekey.add(ledger, key, given, at)
        if new:  # once it is known to be wanted, and before anybody is told of it
            kept = _keep(new, key, seed)
            click.echo(f"The key is in {kept}: keep it off line, and nowhere else.")
        return files

    _change(repo, changed)
    click.echo(
        "Next: commit keys/ and push it; give the secret JOBTWIN_ISSUER_KEY to the signing "
        "environment; then end the old key by `jobtwin rekey retire` or `compromise`."
    )


@command.command("retire")
@_KEY
@options.repo
def retire(key: str, repo: Path) -> None:
    """End KEY in order: it signs nothing new, and what it signed goes on verifying."""
    from jobtwin.acts import rekey

    _change(repo, lambda ledger, at: rekey.retire(ledger, key, at))
    click.echo("Next: commit keys/ and push it, and destroy the private key.")


@command.command("compromise")
@_KEY
@options.repo
def compromise(key: str, repo: Path) -> None:
    """Withdraw KEY because somebody else may have it: nothing it signed verifies any more."""
    from jobtwin.acts import rekey

    _change(repo, lambda ledger, at: rekey.compromise(ledger, key, at))
    click.echo(
        "Next: commit keys/ and push it; run `jobtwin issue` (the workflow `issue`): it lists and "
        "signs again what the key had signed, status lists with it; then publish the site."
    )


def _change(repo: Path, act: Callable[[Ledger, datetime], dict[str, bytes]]) -> None:
    from jobtwin.acts import rekey

    with options.ledger(repo) as ledger:
        files = act(ledger, datetime.now(UTC).replace(microsecond=0))
        rekey.put(repo, ledger, files)
        vouched = ledger.tree.read(layout.ROOT) is not None
    for path in files:
        options.talk(f"wrote {path}")
    if vouched:
        options.talk(
            "A root key vouches for these: before you commit, have keys/issuer-keys.yml signed by "
            f"it (ssh-keygen -Y sign -n {ISSUER_KEYS} -f ROOT keys/issuer-keys.yml), and commit "
            "keys/issuer-keys.yml.sig as well."
        )


def _drawn(folder: Path, repo: Path) -> bytes:
    from jobtwin.acts.init.files import from_the_system, refuse_unfit
    from jobtwin.keys import FILES

    refuse_unfit(folder, repo)
    if (folder / FILES["issuer"]).exists():
        raise UsageError(f"{folder} holds a key of the issuer's already", "name another folder")
    return from_the_system()


def _public(seed: bytes) -> str:
    from jobtwin.credential.keys import SeedSigner

    return multikey.encode(SeedSigner("", seed).public_key)


def _multikey(text: str) -> str:
    try:
        multikey.decode(text)
    except ValueError as error:
        raise UsageError(f"not an Ed25519 Multikey: {error}", "it begins with z6Mk") from error
    return text


def _keep(folder: Path, key: str, seed: bytes) -> Path:
    from jobtwin.forge.founding import write_secrets
    from jobtwin.keys import FILES, Holders

    write_secrets(Holders({"issuer": f"{key}:{seed.hex()}"}), folder)
    return folder / FILES["issuer"]
