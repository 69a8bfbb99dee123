"""jobtwin verify: is this credential genuine, and does it still hold?"""

from __future__ import annotations

import functools
import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
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
@click.option("--related", is_flag=True, help="Fetch the files that it cites, compare digests.")
@click.option("--now", help="Verify as of this moment (ISO 8601), not as of now.")
@_published
@options.as_json
def command(
    source: str | None,
    mirror: Path | None,
    trust: tuple[str, ...],
    related: bool,
    now: str | None,
    site: _Site | None,
    as_json: bool,
) -> int:
    """Verify a credential: SOURCE is a file (JSON, JWT, PNG or SVG) or a URL."""
    from jobtwin.acts.verify import verify_source, words

    moment = _moment(now)
    if site is not None and source is None:
        return _verify_site(site, moment, mirror, as_json)
    if source is None or site is not None:
        raise UsageError("name a credential, or a repository by --published")
    verification = verify_source(source, now=moment, mirror=mirror, trusted=trust, related=related)
    if as_json:
        told = {"format": 1, "ok": verification.ok, **asdict(verification)}
        click.echo(json.dumps(told, indent=2, default=str))
    else:
        click.echo(words(verification))
    return verification.exit_code


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
            options.talk(f"{len(findings)} findings; the site is looked at again")
            time.sleep(min(_PAUSE, left))
            said, findings = verify_published(ledger, site.sample, now=now, mirror=mirror)
    if as_json:
        told = {"format": 1, "ok": not findings, "said": said}
        click.echo(json.dumps(told | {"findings": [asdict(f) for f in findings]}, indent=2))
    else:
        for line in [*said, *map(str, findings)]:
            click.echo(line)
    return 1 if findings else 0
