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
    """Write a twin that runs as it stands, or a track that names it, for authors to change."""


@command.command("twin")
@click.argument("twin_id", metavar="ID")
@click.option("--title", help="As on its page and its credential; else asked for.")
@click.option("--company", help="Where the learner is hired; else asked for.")
@click.option("--label", help="A word or two for lists; else from the id.")
@click.option(
    "--kind",
    type=click.Choice(("command", "service")),
    default="command",
    show_default=True,
    help="What the learner writes: a command, run on each case, or a service that is asked.",
)
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
    from jobtwin.acts.new import twin as new

    wanted = new.Wanted(
        id=twin_id,
        title=_text(given["title"], "--title", "Title"),
        company=_text(given["company"], "--company", "Company"),
        label=given["label"] or twin_id.removeprefix("jt-").split("-")[0].capitalize(),
        kind=given["kind"],
        hours=given["hours"],
        minutes=given["minutes"],
        reviewers=given["reviewers"],
        submission=tuple(dict.fromkeys(given["submission"])),
    )
    _tell(new.write(repo, wanted), f"twins/{twin_id}/", as_json)
    if not as_json:
        options.talk(f"prove it by `jobtwin check --deep {twin_id}`; harness/scorer.py is yours")


@command.command("track")
@click.argument("track_id", metavar="ID")
@click.option("--title", help="As on its page and its credential; else asked for.")
@click.option("--weeks", type=click.IntRange(1, 52), required=True, help="How long it takes.")
@click.option(
    "--twin",
    "twins",
    type=(str, click.IntRange(1, 52)),
    multiple=True,
    required=True,
    metavar="TWIN WEEK",
    help="A twin, and the week it opens in; may be repeated.",
)
@options.repo
@options.as_json
def track(
    track_id: str,
    title: str | None,
    weeks: int,
    twins: tuple[tuple[str, int], ...],
    repo: Path,
    as_json: bool,
) -> None:
    """Write tracks/ID.yml and its badge: a twin that no track names cannot be started."""
    from jobtwin.acts.new import track as new

    wanted = new.Wanted(track_id, _text(title, "--title", "Title"), weeks, twins)
    _tell(new.write(repo, wanted), "tracks/", as_json)
    if not as_json:
        options.talk("the week stands in twin.yml too; `jobtwin check` says where they differ")


def _tell(written: tuple[str, ...], place: str, as_json: bool) -> None:
    told = {"format": 1, "ok": True, "files": list(written)}
    words = f"wrote {len(written)} files to {place}"
    click.echo(json.dumps(told, indent=2) if as_json else words)


def _text(given: str | None, option: str, question: str) -> str:
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"{option} is not given", "name it, or run in a terminal")
    asked: str = click.prompt(question, err=True)
    return asked
