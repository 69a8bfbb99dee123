"""jobtwin seal: read (learner), publish (platform, by consent), open, pack, destroy (operator)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import files, options
from jobtwin.errors import EngineError, UsageError

if TYPE_CHECKING:
    from jobtwin.records.pack import Ending

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_KEYS = "cohort-keys.secret"
_MOST_FILES = 1000
"""More than any pack may hold; how many that is, is said by the act."""


@click.group("seal")
def command() -> None:
    """Seal a cohort's pack; read what is sealed, publish it, or put it beyond everybody's reach."""


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

    _refuse_existing(out)
    with options.ledger(repo) as ledger:
        found = opened(ledger, options.holders(secrets), twin, attempt)
    files.write_tree(out, found)
    click.echo(f"wrote {len(found)} files to {out}; remove it when you have looked")


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise UsageError(f"{out} is there already", "name a folder that is not there yet")


@command.command("publish")
@options.job
def publish(job: options.Job) -> None:
    """Platform: lay a sealed attempt open, as its learner's comment asks."""
    from jobtwin.acts.seal.publishing import publish as act

    job.perform(lambda forge, ledger, holders: act(forge.event, ledger, holders))


@command.command("pack")
@click.argument("cohort")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--end",
    type=click.Choice(("revealed", "destroyed")),
    default="revealed",
    show_default=True,
    help="What becomes of it after the cohort; stands on record from now on.",
)
@options.job
def seal_pack(job: options.Job, cohort: str, folder: Path, end: Ending) -> None:
    """Operator: seal the private pack in FOLDER for COHORT, before anybody starts."""
    from jobtwin.acts.seal.packing import pack as act

    pack = files.read_tree(folder, _MOST_FILES)
    job.perform(lambda forge, ledger, held: act(forge.event, ledger, held, cohort, pack, end))


@command.command("unpack")
@click.argument("cohort")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder, made new.")
@options.repo
@options.secrets
def unpack(cohort: str, out: Path, repo: Path, secrets: Path | None) -> None:
    """Write the private pack of COHORT to a folder: with its key, or once it is revealed."""
    from jobtwin.acts.seal.packing import unpacked

    _refuse_existing(out)
    with options.ledger(repo) as ledger:
        found = unpacked(ledger, options.holders(secrets), cohort)
    files.write_tree(out, found)
    click.echo(f"wrote {len(found)} files to {out}")


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
