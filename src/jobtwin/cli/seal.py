"""jobtwin seal: read (learner), publish (platform, by consent), open and destroy (operator)."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import files, options
from jobtwin.errors import EngineError, UsageError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_KEYS = "cohort-keys.secret"


@click.group("seal")
def command() -> None:
    """End what is sealed: read it, publish it, or put it beyond everybody's reach."""


@command.command("read")
@click.argument("box", type=_FILE)
@click.option("--dir", "folder", type=_FOLDER, default=".", help="Where you made start.yml.")
def read(box: Path, folder: Path) -> None:
    """Learner: print the feedback in BOX, opened with your own key."""
    from jobtwin.acts.seal import feedback
    from jobtwin.acts.submit import FEEDBACK_KEY, SALTS

    kept = sorted((folder / SALTS).glob(f"{FEEDBACK_KEY}*.key"))
    click.echo(feedback.read(files.read(box), [_secret(path) for path in kept]))


def _secret(path: Path) -> bytes:
    try:
        return bytes.fromhex(files.read(path).decode("ascii").strip())
    except ValueError as error:
        raise EngineError(f"{path} holds no key", "take it as the start wrote it") from error


@command.command("open")
@click.argument("twin")
@click.argument("attempt")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder, made new.")
@options.repo
@options.secrets
def open_attempt(twin: str, attempt: str, out: Path, repo: Path, secrets: Path | None) -> None:
    """Operator: write what a sealed ATTEMPT handed in to a folder of your own."""
    from jobtwin.acts.seal.opening import opened

    if out.exists():
        raise UsageError(f"{out} is there already", "name a folder that is not there yet")
    with options.ledger(repo) as ledger:
        found = opened(ledger, options.holders(secrets), twin, attempt)
    files.write_tree(out, found)
    click.echo(f"wrote {len(found)} files to {out}; remove it when you have looked")


@command.command("publish")
@options.job
def publish(job: options.Job) -> None:
    """Platform: lay a sealed attempt open, as its learner's comment asks."""
    from jobtwin.acts.seal.publishing import publish as act

    job.perform(lambda forge, ledger, holders: act(forge.event, ledger, holders))


@command.command("destroy")
@click.argument("cohort")
@options.job
def destroy(job: options.Job, cohort: str) -> None:
    """Operator: put on record that the key of COHORT is destroyed, and take it out of --secrets."""
    from jobtwin.acts.seal.destroying import destroy as act

    job.perform(lambda forge, ledger, holders: act(forge.event, ledger, holders, cohort))
    if job.secrets and (path := job.secrets / _KEYS).is_file():
        _without(path, cohort)


def _without(path: Path, cohort: str) -> None:
    """Write a file of keys again without a cohort's, over where it stood."""
    text = path.read_text("ascii")
    rest = [part for part in text.strip().split(",") if part.partition(":")[0].strip() != cohort]
    with path.open("r+b") as file:
        file.write(b"0" * len(text))
        file.flush()
        file.seek(0)
        file.write((",".join(rest) + "\n").encode("ascii"))
        file.truncate()
    options.talk(f"the key of {cohort} is no more in {path}")
