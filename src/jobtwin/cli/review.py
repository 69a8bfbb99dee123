"""jobtwin review: new, check, sign, seal and endorse for the mentor; record for the platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import bundle, endorse, files, options

if TYPE_CHECKING:
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

_REVIEW = click.argument(
    "review", type=click.Path(exists=True, dir_okay=False, path_type=Path), default="review.yml"
)


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


@command.command("check")
@_REVIEW
@options.repo
@options.as_json
def check(review: Path, repo: Path, as_json: bool) -> None:
    """Say everything that is wrong with a review, before you sign it."""
    from jobtwin.acts.review import check as findings_of
    from jobtwin.errors import Refused
    from jobtwin.records.base import load
    from jobtwin.records.grade import Review

    with options.ledger(repo) as ledger:
        found = findings_of(ledger, load(Review, files.read(review), str(review)))
    if found:
        raise Refused(found)
    options.print_effects(
        f"{review} is complete. Sign it: jobtwin review sign {review}", [], as_json
    )


@command.command("sign")
@_REVIEW
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Your SSH key; the public half, if an agent holds the private one.",
)
def sign(review: Path, key: Path) -> None:
    """Sign a review with your SSH key; the signature lies beside it with `.sig`."""
    from jobtwin.acts.review import sign_review

    target = review.with_name(review.name + ".sig")
    target.write_bytes(sign_review(key, files.read(review)))
    click.echo(f"wrote {target}")


@command.command("seal")
@_REVIEW
@options.repo
def seal(review: Path, repo: Path) -> None:
    """Close a signed review into a box, where another mentor reads the same work."""
    from jobtwin.acts import review as act
    from jobtwin.rules.sealed_review import SEALED

    content, signature = files.read_signed(review)
    with options.ledger(repo) as ledger:
        box = act.seal(ledger, content, signature)
    target = review.with_name(SEALED)
    target.write_bytes(box)
    click.echo(f"wrote {target}; hand in this file alone, as grades/inbox/{SEALED}")


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
