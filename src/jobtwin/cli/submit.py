"""jobtwin submit: hand a checkpoint in."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from jobtwin.errors import UsageError

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("submit")
@click.argument("checkpoint")
@click.option("--dir", "folder", type=_FOLDER, default=".", help="The kit's folder.")
@click.option("--to", "clone", type=_FOLDER, required=True, help="Your clone to commit in.")
@click.option("--repo-url", help="https URL of your repository; else that of its origin.")
@click.option("--commit", "commit_id", help="What you hand in; else where your folder stands.")
@click.option("--upload", is_flag=True, help="Hand the files in themselves, without repo_url.")
@click.option("--yes", multiple=True, metavar="F1", help="A self-check that you answer yes.")
@click.option("--no", multiple=True, metavar="F2", help="A self-check that you answer no.")
@click.option("--force", is_flag=True, help="Hand in against a critical self-check.")
@click.option("--final", is_flag=True, help="You hand nothing in after this.")
@click.option("--note", default="", help="A word to the mentor.")
@click.option("--branch", default="attempt", show_default=True, help="Of your pull request.")
@click.option("--push", "remote", metavar="REMOTE", help="Push there; else nothing is sent.")
@click.option("--hosted", type=_FOLDER, help="Where a local forge keeps people's repositories.")
def command(  # noqa: PLR0913, PLR0917 - one argument an option
    checkpoint: str,
    folder: Path,
    clone: Path,
    repo_url: str | None,
    commit_id: str | None,
    upload: bool,
    yes: tuple[str, ...],
    no: tuple[str, ...],
    force: bool,
    final: bool,
    note: str,
    branch: str,
    remote: str | None,
    hosted: Path | None,
) -> None:
    """Write CHECKPOINT.yml and your inbox files to a branch, after every check of the server."""
    from jobtwin.acts import submit
    from jobtwin.forge.local import HOST

    if both := set(yes) & set(no):
        raise UsageError(f"{', '.join(sorted(both))} is answered yes and no")
    answers = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
    wanted = submit.HandIn(
        checkpoint, answers, repo_url, commit_id, upload, force=force, final=final, note=note
    )
    rewrite = {f"{HOST}/": f"{hosted.resolve()}/"} if hosted else {}
    files = submit.prepare(clone, folder, wanted, rewrite)
    made = submit.commit(clone, files, branch, datetime.now(UTC))
    click.echo(f"committed {len(files)} files to {branch}: {made}")
    if remote:
        submit.push(clone, remote, branch, os.environ)
        click.echo(f"pushed to {remote}; the answer to the pull request is your receipt")
    else:
        click.echo(f"nothing is sent yet: git -C {clone} push origin {branch}", err=True)
