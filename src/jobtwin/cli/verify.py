"""jobtwin verify: is this credential genuine, and does it still hold?"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from jobtwin.cli import options


@click.command("verify")
@click.argument("source")
@click.option(
    "--mirror",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A copy of the issuer's site: nothing is fetched from its host.",
)
@click.option(
    "--trust", multiple=True, help="An issuer that you know, as its DID; may be repeated."
)
@click.option("--now", help="Verify as of this moment (ISO 8601), not as of now.")
@options.as_json
def command(
    source: str, mirror: Path | None, trust: tuple[str, ...], now: str | None, as_json: bool
) -> int:
    """Verify a credential: SOURCE is a file or a URL."""
    from jobtwin.acts.verify import verify_source, words

    try:
        moment = datetime.fromisoformat(now) if now else datetime.now(UTC)
    except ValueError as error:
        raise click.BadParameter(
            "write it like 2026-11-21T09:00:00Z", param_hint="--now"
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    verification = verify_source(source, now=moment, mirror=mirror, trusted=trust)
    if as_json:
        told = {"format": 1, "ok": verification.ok, **asdict(verification)}
        click.echo(json.dumps(told, indent=2, default=str))
    else:
        click.echo(words(verification))
    return verification.exit_code
