"""jobtwin review: for the mentor from `next` to `submit`; record for the platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import bundle, endorse, files, options, reviewing

if TYPE_CHECKING:
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger


@click.group("review")
def command() -> None:
    """Write, check and sign a review of a claimed attempt."""


@command.command("new")
@click.argument("twin")
@click.argument("review")
@click.option("--out", type=click.Path(path_type=Path), default="review.yml", show_default=True)
@options.repo
def new(twin: str, review: str, out: Path, repo: Path) -> None:
    """Write a blank REVIEW, by the id of your claim, with every anchor beside its score."""
    from jobtwin.acts.review import template

    with options.ledger(repo) as ledger:
        content = template(ledger, twin, review)
    files.write_new(out, content)
    click.echo(f"wrote {out}; fill it in, then: jobtwin review check {out}")


for _step in (
    reviewing.next_review,
    reviewing.check,
    reviewing.sign,
    reviewing.seal,
    reviewing.submit,
    reviewing.collect,
):
    command.add_command(_step)
command.add_command(endorse.command)
command.add_command(bundle.bundle)
command.add_command(bundle.held)
command.add_command(bundle.release)


@command.command("record")
@click.argument("review", required=False, type=click.Path(dir_okay=False, path_type=Path))
@options.job
def record(job: options.Job, review: Path | None) -> None:
    """Platform: take a review or endorsement in, from the event's pull request or a file."""
    from jobtwin.acts import endorse as endorsing
    from jobtwin.acts import review as act

    suffix = review.suffix if review else ""
    alone = files.read(review) if review and suffix in (".sealed", ".json") else None
    given = files.read_signed(review) if review and alone is None else None

    def take_in(forge: Forge, ledger: Ledger, holders: Holders) -> Effects:
        event = forge.event
        if alone is not None:
            take = act.sealed if suffix == ".sealed" else endorsing.record
            return take(event, ledger, holders, alone)
        if given:
            return act.review(event, ledger, holders, *given)
        if endorsing.is_brought(event, ledger):
            return endorsing.record_by_pull_request(event, ledger, holders)
        return act.review_by_pull_request(event, ledger, holders)

    job.perform(take_in)
