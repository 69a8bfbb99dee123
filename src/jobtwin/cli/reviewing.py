"""jobtwin review next, check, sign, seal, submit and collect: what a mentor does at home."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import files, options, places, ssh_key
from jobtwin.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.acts.review.writing import Claimed
    from jobtwin.repository.ledger import Ledger

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_REVIEW = click.argument("review", type=_FILE, default="review.yml")
_KEY_HELP = "Your SSH key; the public half, if an agent holds the private one."


@contextmanager
def _records(repo: Path) -> Iterator[Ledger]:
    """Open the records as they were fetched last."""
    from jobtwin.repository import clone
    from jobtwin.repository.git import Git

    with options.ledger(repo, clone.newest(Git(repo))) as ledger:
        yield ledger


def _refreshed(repo: Path) -> None:
    """Fetch what is new, or say that it could not be."""
    from jobtwin.repository import clone
    from jobtwin.repository.git import Git

    try:
        clone.refresh(Git(repo), os.environ)
    except UsageError as error:
        options.talk(f"{error.message}; what is here is read")


@click.command("next")
@click.option("--mentor", default="", help="Your id under mentors/: of your claims, the next due.")
@click.option("--review", "review_id", default="", help="Or a review's id, from your claim.")
@click.option("--out", type=click.Path(path_type=Path), help="A new folder; else by the id.")
@click.option("--key", type=_FILE, help="Your SSH key, its private half: opens a sealed bundle.")
@click.option("--read-in", metavar="OWNER/NAME", help="Open the bundle in your private repository.")
@options.repo
def next_review(
    mentor: str,
    review_id: str,
    out: Path | None,
    *,
    key: Path | None,
    read_in: str | None,
    repo: Path,
) -> None:
    """Write the bundle of your open claim, and the review to fill in beside it."""
    from jobtwin.acts import bundle as bundles
    from jobtwin.acts import review as act
    from jobtwin.acts.review import writing
    from jobtwin.repository import clone
    from jobtwin.repository.git import Git

    if bool(mentor) == bool(review_id):
        raise UsageError("which claim is not said", "name yourself by --mentor, or it by --review")
    _refreshed(repo)
    with _records(repo) as ledger:
        first, *more = writing.claimed(ledger, mentor=mentor, review_id=review_id)
        if read_in and first.is_private:
            raise UsageError("this cohort's work is sealed: it goes to no server", "read it here")
        folder = out or Path(writing.branch(first.review_id))
        if folder.exists():
            raise UsageError(f"{folder} is there already", "name another by --out, or go on in it")
        clone.bring(Git(repo), first.archives, os.environ)
        seed = (lambda: ssh_key.signer(key).seed) if key else None
        bundle = bundles.bundle(ledger, first.twin, first.review_id, seed)
        content = act.template(ledger, first.twin, first.review_id)
    files.write_tree(folder / "bundle", bundle)
    files.write_new(folder / "review.yml", content)
    _tell(first, folder, len(bundle))
    for other in more:
        options.talk(f"also claimed: {other.review_id} at {other.twin}")
    if read_in:
        _open(bundle, read_in, writing.branch(first.review_id))


def _tell(claimed: Claimed, folder: Path, many: int) -> None:
    from jobtwin.records.base import stamp

    form = folder / "review.yml"
    lines = [
        f"review {claimed.review_id} at {claimed.twin}, due {stamp(claimed.due)}",
        f"wrote {folder}/bundle: the work, without whose it is, in {many} files",
        f"wrote {form}: the review to fill in",
        f"while you write:     jobtwin review check {form}",
        f"when it is complete: jobtwin review submit {form} --key ~/.ssh/id_ed25519",
    ]
    if claimed.is_sealed:
        lines.append("`submit` seals your review: nobody reads it but the platform.")
    for line in lines:
        click.echo(line)


def _open(bundle: Mapping[str, bytes], name: str, branch: str) -> None:
    from jobtwin.forge.github import reading

    url = f"{places.server()}/{name}"
    room = reading.Room(url, branch, _token(url))
    at = datetime.now(UTC)
    click.echo(f"read it at {reading.open_bundle(room, places.api(), bundle, at, os.environ)}")


def _token(url: str) -> str:
    if not (token := places.token(url)):
        raise UsageError(
            f"there is no token for {url}", "set GH_TOKEN, or sign in with `gh auth login`"
        )
    return token


@click.command("check")
@_REVIEW
@options.repo
@options.as_json
def check(review: Path, repo: Path, as_json: bool) -> None:
    """Say what is wrong in a review, and apart from that what is still to be written."""
    from jobtwin.acts.review import writing

    with _records(repo) as ledger:
        found = writing.progress(ledger, files.read(review), str(review))
    if found.findings:
        if not as_json and found.dimensions:
            options.talk(
                f"{found.complete} of {found.dimensions} dimensions are complete; "
                f"{len(found.wrong)} wrong, {len(found.missing)} still blank"
            )
        raise Refused(found.findings)
    options.print_effects(
        f"{review} is complete. Hand it in: jobtwin review submit {review} --key KEY", [], as_json
    )


@click.command("sign")
@_REVIEW
@click.option("--key", type=_FILE, required=True, help=_KEY_HELP)
def sign(review: Path, key: Path) -> None:
    """Sign a review with your SSH key; the signature lies beside it with `.sig`."""
    click.echo(f"wrote {_signed(review, key)}")


def _signed(review: Path, key: Path) -> Path:
    from jobtwin.acts.review import sign_review

    target = _signature(review)
    target.write_bytes(sign_review(key, files.read(review)))
    return target


def _signature(review: Path) -> Path:
    return review.with_name(review.name + ".sig")


@click.command("seal")
@_REVIEW
@options.repo
def seal(review: Path, repo: Path) -> None:
    """Close a signed review into a box, where another mentor reads the same work."""
    from jobtwin.acts import review as act
    from jobtwin.rules.sealed_review import SEALED

    content, signature = files.read_signed(review)
    with _records(repo) as ledger:
        box = act.seal(ledger, content, signature)
    target = review.with_name(SEALED)
    target.write_bytes(box)
    click.echo(f"wrote {target}; hand in this file alone, as grades/inbox/{SEALED}")


@click.command("submit")
@_REVIEW
@click.option("--key", type=_FILE, help=f"{_KEY_HELP} Not needed for a review that is signed.")
@click.option("--to", "url", metavar="URL", help="The organisation's repository; else the origin.")
@click.option("--fork", metavar="OWNER/NAME|URL", help="Yours; else a token finds or makes it.")
@click.option("--branch", help="Of your pull request; else by the review's id.")
@click.option("--by-hand", is_flag=True, help="Send nothing; print the commands that do.")
@options.repo
def submit(
    review: Path,
    key: Path | None,
    url: str | None,
    fork: str | None,
    branch: str | None,
    *,
    by_hand: bool,
    repo: Path,
) -> None:
    """Hand a complete review in: signed, sealed where it has to be, by a pull request."""
    from jobtwin.acts.review import writing
    from jobtwin.acts.submit import published_url
    from jobtwin.forge.github import sending

    _refreshed(repo)
    content = files.read(review)
    with _records(repo) as ledger:
        if found := writing.progress(ledger, content, str(review)).findings:
            raise Refused(found)
        _sign_if_needed(ledger, review, content, key)
        review_id, brought = writing.hand_in(ledger, *files.read_signed(review))
    name = branch or writing.branch(review_id)
    given = url or published_url(repo)
    if by_hand or not given:
        _print_commands(review, brought, name)
        return
    address, person = places.address(places.repository_url(given), name, fork)
    parcel, at = writing.parcel(brought), datetime.now(UTC)
    for line in sending.send(parcel, address, person, at, os.environ):
        click.echo(line)
    click.echo("the answer to the pull request says whether the review is in", err=True)


def _sign_if_needed(ledger: Ledger, review: Path, content: bytes, key: Path | None) -> None:
    from jobtwin.acts.review import writing

    there = _signature(review)
    if not writing.needs_signing(ledger, content, files.read(there) if there.exists() else b""):
        return
    if key is None:
        raise UsageError(f"{review} is not signed as it is now", "name your SSH key by --key")
    options.talk(f"signed: {_signed(review, key)}")


def _print_commands(review: Path, brought: Mapping[str, bytes], name: str) -> None:
    """Say how the files are handed in by hand; a box is written beside the review first."""
    from jobtwin.acts.review import writing
    from jobtwin.rules.sealed_review import SEALED

    lies = {path: review.with_name(path.rsplit("/", 1)[-1]) for path in brought}
    for path, content in brought.items():
        if path.endswith(SEALED):
            lies[path].write_bytes(content)
        else:
            lies[path] = _signature(review) if path.endswith(".sig") else review
    places_here = {path: str(place.resolve()) for path, place in lies.items()}
    for line in writing.by_hand(brought, places_here, name):
        click.echo(line)
    click.echo("then open the pull request to main; nothing is sent yet", err=True)


@click.command("collect")
@click.argument("pull_request", metavar="PULL-REQUEST")
@click.option("--out", "review", type=_FILE, default="review.yml", show_default=True)
def collect(pull_request: str, review: Path) -> None:
    """Take your comments at lines of PULL-REQUEST into the review, beside what stands there.

    PULL-REQUEST is the address that `review next --read-in` printed, or OWNER/NAME#NUMBER.
    """
    from jobtwin.forge.github import reading
    from jobtwin.rules import review_comments

    url, number = reading.named(pull_request, places.server())
    remarks = reading.remarks(reading.Room(url, "", _token(url)), places.api(), number)
    merged = review_comments.merged(files.read(review), remarks, str(review))
    review.write_bytes(merged.content)
    for line in merged.left_out:
        options.talk(f"left out: {line}")
    click.echo(f"added {merged.added} comments to {review}; {merged.known} stood there already")
