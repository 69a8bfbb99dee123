"""jobtwin audit: replay the whole history."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from jobtwin.cli import options


@click.command("audit")
@click.argument(
    "folder", metavar="[DIR]", default=".", type=click.Path(exists=True, path_type=Path)
)
@click.option("--commit", default="refs/heads/main", show_default=True, help="Audit up to it.")
@click.option(
    "--since",
    metavar="COMMIT",
    help="Judge only what came after it; forty zeros mean everything.",
)
@options.as_json
@click.pass_context
def command(
    context: click.Context, folder: Path, commit: str, since: str | None, as_json: bool
) -> None:
    """Replay the history of the repository in DIR and name the first divergence of each kind.

    Exits with 1 when anything diverges.
    """
    from jobtwin.acts.audit import audit
    from jobtwin.errors import GitError, UsageError
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import count, is_whole

    git = Git(folder)
    try:
        count(git, commit)
    except GitError as error:
        raise UsageError(f"{folder} has no commit {commit}", "name one by --commit") from error
    if not is_whole(git):
        raise UsageError(f"{folder} is a shallow clone", "run `git fetch --unshallow` in it first")
    report = audit(git, commit, _Telling(), since)
    click.echo(report.json() if as_json else report.text())
    context.exit(0 if report.ok else 1)


class _Telling:
    """Says on stderr how far the replay is: for people as it goes, in a log now and then."""

    def __init__(self) -> None:
        self.begun = self.said = time.monotonic()
        self.steps = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - self.said < (0.2 if self.steps else 10):
            return
        self.said = now
        left = (now - self.begun) / done * (total - done)
        words = f"{done:,} of {total:,} commits" + (f", {_length(left)} left" if left else "")
        start = "\r\x1b[K" if self.steps else ""
        click.echo(f"{start}{words}", err=True, nl=not self.steps or done == total)


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"
