"""jobtwin verify: is this credential genuine, and does it still hold?"""

from __future__ import annotations

import functools
import json
import re
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin import multikey
from jobtwin.cli import options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_SSH_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{68}")
_PAUSE = 20
"""Seconds until a site is looked at again."""


@dataclass(frozen=True, slots=True)
class _Site:
    """An organisation's published site, and how it is looked at."""

    repo: Path
    sample: int
    wait: int
    """Seconds in which caches may still serve what was there before."""


def _published(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say which site is looked at, as one `_Site` or none."""

    @click.option(
        "--published",
        type=_FOLDER,
        help="Instead of SOURCE: an organisation's repository, whose site is looked at.",
    )
    @click.option("--sample", type=click.IntRange(1, 1000), default=5, help="How many newest.")
    @click.option(
        "--wait",
        type=click.IntRange(0, 3600),
        default=0,
        metavar="SECONDS",
        help="How long the site may still be an older one.",
    )
    @functools.wraps(function)
    def with_site(published: Path | None, sample: int, wait: int, **others: Any) -> int:
        return function(site=_Site(published, sample, wait) if published else None, **others)

    return with_site


@click.command("verify")
@click.argument("source", required=False)
@click.option(
    "--mirror",
    type=_FOLDER,
    envvar="JOBTWIN_MIRROR",
    help="A copy of the issuer's site: nothing is fetched from its host.",
)
@click.option(
    "--trust", multiple=True, help="An issuer that you know, as its DID; may be repeated."
)
@click.option(
    "--trust-key", multiple=True, metavar="MULTIKEY", help="A key that you know to be the issuer's."
)
@click.option(
    "--trust-root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.pub",
    help="Of a bundle: the SSH key that you know to vouch for the issuer's keys.",
)
@click.option("--online", is_flag=True, help="Of a bundle: ask its issuer's site as well.")
@click.option(
    "--holder",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file with your name and salt: is it yours? Prints the link that shows your name.",
)
@click.option("--related", is_flag=True, help="Fetch the files that it cites, compare digests.")
@click.option("--now", help="Verify as of this moment (ISO 8601), not as of now.")
@_published
@options.as_json
def command(site: _Site | None, as_json: bool, **given: Any) -> int:
    """Verify a credential: SOURCE is a file (JSON, JWT, PNG, SVG, bundle), a URL or a shared link.

    A link that shows the holder's name holds `&`: put it in quotes.
    """
    moment = _moment(given["now"])
    if site is not None and given["source"] is None:
        return _verify_site(site, moment, given["mirror"], as_json)
    if given["source"] is None or site is not None:
        raise UsageError("name a credential, or a repository by --published")
    return _verify_one(moment, as_json, given)


def _verify_one(moment: datetime, as_json: bool, given: Mapping[str, Any]) -> int:
    from jobtwin.acts.verify import Known, share_link, verify_source, with_name, words

    kept = _kept(given["holder"]) if given["holder"] else None
    verification = verify_source(
        with_name(given["source"], *kept) if kept else given["source"],
        now=moment,
        mirror=given["mirror"],
        trusted=given["trust"],
        known=Known(frozenset(map(_key, given["trust_key"])), _root(given["trust_root"])),
        related=given["related"],
        online=given["online"],
    )
    if as_json:
        told = {"format": 1, "ok": verification.ok, **asdict(verification)}
        click.echo(json.dumps(told, indent=2, default=str))
    else:
        click.echo(words(verification))
    if kept and verification.holder and verification.holder.value == "shown":
        options.talk(f"The link that shows your name: {share_link(given['source'], *kept)}")
    return verification.exit_code


def _kept(path: Path) -> tuple[str, str]:
    from jobtwin.credential.holder import MAX_KEPT_BYTES, read_kept

    with path.open("rb") as file:
        return read_kept(file.read(MAX_KEPT_BYTES + 1), str(path))


def _root(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open("rb") as file:
        line = " ".join(file.read(1024).decode("utf-8", "replace").split()[:2])
    if not _SSH_KEY.fullmatch(line):
        raise UsageError(f"{path} is not an Ed25519 public key of OpenSSH", "name the .pub file")
    return line


def _key(text: str) -> bytes:
    try:
        return multikey.decode(text)
    except ValueError as error:
        raise UsageError(f"not an Ed25519 Multikey: {error}", "it begins with z6Mk") from error


def _moment(now: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(now) if now else datetime.now(UTC)
    except ValueError as error:
        raise click.BadParameter(
            "write it like 2026-11-21T09:00:00Z", param_hint="--now"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _verify_site(site: _Site, now: datetime, mirror: Path | None, as_json: bool) -> int:
    from jobtwin.acts.verify import verify_published

    last = time.monotonic() + site.wait
    with options.ledger(site.repo, "HEAD") as ledger:
        said, findings = verify_published(ledger, site.sample, now=now, mirror=mirror)
        while findings and (left := last - time.monotonic()) > 0:
            options.talk(f"findings: {len(findings)}; the site is looked at again")
            time.sleep(min(_PAUSE, left))
            said, findings = verify_published(ledger, site.sample, now=now, mirror=mirror)
    if as_json:
        told = {"format": 1, "ok": not findings, "said": said}
        click.echo(json.dumps(told | {"findings": [asdict(f) for f in findings]}, indent=2))
    else:
        for line in [*said, *map(str, findings)]:
            click.echo(line)
    return 1 if findings else 0
