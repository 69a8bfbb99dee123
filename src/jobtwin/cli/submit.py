"""jobtwin submit: hand a checkpoint in, or start an attempt, from a terminal."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import places
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.acts.submit import HandIn

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
START = "start"


@click.command("submit")
@click.argument("checkpoint")
@click.option("--dir", "folder", type=_FOLDER, default=".", help="The kit's folder.")
@click.option("--repo", metavar="URL", help="The organisation's repository; else $JOBTWIN_REPO.")
@click.option("--fork", metavar="OWNER/NAME|URL", help="Yours; else a token finds or makes it.")
@click.option("--branch", default="attempt", show_default=True, help="Of your pull request.")
@click.option("--twin-tree", metavar="HEX", help="The git tree of the twin that you started with.")
@click.option("--to", "clone", type=_FOLDER, help="Commit in this clone instead of sending.")
@click.option("--push", "remote", metavar="REMOTE", help="With --to: push there.")
@click.option("--repo-url", help="https URL of your repository; else that of its origin.")
@click.option("--commit", help="What you hand in; else where your folder stands.")
@click.option("--upload", is_flag=True, help="Hand the files in themselves, without repo_url.")
@click.option("--yes", multiple=True, metavar="F1", help="A self-check that you answer yes.")
@click.option("--no", multiple=True, metavar="F2", help="A self-check that you answer no.")
@click.option("--force", is_flag=True, help="Hand in against a critical self-check.")
@click.option("--final", is_flag=True, help="You hand nothing in after this.")
@click.option("--note", default="", help="A word to the mentor.")
@click.option("--twin", help="With `start`: which twin.")
@click.option("--name", help="With `start`: your name, hashed with a salt that stays here.")
@click.option("--public-name", help="With `start`: your name in the open, if you want that.")
@click.option("--relation", multiple=True, metavar="MENTOR", help="With `start`: you know them.")
@click.option("--employer", help="With `start`: where you work, by its domain.")
@click.option("--hosted", type=_FOLDER, help="Where a local forge keeps people's repositories.")
def command(checkpoint: str, **given: Any) -> None:
    """Hand CHECKPOINT in, after every check of the server; `start` starts an attempt.

    Pushes to a branch of your fork, and opens the pull request where GH_TOKEN, GITHUB_TOKEN or
    `gh` has a token; without one it prints the link that opens it.
    """
    if given["clone"]:
        _commit(given["clone"], _files(given["clone"], checkpoint, given), given)
        return
    url = places.repository_url(given["repo"])
    twins = places.find_organisation(url, _twin(checkpoint, given), given["twin_tree"])
    _send(_files(twins, checkpoint, given), url, given)


def _twin(checkpoint: str, given: Mapping[str, Any]) -> str:
    from jobtwin.acts.kit import origin_of

    if checkpoint != START:
        return origin_of(given["folder"]).twin
    if not given["twin"]:
        raise UsageError("which twin is not said", "name it by --twin")
    return str(given["twin"])


def _files(twins: Path, checkpoint: str, given: Mapping[str, Any]) -> dict[str, bytes]:
    """Return what goes to the inbox."""
    from jobtwin.acts import submit
    from jobtwin.forge.local import HOST

    if checkpoint == START:
        wish = submit.Wish(
            _twin(checkpoint, given),
            given["name"],
            given["public_name"],
            given["relation"],
            given["employer"],
        )
        content, said = submit.start_file(twins, wish, given["folder"], datetime.now(UTC))
        for line in said:
            click.echo(line)
        return {"start.yml": content}
    hosted = given["hosted"]
    rewrite = {f"{HOST}/": f"{hosted.resolve()}/"} if hosted else {}
    return submit.prepare(twins, given["folder"], _hand_in(checkpoint, given), rewrite)


def _hand_in(checkpoint: str, given: Mapping[str, Any]) -> HandIn:
    from jobtwin.acts.submit import HandIn

    if both := set(given["yes"]) & set(given["no"]):
        raise UsageError(f"{', '.join(sorted(both))} is answered yes and no")
    answers = {**dict.fromkeys(given["yes"], True), **dict.fromkeys(given["no"], False)}
    same = ("repo_url", "commit", "upload", "force", "final", "note")
    return HandIn(checkpoint, answers, **{name: given[name] for name in same})


def _commit(clone: Path, files: Mapping[str, bytes], given: Mapping[str, Any]) -> None:
    from jobtwin.acts import submit

    branch, remote = given["branch"], given["remote"]
    made = submit.commit(clone, files, branch, datetime.now(UTC))
    click.echo(f"committed {len(files)} files to {branch}: {made}")
    if remote:
        submit.push(clone, remote, branch, os.environ)
        click.echo(f"pushed to {remote}; the answer to the pull request is your receipt")
    else:
        click.echo(f"nothing is sent yet: git -C {clone} push origin {branch}", err=True)


def _send(files: Mapping[str, bytes], url: str, given: Mapping[str, Any]) -> None:
    from jobtwin.acts import submit

    address, learner = places.address(url, given["branch"], given["fork"])
    for line in submit.send(files, address, learner, datetime.now(UTC), os.environ):
        click.echo(line)
    click.echo("the answer to the pull request is your receipt", err=True)
