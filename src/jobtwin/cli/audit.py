"""jobtwin audit: replay the whole history."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import click

from jobtwin.cli import options

_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{68}")


@click.command("audit")
@click.argument(
    "folder", metavar="[DIR]", default=".", type=click.Path(exists=True, path_type=Path)
)
@click.option("--commit", default="refs/heads/main", show_default=True, help="Audit up to it.")
@click.option(
    "--since",
    metavar="COMMIT|FILE",
    help="Judge only what came after it; forty zeros mean everything. With --by, a checkpoint.",
)
@click.option(
    "--by",
    metavar="KEY.pub",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whose signature must stand beside the checkpoint of --since, as FILE.sig.",
)
@click.option(
    "--checkpoint",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="When the history holds, write a checkpoint there, for you to sign.",
)
@options.as_json
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    commit: str,
    since: str | None,
    by: Path | None,
    checkpoint: Path | None,
    as_json: bool,
) -> None:
    """Replay the history of the repository in DIR and name the first divergence of each kind.

    Exits with 1 when anything diverges.
    """
    from jobtwin.acts.audit import audit
    from jobtwin.acts.audit.checkpoint import write_checkpoint
    from jobtwin.errors import GitError, UsageError
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import count, is_whole
    from jobtwin.rules.signature import AUDIT

    git = Git(folder)
    try:
        count(git, commit)
    except GitError as error:
        raise UsageError(f"{folder} has no commit {commit}", "name one by --commit") from error
    if not is_whole(git):
        raise UsageError(f"{folder} is a shallow clone", "run `git fetch --unshallow` in it first")
    if checkpoint and since and not by:
        raise UsageError(
            "a checkpoint rests on the whole history", "leave --since out, or add --by"
        )
    begin = _signed(since, by) if by else since
    report = audit(git, commit, _Telling(), begin)
    click.echo(report.json() if as_json else report.text())
    if checkpoint and report.ok:
        checkpoint.write_bytes(write_checkpoint(report))
        click.echo(f"Sign it: ssh-keygen -Y sign -n {AUDIT} -f KEY {checkpoint}", err=True)
    context.exit(0 if report.ok else 1)


def _signed(since: str | None, by: Path) -> str:
    """Return the commit of a checkpoint; raises `UsageError`, or `Refused` for a bad signature."""
    from jobtwin.acts.audit.checkpoint import open_checkpoint
    from jobtwin.errors import UsageError
    from jobtwin.repository.ssh import public_key

    try:
        path = Path(since or "")
        content, signature = path.read_bytes(), Path(f"{path}.sig").read_bytes()
    except OSError as error:
        message = f"--by wants a checkpoint: {error.filename}: {error.strerror}"
        raise UsageError(message, "name it by --since, its signature beside it") from error
    key = public_key(by)
    if not _KEY.fullmatch(key):
        raise UsageError(f"{by} is no Ed25519 public key", "name a file like ~/.ssh/id_ed25519.pub")
    return open_checkpoint(content, signature, key, str(path))


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
