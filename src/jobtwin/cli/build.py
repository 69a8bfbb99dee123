"""`jobtwin build`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from jobtwin.cli import options


@click.command("build")
@options.repo
@click.option("--commit", default="refs/heads/main", show_default=True, help="What to build.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="site",
    show_default=True,
    help="Where the site goes; a site that stands there is replaced.",
)
@click.option(
    "--audited",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `jobtwin audit --json` printed, for the page on transparency.",
)
@options.workers("make pages; the site is the same")
@click.option("--anew", is_flag=True, help="Make everything, whatever stands there.")
@options.as_json
def command(
    repo: Path,
    commit: str,
    out: Path,
    audited: Path | None,
    workers: int,
    anew: bool,
    as_json: bool,
) -> None:
    """Build the static site of a commit: briefs, docs, credentials with their signed files."""
    from jobtwin.acts.build import build

    with options.ledger(repo, commit) as ledger:
        report = audited.read_bytes() if audited else None
        built = build(
            ledger,
            out,
            lambda words: click.echo(words, err=True),
            report,
            workers=workers,
            anew=anew,
        )
    if as_json:
        data = {"format": 1, "out": str(built.out), "pages": built.pages}
        data |= {"credentials": list(built.credentials), "signed": built.signed}
        click.echo(json.dumps(data, indent=2))
    else:
        click.echo(f"{built.out}: {built.pages} pages, {len(built.credentials)} credentials")
