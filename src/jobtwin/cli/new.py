"""jobtwin new: write what an author then changes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.group("new")
def command() -> None:
    """Write a twin that runs as it stands, for its author to change."""


@command.command("twin")
@click.argument("twin_id", metavar="ID")
@click.option("--title", help="As on its page and its credential; else asked for.")
@click.option("--company", help="Where the learner is hired; else asked for.")
@click.option("--label", help="A word or two for lists; else from the id.")
@click.option(
    "--minutes",
    type=click.IntRange(1, 60 * 24 * 60),
    help="Time box by the server's clock; else the cohort sets a window in days.",
)
@click.option(
    "--hours",
    type=click.IntRange(1, 400),
    default=8,
    show_default=True,
    help="Of focused work: shown, never graded.",
)
@click.option(
    "--reviewers",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="Mentors for each attempt.",
)
@click.option(
    "--submission",
    type=click.Choice(("repo_url", "file_upload")),
    multiple=True,
    default=("repo_url",),
    show_default=True,
    help="How work is handed in; may be repeated, the first is the default.",
)
@options.repo
@options.as_json
def twin(twin_id: str, repo: Path, as_json: bool, **given: Any) -> None:
    """Write twins/ID/ whole: texts, harness, scaffold, proofs, gold set and badge.

    It passes `jobtwin check` and `jobtwin check --deep` before anything is changed.
    """
    from jobtwin.acts import new

    wanted = new.Wanted(
        id=twin_id,
        title=_text(given["title"], "--title", "Title"),
        company=_text(given["company"], "--company", "Company"),
        label=given["label"] or twin_id.removeprefix("jt-").split("-")[0].capitalize(),
        hours=given["hours"],
        minutes=given["minutes"],
        reviewers=given["reviewers"],
        submission=tuple(dict.fromkeys(given["submission"])),
    )
    written = new.new(repo, wanted)
    if as_json:
        told = {"format": 1, "ok": True, "twin": twin_id, "files": list(written)}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(f"wrote {len(written)} files to twins/{twin_id}/")
    options.talk(f"prove it by `jobtwin check --deep {twin_id}`; harness/scorer.py is yours")


def _text(given: str | None, option: str, question: str) -> str:
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"{option} is not given", "name it, or run in a terminal")
    asked: str = click.prompt(question, err=True)
    return asked
