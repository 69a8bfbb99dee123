"""jobtwin review bundle, held and release: what a mentor is given, and what is held back."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options, ssh_key

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("bundle")
@click.argument("twin")
@click.argument("review")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder, made new.")
@click.option("--key", type=_FILE, help="Your SSH key, its private half: opens a sealed bundle.")
@options.repo
def bundle(twin: str, review: str, out: Path, key: Path | None, repo: Path) -> None:
    """Write the work of REVIEW, by the id of your claim, without what tells whose it is."""
    from jobtwin.acts import bundle as act
    from jobtwin.errors import UsageError

    if out.exists():
        raise UsageError(f"{out} is there already", "name a folder that is not there yet")
    with options.ledger(repo) as ledger:
        seed = (lambda: ssh_key.signer(key).seed) if key else None
        files = act.bundle(ledger, twin, review, seed)
    for path, content in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    click.echo(f"wrote {len(files)} files to {out}; what is not as it was: {out}/changes-*.json")


@click.command("held")
@options.repo
def held(repo: Path) -> None:
    """Operator: list the attempts that wait because something in them tells whose they are."""
    from jobtwin.acts import bundle as act
    from jobtwin.errors import Refused

    with options.ledger(repo) as ledger:
        found = list(act.held(ledger))
    if found:
        raise Refused(found)
    click.echo("no bundle is held back")


@click.command("release")
@click.argument("twin")
@click.argument("attempt")
@click.option("--reason", required=True, help="Why, in words that anybody may read.")
@options.job
def release(job: options.Job, twin: str, attempt: str, reason: str) -> None:
    """Operator: let the bundle of ATTEMPT go to a mentor as it is."""
    from jobtwin.acts import bundle as act

    job.perform(
        lambda forge, ledger, holders: act.release(
            forge.event, ledger, holders, twin, attempt, reason
        )
    )
