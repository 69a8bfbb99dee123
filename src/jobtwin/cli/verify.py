"""jobtwin verify: is this credential genuine, and does it still hold?"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


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
@click.option("--now", help="Verify as of this moment (ISO 8601), not as of now.")
@click.option(
    "--published",
    type=_FOLDER,
    help="Instead of SOURCE: an organisation's repository, whose site is looked at.",
)
@click.option("--sample", type=click.IntRange(1, 1000), default=5, help="How many of its newest.")
@options.as_json
def command(
    source: str | None,
    mirror: Path | None,
    trust: tuple[str, ...],
    now: str | None,
    published: Path | None,
    sample: int,
    as_json: bool,
) -> int:
    """Verify a credential: SOURCE is a file (JSON, JWT, PNG or SVG) or a URL."""
    from jobtwin.acts.verify import verify_source, words

    if (source is None) == (published is None):
        raise UsageError("name a credential, or a repository by --published")
    moment = _moment(now)
    if source is None:
        return _published(published or Path(), sample, moment, mirror, as_json)
    verification = verify_source(source, now=moment, mirror=mirror, trusted=trust)
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


def _published(repo: Path, sample: int, now: datetime, mirror: Path | None, as_json: bool) -> int:
    from jobtwin.acts.verify import verify_published

    with options.ledger(repo) as ledger:
        said, findings = verify_published(ledger, sample, now=now, mirror=mirror)
    if as_json:
        told = {"format": 1, "ok": not findings, "said": said}
        click.echo(json.dumps(told | {"findings": [asdict(f) for f in findings]}, indent=2))
    else:
        for line in [*said, *map(str, findings)]:
            click.echo(line)
    return 1 if findings else 0
